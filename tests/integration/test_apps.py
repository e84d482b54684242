"""`/ops/apps`: the apps one may edit, and the switch that pauses one."""

import html

from tests.support import wait
from tests.support.desk import Desk
from tests.support.visitor import Visitor


def test_an_admin_sees_and_pauses_the_apps_of_his_own(office):
    admin = Desk(office, "admin")
    page = admin.get("/ops/apps")
    assert "Acme Bot" in page.text
    assert "Other Bot" not in page.text
    assert admin.get("/ops/apps/other").status == 404

    paused = admin.follow(admin.post("/ops/apps/acme/pause"))
    assert "Paused. Whoever is at Slack already may finish." in paused.text
    assert Visitor(office).get("/apps/acme/install").status == 503
    assert "Open again." in admin.follow(admin.post("/ops/apps/acme/resume")).text
    wait.until(lambda: Visitor(office).get("/apps/acme/install").status == 200)
    acts = office.database.rows("SELECT verb FROM dashboard_audit WHERE object_id = 'acme' ORDER BY id")
    assert [row["verb"] for row in acts if row["verb"].startswith("app.")][-2:] == ["app.pause", "app.resume"]


def test_an_operator_without_the_role_may_not(office):
    assert Desk(office, "operator").post("/ops/apps/acme/pause").status_code == 403


def test_an_app_that_cannot_be_served_says_why_and_is_not_changed(office):
    arguments = ("--name", "Broken", "--client-id", "9.9", "--client-secret-stdin", "--scopes", "chat:write")
    other_key = "another-key-that-never-sealed-anything-here"
    done = office.run("app", "add", "broken", *arguments, SECRET_KEY=other_key, stdin="sealed elsewhere\n")
    assert done.returncode == 0
    wait.until(lambda: Visitor(office).get("/apps/broken/install").status == 503)
    owner = Desk(office, "owner")
    assert "Not served" in owner.get("/ops/apps").text
    sentence = "The client secret of the app 'broken' cannot be opened"
    assert sentence in owner.get("/ops/apps/broken").text
    refused = owner.post("/ops/apps/broken/pause")
    assert (refused.status_code, sentence in html.unescape(refused.text)) == (409, True)
    assert office.run("app", "remove", "broken", "--yes").returncode == 0
