"""Groups of failures, from the flow that fails to the person who mends it."""

import itertools
import re
from collections import Counter

import pytest

from dashboard.access.permissions import command_line
from dashboard.core.clock import HOUR, now
from dashboard.desk import failures, figures
from dashboard.install import catalogue
from tests.benchmarks.desk import people
from tests.benchmarks.filling import fill
from tests.conftest import BOTH
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import CLIENT_ID, stage
from tests.support.tables import column
from tests.support.visitor import Visitor, query_of

DAY = 86_400_000
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module", params=BOTH)
def office(request, new_database):
    with stage(new_database(request.param), threads=2) as running:
        desk.people(running)
        yield running
        assert running.server.errors() == []


@pytest.fixture
def owner(office) -> Desk:
    return Desk(office, "owner")


def fail(office, code: str, team: str = "") -> str:
    """Somebody comes back from Slack's page with an error. The reference of the attempt."""
    visitor = Visitor(office)
    started = visitor.start(**({"team": team} if team else {}))
    return str(visitor.get(f"/slack/oauth_redirect?error={code}&state={query_of(started)['state']}").reference)


def group_of(office, code: str):
    rows = office.database.rows(f"SELECT * FROM dashboard_failure_groups WHERE code = '{code}'")
    return rows[0] if rows else None


def noticed(office, code: str, state: str = "open"):
    return wait.until(lambda: (group := group_of(office, code)) and group["state"] == state and group, seconds=15)


def test_a_failure_opens_a_group_of_its_own_once(office, owner):
    fail(office, "invalid_scope")
    group = noticed(office, "invalid_scope")
    assert (group["client_id"], group["step"]) == (CLIENT_ID, "returned")

    seen = group["last_seen_at"]
    fail(office, "invalid_scope")
    wait.until(lambda: group_of(office, "invalid_scope")["last_seen_at"] > seen, seconds=15)
    opened = "SELECT * FROM dashboard_audit WHERE verb = 'failure.opened' AND object_id = "
    assert len(office.database.rows(f"{opened}'{group['id']}'")) == 1

    page = owner.get(f"/ops/failures/{group['id']}")
    assert (page.status, page.heading) == (200, catalogue.find("invalid_scope").visitor.title)
    assert "2" in page.text.split("In 14 days")[1][:40]


def test_what_is_resolved_and_fails_again_comes_back_as_regressed(office, owner):
    fail(office, "invalid_team_for_non_distributed_app")
    group = noticed(office, "invalid_team_for_non_distributed_app")
    here = f"/ops/failures/{group['id']}"

    assert "it is yours" in owner.follow(owner.post(f"{here}/acknowledge")).text
    assert group_of(office, group["code"])["assignee"] == "owner@example.com"
    assert "regressed" in owner.follow(owner.post(f"{here}/resolve")).text
    assert group_of(office, group["code"])["state"] == "resolved"

    fail(office, group["code"])
    noticed(office, group["code"], "regressed")
    assert owner.follow(owner.post(f"{here}/reopen")).status == 200
    assert group_of(office, group["code"])["state"] == "open"


def test_an_attempt_that_was_underway_when_it_was_resolved_proves_nothing(office, owner):
    fail(office, "unapproved_scope")
    group = noticed(office, "unapproved_scope")
    underway = Visitor(office)
    state = query_of(underway.start())["state"]
    owner.post(f"/ops/failures/{group['id']}/resolve")

    underway.get(f"/slack/oauth_redirect?error={group['code']}&state={state}")
    seen = group["last_seen_at"]
    wait.until(lambda: group_of(office, group["code"])["last_seen_at"] > seen, seconds=15)
    assert group_of(office, group["code"])["state"] == "resolved"


def test_what_is_muted_comes_back_at_its_rate(office, owner):
    fail(office, "no_bot_scopes_requested")
    group = noticed(office, "no_bot_scopes_requested")
    here = f"/ops/failures/{group['id']}"

    refused = owner.post(f"{here}/mute", days="91")
    assert refused.status_code == 422
    assert "1 to 90 days" in refused.text
    assert owner.post(f"{here}/mute", days="7", rate="3").status_code == 303
    assert group_of(office, group["code"])["state"] == "muted"

    seen = group["last_seen_at"]
    fail(office, group["code"])
    wait.until(lambda: group_of(office, group["code"])["last_seen_at"] > seen, seconds=15)
    assert group_of(office, group["code"])["state"] == "muted"
    fail(office, group["code"])
    noticed(office, group["code"], "open")


def test_it_can_be_given_to_those_who_work_on_the_app_alone(office, owner):
    fail(office, "request_timeout")
    group = noticed(office, "request_timeout")
    here = f"/ops/failures/{group['id']}/assign"

    assert owner.post(here, assignee="viewer@example.com").status_code == 422
    assert owner.post(here, assignee="owner@example.com").status_code == 303
    assert group_of(office, group["code"])["assignee"] == "owner@example.com"
    assert owner.post(here, assignee="").status_code == 303
    assert group_of(office, group["code"])["assignee"] is None


def test_three_browsers_are_an_incident(office, owner):
    """The workspaces are the link's, which Slack never confirmed."""
    for team in ("T0AAAAAA1", "T0AAAAAA2"):
        fail(office, "service_unavailable", team)
    group = noticed(office, "service_unavailable")
    here = f"/ops/failures/{group['id']}"
    assert "This is an incident" not in owner.get(here).text

    fail(office, "service_unavailable", "T0AAAAAA3")
    wait.until(lambda: "This is an incident" in owner.get(here).text)
    assert "It met 3 browsers in the last 24 hours" in " ".join(owner.get(here).text.split())


def test_where_slack_named_nobody_browsers_are_counted_and_called_that(office, owner):
    """What a link names, and an address, prove nothing."""
    alike = {"outcome": "failed", "step": "verified", "code": "fatal_error", "ip_hash": "h", "return_ip_hash": "h"}
    named = [{**alike, "team": f"T0LINKED{number}", "browser_digest": "d1"} for number in range(4)]
    desk.attempts(office, *named, {**alike, "browser_digest": None})
    group = noticed(office, "fatal_error")
    here = f"/ops/failures/{group['id']}"
    page = owner.get(here)
    assert "This is an incident" not in page.text
    assert re.search(r"<dt>Met</dt>\s*<dd>1 browser</dd>", page.html)

    desk.attempts(office, {**alike, "browser_digest": "d2"}, {**alike, "team_id": "T0SAID001", "browser_digest": "d3"})
    assert "It met 1 workspace and 2 other browsers in the last 24 hours" in " ".join(owner.get(here).text.split())


def test_a_return_that_proves_nothing_is_in_no_group(office):
    Visitor(office).get("/slack/oauth_redirect?error=ratelimited")
    wait.until(lambda: office.database.rows("SELECT 1 FROM dashboard_attempts WHERE code = 'ratelimited'"))
    fail(office, "fatal_error")  # whatever is noticed after it: the other one was seen, too
    noticed(office, "fatal_error")
    assert group_of(office, "ratelimited") is None


def _failing(office, code, hours, **columns):
    """An attempt of Acme Bot that failed so many hours ago, in a browser of its own."""
    at = now() - hours * HOUR
    times = {**dict.fromkeys(("seen_at", "started_at", "returned_at"), at), "last_returned_at": now()}
    failed = {"outcome": "failed", "step": "verified", "code": code, "browser_digest": f"b{next(NUMBERS)}"}
    return {**times, **failed, **columns}


def _ended(office, hours, **columns):
    return {**_failing(office, None, hours), "outcome": "succeeded", "step": "stored", **columns}


def _group_page(office, owner, code):
    wait.until(lambda: group_of(office, code) is not None)
    return owner.get(f"/ops/failures/{group_of(office, code)['id']}")


def test_five_browsers_above_a_quiet_week_are_an_incident(office, owner):
    quiet = [_ended(office, 30 + number) for number in range(20)]
    references = desk.attempts(office, *quiet, *(_failing(office, "no_scopes", 1) for _ in range(5)))
    page = _group_page(office, owner, "no_scopes")
    assert "This is an incident" in page.text
    assert "5 of " in page.text.partition("in the last 24 hours: ")[2]
    assert "This is an incident" in owner.get(f"/ops/attempts/{references[-1]}").text
    home = Desk(office, "support").get("/ops").text
    assert "An incident at Acme Bot" in home
    assert "An incident" not in Desk(office, "stranger").get("/ops").text


def test_the_same_five_in_a_week_that_always_fails_so_are_none(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        always = [_failing(running, "no_scopes", 24 * day + 2) for day in range(1, 8) for _ in range(5)]
        desk.attempts(running, *always, *(_failing(running, "no_scopes", 1) for _ in range(5)))
        page = _group_page(running, Desk(running, "owner"), "no_scopes")
        assert "This is an incident" not in page.text


def test_ten_tries_of_one_browser_are_none(office, owner):
    desk.attempts(office, *(_failing(office, "no_user_scopes", 1, browser_digest="stubborn") for _ in range(10)))
    assert "This is an incident" not in _group_page(office, owner, "no_user_scopes").text


@pytest.fixture
def begun(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        yield running


def test_how_it_began(begun):
    """The release, the scopes, the secret and the settings that were changed just before, and the last success."""
    office, owner = begun, Desk(begun, "owner")
    (before,) = desk.attempts(office, _ended(office, 40, release="1.0", scopes="chat:write", client_id=desk.OTHER[2]))
    first, *_ = desk.attempts(
        office,
        *(
            _failing(office, "bad_client_secret", hours, release="1.1", scopes="im:read", client_id=desk.OTHER[2])
            for hours in (10, 9, 8)
        ),
    )
    began = now() - 10 * HOUR
    office.database.execute(
        "UPDATE dashboard_apps SET client_secret_changed_at = :at, changed_at = :at WHERE slug = 'other'",
        at=began - 60_000,
    )
    desk.audited(office, {"verb": "app.edit", "object_type": "app", "client_id": desk.OTHER[2], "at": began - 60_000})
    page = _group_page(office, owner, "bad_client_secret")
    said = page.text.partition("How it began")[2].partition("In 14 days")[0]
    assert first in said
    assert before in said
    for change in (
        "the release, from 1.0 to 1.1",
        "the scopes, from chat:write to im:read",
        "the client secret",
        "app.edit",
    ):
        assert change in said
    desk.attempts(office, _failing(office, "bad_client_secret", 200, client_id=desk.OTHER[2]))
    assert first in _group_page(office, owner, "bad_client_secret").text.partition("How it began")[2]


def _shown(owner, query):
    return len(column(owner.get(f"/ops/failures{query}").html, "State"))


def _groups(office, condition):
    return office.database.row(f"SELECT count(*) AS number FROM dashboard_failure_groups WHERE {condition}")["number"]


def test_the_queue_shows_what_waits_first_and_counts_it_in_the_rail(office, owner):
    desk.attempt(office, client_id=CLIENT_ID, outcome="failed", step="verified", code="bad_redirect_uri")
    noticed(office, "bad_redirect_uri")
    # The service may be about to open a group for what an earlier test left.
    wait.until(lambda: _shown(owner, "") == _groups(office, "1 = 1"))
    assert _shown(owner, "?state=resolved") == _groups(office, "state = 'resolved'")
    assert owner.get("/ops/failures?state=nonsense").status == 400
    waiting = "SELECT code FROM dashboard_failure_groups WHERE state IN ('open', 'regressed')"

    def badge():
        ours = [row for row in office.database.rows(waiting) if catalogue.whose(row["code"]) == "ours"]
        return f'class="badge">{len(ours)}<' in owner.get("/ops").html

    wait.until(badge)


def test_what_waits_is_in_the_order_of_whose_it_is_to_fix(office, owner):
    office.database.execute("DELETE FROM dashboard_failure_groups", "DELETE FROM dashboard_attempts")
    for code in ("state_expired", "bad_redirect_uri", "timeout"):  # the customer's, ours, Slack's
        desk.attempt(office, client_id=CLIENT_ID, outcome="failed", step="verified", code=code)
        noticed(office, code)
    html = owner.get("/ops/failures?state=waiting").html
    assert column(html, "To fix") == ["ours", "Slack&#39;s", "the customer&#39;s"]
    wait.until(lambda: 'class="badge">1<' in owner.get("/ops").html)


def test_an_operator_of_another_app_finds_none_of_it(office, owner):
    stranger = Desk(office, "stranger")
    assert "Nothing has failed" in stranger.get("/ops/failures").text
    for group in office.database.rows("SELECT id FROM dashboard_failure_groups"):
        assert stranger.get(f"/ops/failures/{group['id']}").status == 404


def test_what_the_catalogue_does_not_hold_shares_one_group(office, owner):
    references = [fail(office, f"made_up_{number}") for number in range(3)]
    group = noticed(office, "uncatalogued")
    assert group_of(office, "made_up_1") is None
    here = f"/ops/failures/{group['id']}"
    wait.until(lambda: all(reference in owner.get(here).html for reference in references))
    page = owner.get(here)
    assert page.heading == "Not in the catalogue yet"
    assert [f"made_up_{number}" in page.text for number in range(3)] == [True] * 3
    listed = owner.get(page.links["All of them"]).html
    assert [reference in listed for reference in references] == [True] * 3
    assert "made_up_0" in owner.get(f"/ops/attempts/{references[0]}").text


def test_what_the_catalogue_holds_does_not_count_there(office):
    for code in ("made_up_0", "made_up_0", "made_up_1", "access_denied", "invalid_scope"):
        fail(office, code)
    group = noticed(office, "uncatalogued")
    wait.until(lambda: office.database.rows("SELECT id FROM dashboard_attempt_changes") == [])
    rows = office.database.rows(
        "SELECT code FROM dashboard_attempts WHERE step = 'returned' AND outcome = 'failed' AND code LIKE 'made_up%'"
    )
    met = Counter(row["code"] for row in rows)

    with office.database.engine.connect() as db:
        page = failures.page(db, command_line(), group["id"], now())

    assert dict(page.codes) == met
    assert page.figures.count == met.total()
    assert sum(many for _, many in page.hours) == met.total()
    assert sum(many for _, many in page.days) == met.total()


@pytest.mark.parametrize("kind", BOTH)
def test_whom_many_groups_met_is_what_the_rows_say(new_database, kind):
    database, moment = new_database(kind), now()
    fill(database.url, "attempts", 2_000)
    people(database.url)
    with database.engine.connect() as db:
        groups = [group for group, _ in failures.listed(db, command_line(), None, None, most=50, now=moment)]
        found = figures.of_groups(db, groups, moment)
    met = {
        (group.client_id, group.step, group.code): {
            "workspaces": each.met.workspaces,
            "browsers": each.met.browsers,
            "today": each.met_today.workspaces + each.met_today.browsers,
        }
        for group, each in zip(groups, found, strict=True)
    }
    assert met == whom_rows_met(database, moment)
    assert len(met) > 10
    assert all(sum(each[key] for each in met.values()) for key in ("workspaces", "browsers", "today"))


def whom_rows_met(database, moment):
    """The same, counted from the rows one by one. There are fewer than are looked at."""
    met = {}
    lately = f"outcome = 'failed' AND verified AND seen_at >= {moment - 14 * DAY}"
    for row in database.rows(f"SELECT * FROM dashboard_attempts WHERE {lately}"):
        code = row["code"] if catalogue.is_catalogued(row["code"]) else "uncatalogued"
        of_group = met.setdefault((row["client_id"], row["step"], code), (set(), set(), set()))
        workspace = row["team_id"] or row["enterprise_id"]
        who = (0, workspace) if workspace else (1, row["browser_digest"])
        of_group[who[0]].add(who)
        if row["seen_at"] >= moment - DAY:
            of_group[2].add(who)
    return {key: dict(zip(("workspaces", "browsers", "today"), map(len, who), strict=True)) for key, who in met.items()}


def test_made_up_codes_do_not_end_the_detection_of_real_failures(office):
    rows = [
        {"client_id": CLIENT_ID, "outcome": "failed", "step": "returned", "code": f"junk_{n}"} for n in range(1_200)
    ]
    desk.attempts(office, *rows)
    desk.attempt(office, client_id=CLIENT_ID, outcome="failed", step="verified", code="bad_redirect_uri")
    noticed(office, "bad_redirect_uri")
    groups = office.database.rows("SELECT code FROM dashboard_failure_groups WHERE code LIKE 'junk%'")
    assert groups == []
