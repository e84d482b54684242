"""`/ops/enterprises/{E…}`: one organization, with its workspaces."""

from tests.support import desk
from tests.support.desk import ACME, Desk


def test_an_organization_shows_its_own_installation_and_those_of_its_workspaces(office, owner):
    org = {"enterprise_id": "E0SAMPLE1", "enterprise_name": "Organization"}
    store = desk.bolt(office, ACME[2])
    store.save(desk.installation(None, team_name=None, is_enterprise_install=True, **org))
    store.save(desk.installation("T0PART001", team_name="A part of it", **org))
    store.close()
    page = owner.get("/ops/enterprises/E0SAMPLE1")
    assert (page.status, page.heading) == (200, "Organization")
    assert "A part of it" in page.html.split('id="workspaces"')[1]
    assert "A part of it" not in page.html.split('id="workspaces"')[0]
    assert Desk(office, "stranger").get("/ops/enterprises/E0SAMPLE1").status == 404
