"""`/ops/confirm`: what is dangerous asks again."""

import html
import re

from tests.support import desk
from tests.support.desk import PASSWORD, Desk


def test_what_is_dangerous_asks_again_after_ten_minutes(office):
    desk.forget_failures(office)
    owner = Desk(office, "owner")
    path = f"/ops/operators/{office.cast.operators['support']}"
    assert owner.post(f"{path}/role", app=office.cast.other, role="viewer").status_code == 303
    office.database.execute("UPDATE dashboard_sessions SET confirmed_at = confirmed_at - 600001")

    asked = owner.post(f"{path}/role", app=office.cast.other, role="admin")
    assert asked.headers["Location"] == f"/ops/confirm?next={path.replace('/', '%2F')}"
    held = "SELECT role FROM dashboard_memberships WHERE operator_id = :o AND app_id = :a"
    ids = {"o": office.cast.operators["support"], "a": office.cast.other}
    assert office.database.row(held, **ids)["role"] == "viewer"

    before = owner.session()
    assert owner.post("/ops/confirm", password="wrong", next=path).status_code == 401
    confirmed = owner.post("/ops/confirm", password=PASSWORD, next=path)
    assert (confirmed.status_code, confirmed.headers["Location"]) == (
        303,
        path,
    )  # its page, where no act was sent along
    assert owner.session() != before
    written = office.database.rows("SELECT outcome FROM dashboard_audit WHERE verb = 'confirm' ORDER BY id")
    assert [row["outcome"] for row in written[-2:]] == ["denied", "ok"]
    assert owner.post(f"{path}/role", app=office.cast.other, role="").status_code == 303
    assert office.database.rows(held, **ids) == []


HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


def _asked(office, browser: Desk, path: str, **form: str) -> dict[str, str]:
    """Send a form ten minutes after the last confirmation. What the page that asks who it is will send along."""
    office.database.execute("UPDATE dashboard_sessions SET confirmed_at = confirmed_at - 600001")
    asked = browser.post(path, **form)
    assert asked.status_code == 303
    assert asked.headers["Location"].startswith("/ops/confirm?next=")
    hidden = HIDDEN.findall(browser.client.get(asked.headers["Location"]).text)
    return {name: html.unescape(value) for name, value in hidden}


def test_an_act_that_was_confirmed_is_done(office):
    desk.forget_failures(office)
    owner = Desk(office, "owner")
    paused = "SELECT paused_at FROM dashboard_apps WHERE slug = 'acme'"
    hidden = _asked(office, owner, "/ops/apps/acme/pause")
    assert hidden == {"next": "/ops/apps/acme", "act": "/ops/apps/acme/pause"}
    assert owner.post("/ops/confirm", **hidden, password="wrong").status_code == 401
    assert office.database.row(paused)["paused_at"] is None

    again = owner.post("/ops/confirm", **hidden, password=PASSWORD)
    assert (again.status_code, again.headers["Location"]) == (307, "/ops/apps/acme/pause")
    done = owner.post(again.headers["Location"], **hidden, password=PASSWORD)  # as a browser does
    assert "Paused." in owner.follow(done).text
    assert office.database.row(paused)["paused_at"]
    assert owner.post("/ops/apps/acme/resume").status_code == 303

    email = "new+one@example.com"
    hidden = _asked(office, owner, "/ops/operators", email=email, app=str(office.cast.acme), role="support")
    again = owner.post("/ops/confirm", **hidden, password=PASSWORD)
    invited = owner.post(again.headers["Location"], **hidden, password=PASSWORD)
    assert f"A link for {email}" in html.unescape(invited.text)
    ids = {"email": email}
    held = "SELECT role FROM dashboard_memberships JOIN dashboard_operators ON id = operator_id WHERE email = :email"
    assert office.database.row(held, **ids)["role"] == "support"


def test_nobody_is_made_to_do_what_he_did_not_ask_for(office):
    """Only what this session sent a moment ago is sent again, and no secret waits in a cookie."""
    desk.forget_failures(office)
    owner, other = Desk(office, "owner"), Desk(office, "owner")
    hidden = _asked(office, owner, "/ops/apps/acme/pause")
    waits = owner.client.cookies["dashboard-pending"]
    other.client.cookies.set("dashboard-pending", waits, domain="127.0.0.1", path="/")
    for browser, act in ((other, hidden["act"]), (owner, "/ops/operators"), (owner, "https://evil.example/")):
        answer = browser.post("/ops/confirm", password=PASSWORD, next="/ops/apps/acme", act=act)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/ops/apps/acme"), act
    assert "act" not in dict(HIDDEN.findall(owner.client.get("/ops/confirm").text))

    hidden = _asked(office, owner, "/ops/me/codes/on", code="123456")
    assert hidden == {"next": "/ops/me"}
    assert "dashboard-pending" not in owner.client.cookies
