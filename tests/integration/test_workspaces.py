"""`/ops/workspaces/{T…}`: one workspace, whichever apps it has."""

from tests.support import desk
from tests.support.desk import OTHER, Desk


def test_a_workspace_is_one_page_across_the_apps_one_may_see(office, owner):
    desk.installed(office, "T0MANY002", team_name="株式会社サンプル")
    desk.installed(office, "T0OTHER01", OTHER[2], team_name="Straße of somebody else")
    tried = desk.attempt(office, team_id="T0MANY002")
    page = owner.get("/ops/workspaces/t0many002")
    assert (page.status, page.heading) == (200, "株式会社サンプル")
    assert tried in page.html
    stranger = Desk(office, "stranger")
    assert stranger.get("/ops/workspaces/T0MANY002").status == 404
    assert stranger.get("/ops/workspaces/T0OTHER01").heading == "Straße of somebody else"
