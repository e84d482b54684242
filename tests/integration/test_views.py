"""`/ops/views`: names for what a list is asked for, one's own and an app's."""

import re

import pytest

from dashboard.access import operators
from dashboard.desk import views
from tests.support import desk
from tests.support.at_once import while_another_is_open
from tests.support.desk import Desk


@pytest.fixture(autouse=True)
def none_yet(office):
    office.database.execute("DELETE FROM dashboard_saved_views")


def save(browser, name="Lost ones", query="status=revoked,uninstalled", list_="installations", app=""):
    return browser.post("/ops/views", list=list_, query=query, name=name, app=app)


def shown(browser, path="/ops/installations"):
    html = browser.get(path).html.partition('class="views">Views')[2].partition("</p>")[0]
    return dict(re.findall(r'<a href="([^"]+)"><bdi>([^<]+)</bdi>', html))


def test_a_view_of_ones_own(office, owner):
    answer = save(owner, name="Lost <b>ones</b>")
    assert answer.headers["Location"] == "/ops/installations?status=revoked,uninstalled"
    assert shown(owner) == {"/ops/installations?status=revoked,uninstalled": "Lost &lt;b&gt;ones&lt;/b&gt;"}
    assert shown(owner, "/ops/attempts") == {}
    assert shown(Desk(office, "admin")) == {}
    save(owner, name="Lost <b>ones</b>", query="status=revoked")
    assert list(shown(owner)) == ["/ops/installations?status=revoked"]


def test_a_view_of_ones_own_is_nobody_elses_to_remove(office, owner):
    save(Desk(office, "support"))
    (row,) = office.database.rows("SELECT id FROM dashboard_saved_views")
    for browser in (owner, Desk(office, "admin"), Desk(office, "stranger")):
        assert browser.post(f"/ops/views/{row['id']}/remove").status_code == 404
    assert Desk(office, "support").post(f"/ops/views/{row['id']}/remove").status_code == 303
    assert office.database.rows("SELECT * FROM dashboard_saved_views") == []


def test_a_view_for_the_members_of_an_app(office):
    admin, viewer, stranger = Desk(office, "admin"), Desk(office, "viewer"), Desk(office, "stranger")
    assert save(admin, app="acme").status_code == 303
    there = {"/ops/installations?app=acme&amp;status=revoked,uninstalled": "Lost ones"}
    assert (shown(admin), shown(viewer), shown(stranger)) == (there, there, {})
    assert save(viewer, app="acme").status_code == 403
    assert save(stranger, app="acme").status_code == 404
    (row,) = office.database.rows("SELECT id FROM dashboard_saved_views")
    for browser in (viewer, stranger):
        assert browser.post(f"/ops/views/{row['id']}/remove").status_code == 404
    assert admin.post(f"/ops/views/{row['id']}/remove").headers["Location"] == "/ops/installations"
    assert shown(viewer) == {}
    acts = office.database.rows("SELECT verb FROM dashboard_audit WHERE verb LIKE 'view.%' ORDER BY id")
    assert [row["verb"] for row in acts] == ["view.save", "view.remove"]


def test_a_view_of_a_list_that_one_may_not_see_is_not_shown(office):
    admin = Desk(office, "admin")
    save(admin, list_="attempts", query="outcome=failed", app="acme")
    assert len(shown(Desk(office, "support"), "/ops/attempts")) == 1
    assert Desk(office, "viewer").get("/ops/attempts").status == 403


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"name": ""}, 409),
        ({"name": "x" * 61}, 409),
        ({"name": "\u202e"}, 409),
        ({"query": "colour=red"}, 400),
        ({"query": "app=other-tenants"}, 404),
        ({"list_": "operators"}, 404),
        ({"app": "nowhere"}, 404),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_saved(office, owner, changes, status):
    assert save(owner, **changes).status_code == status
    assert office.database.rows("SELECT * FROM dashboard_saved_views") == []


def test_there_is_an_end_to_them(office, owner):
    desk.operator(office, "keen@example.com", owner=True)
    keen = Desk(office)
    keen.sign_in("keen@example.com")
    for number in range(50):
        assert save(keen, name=f"View {number}").status_code == 303
    assert "You have 50 saved views." in save(keen, name="One more").text


@pytest.mark.parametrize(("app", "second"), [("", "owner"), ("acme", "admin")])
def test_one_that_is_saved_twice_at_once_is_there_once(office, app, second):
    def saved_by(role):
        def change(db):
            operator = operators.acting(db, office.cast.operators[role], None)
            views.save(db, operator, "installations", "status=revoked", name="Lost ones", app=app)

        return change

    assert while_another_is_open(office.database, saved_by("owner"), saved_by(second)) is None
    assert [row["name"] for row in office.database.rows("SELECT name FROM dashboard_saved_views")] == ["Lost ones"]
