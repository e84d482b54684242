"""Every way the exchange and `auth.test` can end (rows 9 to 13), and what is stored of each."""

import concurrent.futures
import time
from dataclasses import replace

import httpx
import pytest

from dashboard.core.pace import Pace
from dashboard.install import catalogue
from tests.support import wait
from tests.support.codes import EXCHANGE_CODES
from tests.support.stage import CLIENT_ID, QUICK, stage
from tests.support.visitor import GRID_WORKSPACE, ORGANIZATION, Page, Visitor

PACE = Pace()  # everybody's
_ROWS = "SELECT * FROM {} WHERE team_id = :team_id OR (team_id IS NULL AND CAST(:team_id AS TEXT) IS NULL)"
TOKENS = "SELECT * FROM slack_installations WHERE client_id = :client_id ORDER BY id DESC LIMIT 1"


@pytest.mark.parametrize("code", [*EXCHANGE_CODES, "a_code_nobody_wrote_down"])
def test_row_9_slack_refuses_the_code(visitor, shared, code):
    before = shared.slack.exchanges()

    page = visitor.install(demand=f"exchange/{code}")

    assert (page.status, page.detail) == (401, code)
    said = catalogue.find(catalogue.code_of("invalid_code", None, code)).visitor
    assert page.heading == said.title
    assert ("Start again" in page.links) == bool(said.button)
    assert shared.slack.exchanges() == before + 1
    attempt = shared.database.attempt(page.reference)
    assert (attempt["outcome"], attempt["reason"], attempt["slack_error"]) == ("failed", "invalid_code", code)
    assert (attempt["slack_method"], attempt["slack_status"], attempt["step"]) == ("oauth.v2.access", 200, "verified")
    assert attempt["slack_request_id"]
    assert attempt["slack_ms"] is not None


@pytest.fixture
def impatient(database):
    """A service that waits a fifth as long for Slack as every other."""
    pace = replace(QUICK, call_within=PACE.call_within / 5, auth_test_within=PACE.auth_test_within / 5)
    with stage(database, pace=replace(pace, auth_test_pause=PACE.auth_test_pause / 5)) as running:
        yield running


@pytest.mark.parametrize(
    ("fault", "detail", "status"),
    [
        ("500", "server_error", 500),
        ("html", "not_json", 200),
        ("reset", "connection_error", None),
        ("redirect", "not_json", 307),
        ("nested", "not_json", 200),
        ("endless", "not_json", 200),
    ],
)
def test_row_10_the_exchange_cannot_be_made(visitor, shared, fault, detail, status):
    before = shared.slack.exchanges()

    page = visitor.install(demand=f"exchange/{fault}")

    assert (page.status, page.detail) == (502, detail)
    assert shared.slack.exchanges() == before + 1  # a code is never sent twice
    attempt = shared.database.attempt(page.reference)
    assert (attempt["reason"], attempt["detail"], attempt["slack_status"]) == ("slack_unavailable", detail, status)


def test_row_10_too_many_requests(visitor, shared):
    page = visitor.install(demand="exchange/429")

    assert (page.status, page.detail) == (502, "ratelimited")  # Slack's own word for it
    attempt = shared.database.attempt(page.reference)
    assert (attempt["reason"], attempt["code"], attempt["slack_status"]) == ("slack_unavailable", "rate_limited", 429)
    assert attempt["slack_retry_after"] == 30


def test_row_10_slack_does_not_answer_in_time(impatient):
    started = time.monotonic()

    page = Visitor(impatient).install(demand="exchange/slow/40")

    assert (page.status, page.detail) == (502, "timeout")
    assert 1.9 < time.monotonic() - started < 30
    assert 1_900 < impatient.database.attempt(page.reference)["slack_ms"] < 30_000


def test_row_10_slack_is_not_there(new_database):
    with stage(new_database("sqlite"), SLACK_API_URL="http://127.0.0.1:9/api/") as alone:
        page = Visitor(alone).install()

    assert (page.status, page.detail) == (502, "connection_error")


@pytest.mark.parametrize("code", ["account_inactive", "token_revoked", "token_expired", "invalid_auth"])
def test_row_9_the_token_is_dead(visitor, shared, code):
    before = len(shared.slack.simulator.calls)

    page = visitor.install(demand=f"auth/{code}")

    assert (page.status, page.detail) == (401, code)
    attempt = shared.database.attempt(page.reference)
    assert (attempt["reason"], attempt["slack_method"], attempt["step"]) == ("invalid_code", "auth.test", "exchanged")
    assert attempt["team_id"] == "T0ACME001"  # whose it was is known
    tries = [method for method, _ in shared.slack.simulator.calls[before:]].count("auth.test")
    assert tries == (2 if code == "invalid_auth" else 1)


@pytest.mark.parametrize(
    "demand",
    [
        "auth/500",
        "auth/html",
        "auth/reset",
        "auth/429",
        "auth/ratelimited",
        "auth/redirect",
        "auth/nested",
        "auth/endless",
    ],
)
def test_a_granted_token_is_kept_when_auth_test_fails(visitor, shared, demand):
    page = visitor.install(place=GRID_WORKSPACE, demand=demand, user=f"U{demand[5:8].upper()}")

    assert page.status == 200
    assert "did not answer when we looked whether it works" in page.text
    assert "is ready there" not in page.text
    assert shared.database.attempt(page.reference)["step"] == "stored"
    stored = shared.database.row(TOKENS, client_id=CLIENT_ID)
    assert (stored["bot_id"], stored["user_id"]) == (None, f"U{demand[5:8].upper()}")
    assert _summary(shared, f"E0GLOBEX1/{GRID_WORKSPACE}")["to_check"] in (True, 1)


@pytest.fixture
def odd(shared):
    """What Slack's answers say otherwise, by method, for one test."""
    yield shared.slack.simulator.odd
    shared.slack.simulator.odd.clear()


HALF = "\ud83d"  # of a character: JSON can spell it
BIG = "X" * 33


@pytest.mark.parametrize(
    ("answers", "kept", "to_check"),
    [
        (
            {"oauth.v2.access": {"team": {"id": GRID_WORKSPACE, "name": f"Glo{HALF}bex"}}},
            {"team_name": "Globex"},
            False,
        ),
        ({"auth.test": {"url": f"https://x.slack.com/{HALF}", "bot_id": f"B{HALF}1"}}, {"bot_id": "B1"}, False),
        ({"auth.test": {"url": 7, "bot_id": ["B1"]}}, {"bot_id": None}, False),
        ({"auth.test": {"bot_id": BIG}}, {"bot_id": None}, True),
        ({"oauth.v2.access": {"bot_user_id": BIG, "token_type": BIG}}, {"bot_user_id": None, "token_type": None}, True),
        ({"oauth.v2.access": {"expires_in": 10**15, "refresh_token": "xoxe-1-a"}}, {"bot_id": "BA0ACMEBOT"}, False),
        ({"oauth.v2.access": {"expires_in": -(10**15), "refresh_token": "xoxe-1-a"}}, {"bot_id": "BA0ACMEBOT"}, False),
    ],
)
def test_a_granted_token_is_not_lost_to_an_odd_answer(shared, odd, answers, kept, to_check):
    odd.update(answers)

    page = Visitor(shared).install(GRID_WORKSPACE)

    assert page.status == 200
    stored = shared.database.row(TOKENS, client_id=CLIENT_ID)
    assert {name: stored[name] for name in kept} == kept
    assert stored["bot_token"].startswith("sealed:1:")
    assert (stored["bot_token_expires_at"] is None) == (stored["bot_refresh_token"] is None)
    assert _summary(shared, f"E0GLOBEX1/{GRID_WORKSPACE}")["to_check"] in (to_check, int(to_check))


@pytest.mark.parametrize(
    "answer",
    [
        {"team": {"id": "T" * 33}},
        {"app_id": "A" * 33},
        {"authed_user": {"id": "U" * 33}},
        {"enterprise": {"id": "E" * 33}},
        {"team": None, "enterprise": None},
    ],
)
def test_row_10_an_answer_that_cannot_say_whose_it_is(visitor, shared, odd, answer):
    odd["oauth.v2.access"] = answer

    page = visitor.install()

    assert (page.status, page.detail) == (502, "incomplete_answer")
    assert shared.database.attempt(page.reference)["reason"] == "slack_unavailable"


def test_a_passing_invalid_auth_is_asked_again(visitor, shared):
    page = visitor.install(place=GRID_WORKSPACE, demand="auth/invalid_auth/once")

    assert page.status == 200
    assert shared.database.row(TOKENS, client_id=CLIENT_ID)["bot_id"] == "BA0ACMEBOT"
    summary = _summary(shared, f"E0GLOBEX1/{GRID_WORKSPACE}")
    assert (summary["to_check"], summary["url"]) == (False, "https://globex-research.slack.com/") or summary[
        "to_check"
    ] == 0


def test_auth_test_gets_twelve_seconds_in_all(impatient):
    assert (PACE.call_within, PACE.auth_test_within) == (10, 12)
    calls = len(impatient.slack.simulator.calls)
    started = time.monotonic()

    page = Visitor(impatient).install(demand="auth/slow/40")

    assert page.status == 200
    assert 2.3 < time.monotonic() - started < 30
    assert [method for method, _ in impatient.slack.simulator.calls[calls:]].count("auth.test") == 2
    # The second of its tries was given up before its time: both in full take more than four seconds.
    (line,) = [one for one in impatient.server.log("request") if one.get("reference") == page.reference]
    assert line["ms"] < 4_000


KINDS = [("chat:write,incoming-webhook", ""), ("", "search:read"), ("chat:write", "search:read,users:read")]


@pytest.fixture(scope="module", params=[(kind, *scopes) for kind in ("sqlite", "postgresql") for scopes in KINDS])
def rotating(request, new_database):
    """A service whose app rotates its tokens, for bot, user, or both."""
    kind, scopes, user_scopes = request.param
    app = {"rotating": True}
    with stage(new_database(kind), app=app, SLACK_SCOPES=scopes, SLACK_USER_SCOPES=user_scopes) as running:
        yield running


@pytest.mark.parametrize("place", ["T0OBRIEN3", GRID_WORKSPACE, ORGANIZATION])
def test_every_field_of_every_kind_of_installation_is_kept(rotating, place):
    scopes, user_scopes = rotating.environment["SLACK_SCOPES"], rotating.environment["SLACK_USER_SCOPES"]
    page = Visitor(rotating).install(place)
    team_id = None if place == ORGANIZATION else place
    rows = rotating.database.rows(_ROWS.format("slack_installations"), team_id=team_id)
    bots = rotating.database.rows(_ROWS.format("slack_bots"), team_id=team_id)

    assert page.status == 200
    (row,) = rows
    organization = place == ORGANIZATION
    assert (row["team_id"], row["team_name"] is None) == (None, True) if organization else (place, False)
    assert row["enterprise_id"] == (None if place == "T0OBRIEN3" else "E0GLOBEX1")
    assert bool(row["is_enterprise_install"]) == organization
    assert (row["enterprise_url"] is not None) == organization
    assert len(bots) == bool(scopes)
    assert (row["bot_token"] is not None, row["user_token"] is not None) == (bool(scopes), bool(user_scopes))
    assert (row["bot_id"] is not None) == bool(scopes)
    assert (row["bot_scopes"], row["user_scopes"]) == (scopes or None, user_scopes or None)
    assert (row["bot_refresh_token"] is None, row["bot_token_expires_at"] is None) == (not scopes, not scopes)
    assert (row["user_refresh_token"] is None, row["user_token_expires_at"] is None) == (
        not user_scopes,
        not user_scopes,
    )
    assert (row["incoming_webhook_url"] is not None) == ("incoming-webhook" in scopes)
    assert (row["incoming_webhook_channel"], row["token_type"]) == (
        "#general" if "incoming-webhook" in scopes else None,
        "bot" if scopes else None,
    )
    for column in ("bot_token", "user_token", "bot_refresh_token", "user_refresh_token", "incoming_webhook_url"):
        assert row[column] is None or row[column].startswith("sealed:1:")
    for bot in bots:
        assert (bot["installed_at"], bot["bot_scopes"], bot["team_id"]) == (row["installed_at"], scopes, row["team_id"])


def test_a_repeat_waits_for_the_first_and_shows_its_outcome(visitor, shared):
    address = visitor.allow(visitor.start(), demand="exchange/slow/1")
    before = shared.slack.exchanges()
    twin = Visitor(shared)
    twin.client.cookies = visitor.client.cookies

    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(visitor.get, address)
        wait.until(lambda: shared.slack.exchanges() > before)
        second = pool.submit(twin.get, address)
        pages = first.result(), second.result()

    assert pages[0].detail == pages[1].detail == "request_timeout"
    assert pages[0].reference == pages[1].reference
    assert shared.slack.exchanges() == before + 1


@pytest.mark.slow("Slack takes three seconds, and PostgreSQL tells of its scans once a second")
@pytest.mark.postgresql
def test_many_repeats_that_wait_look_as_one(new_database):
    looked = "SELECT seq_scan + idx_scan AS times FROM pg_stat_user_tables WHERE relname = 'dashboard_attempts'"
    with stage(new_database("postgresql")) as running:
        visitor = Visitor(running)
        address = visitor.allow(visitor.start(), demand="exchange/slow/3")
        with concurrent.futures.ThreadPoolExecutor(41) as pool:
            cookies = dict(visitor.client.cookies)
            answers = [pool.submit(_come_back, address, cookies) for _ in range(41)]
            pages = [answer.result() for answer in answers]
        time.sleep(2)  # PostgreSQL's sessions tell of their scans once a second

        assert {page.detail for page in pages} == {"request_timeout"}
        assert running.slack.exchanges() == 1
        assert running.database.row(looked)["times"] < 240  # each by itself, it would be 12 times 40


def _come_back(address, cookies):
    with httpx.Client(timeout=60, cookies=cookies) as client:
        return Page.of(client.get(address))


def _summary(shared, tenant):
    return shared.database.row("SELECT * FROM dashboard_installations WHERE tenant = :tenant", tenant=tenant)
