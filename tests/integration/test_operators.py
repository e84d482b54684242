"""`/ops/operators`: inviting, changing, disabling; and the same from the command line."""

import re
import time

import pytest

from dashboard.access import operators, permissions
from dashboard.apps import registry
from dashboard.core.config import Settings
from dashboard.core.engines import writing
from dashboard.core.errors import DashboardError
from tests.conftest import BOTH
from tests.support import desk
from tests.support.at_once import while_another_is_open
from tests.support.command_line import run_dashboard
from tests.support.desk import PASSWORD, Desk
from tests.support.stage import SECRET_KEY, stage


def test_a_reset_may_turn_the_codes_off_for_a_lost_phone(office, somebody):
    desk.forget_failures(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    browser.turn_codes_on()
    desk.one_time_link(office, "reset", somebody, "--second-factor")
    assert Desk(office).sign_in(somebody).headers["Location"] == "/ops"


def test_who_was_disabled_comes_back_by_the_link_alone(office, somebody):
    desk.forget_failures(office)
    assert office.run("operator", "disable", somebody).returncode == 0
    path = desk.one_time_link(office, "reset", somebody)
    assert Desk(office).sign_in(somebody).status_code == 401
    new = "a new one, quite long"
    assert Desk(office).post(path, password=new, repeated=new).status_code == 303
    assert Desk(office).sign_in(somebody, new).status_code == 303


def test_owners_invite_change_and_disable(office):
    owner = Desk(office, "owner")
    address = f"guest-{time.monotonic_ns()}@example.com"
    invited = owner.post("/ops/operators", email=address, app=office.cast.acme, role="support")
    path = re.search(r"/ops/setup/[\w-]{43}", invited.text)[0]
    assert Desk(office).post(path, password=PASSWORD, repeated=PASSWORD).status_code == 303
    guest = Desk(office)
    assert guest.sign_in(address).status_code == 303
    assert "support in Acme Bot" in guest.get("/ops/me").text

    assert owner.post("/ops/operators", email=address).status_code == 422
    assert owner.post("/ops/operators", email="no address").status_code == 422
    assert owner.post("/ops/operators", email="a@b.example", app="99999", role="viewer").status_code == 404
    assert office.database.rows("SELECT 1 FROM dashboard_operators WHERE email = 'a@b.example'") == []

    found = office.database.row("SELECT id FROM dashboard_operators WHERE email = :e", e=address)["id"]
    assert owner.post(f"/ops/operators/{found}/disable").status_code == 303
    assert guest.get("/ops").status == 303


def test_there_is_always_an_owner_left(new_database):
    with stage(new_database("sqlite")) as running:
        only = desk.operator(running, "only@example.com", owner=True)
        browser = Desk(running)
        browser.sign_in("only@example.com")
        for act in ("owner", "disable"):
            response = browser.post(f"/ops/operators/{only}/{act}", owner="off")
            assert response.status_code == 422
            assert "This deployment would have no owner left" in response.text
        assert browser.get("/ops/operators").status == 200


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


def new_operators(database, *emails, owner):
    with writing(database.engine).begin() as db:
        return [operators.add(db, permissions.command_line(), email, owner=owner) for email in emails]


@pytest.mark.parametrize("first", [operators.disable, lambda *those: operators.set_owner(*those, owner=False)])
@pytest.mark.parametrize("second", [operators.disable, lambda *those: operators.set_owner(*those, owner=False)])
def test_two_owners_who_keep_each_other_out_at_once_are_not_both_gone(database, first, second):
    one, other = new_operators(database, "one@example.com", "other@example.com", owner=True)
    acting = {who: permissions.Operator(who, "owner@example.com", owner=True) for who in (one, other)}
    error = while_another_is_open(
        database, lambda db: first(db, acting[one], other), lambda db: second(db, acting[other], one)
    )
    assert isinstance(error, DashboardError)
    left = database.rows("SELECT id FROM dashboard_operators WHERE owner AND disabled_at IS NULL")
    assert [row["id"] for row in left] == [one]


def test_of_two_roles_given_at_once_the_later_stays(database):
    (somebody,) = new_operators(database, "somebody@example.com", owner=False)
    settings = Settings.from_env({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url})
    with writing(database.engine).begin() as db:
        facts = {"name": "Acme Bot", "client_id": "333.111", "client_secret": "secret", "scopes": "chat:write"}
        registry.add(db, settings, "acme", facts)
    app = database.row("SELECT id FROM dashboard_apps")["id"]

    def give(role):
        return lambda db: operators.set_role(db, permissions.command_line(), somebody, app, role)

    assert while_another_is_open(database, give("viewer"), give("support")) is None
    assert [row["role"] for row in database.rows("SELECT role FROM dashboard_memberships")] == ["support"]


def test_the_command_line_says_what_is_wrong(office):
    def said(*arguments: str, stdin: str = "") -> tuple[int, str]:
        done = run_dashboard(*arguments, environment=office.environment, stdin=stdin)
        return done.returncode, done.stderr

    assert said("operator", "add", "no-address", "--owner") == (1, "'no-address' is not an e-mail address.\n")
    assert said("operator", "add", "x@example.com", "--app", "nope", "--role", "viewer")[0] == 1
    assert said("operator", "add", "x@example.com", "--app", "acme", "--role", "king")[0] == 2
    assert said("operator", "add", "x@example.com", "--app", "acme")[0] == 2
    assert said("operator", "add", "x@example.com", "--password-stdin", stdin="short\n")[0] == 1
    assert said("operator", "disable", "nobody@example.com")[0] == 1
    assert said("operator", "add", desk.email("owner"))[0] == 1
    listed = office.run("operator", "list").stdout
    assert re.search(r"owner@example.com\s+active\s+owner", listed)
    assert re.search(r"support@example.com\s+active\s+support in acme", listed)
