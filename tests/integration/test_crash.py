"""`kill -9` at the worst moments: afterwards the attempt ends in *interrupted* or success, and no row is half there."""

import concurrent.futures
import contextlib
import json
import sqlite3

import httpx
import pytest

from tests.support import desk, wait
from tests.support.stage import stage
from tests.support.standstill import go_on, stand_still
from tests.support.visitor import Visitor

LATER = "UPDATE dashboard_attempts SET spent_at = spent_at - 61000"
RUNNING = "SELECT * FROM dashboard_attempts WHERE spent_at IS NOT NULL AND closed_at IS NULL"
EXCHANGED = "SELECT id FROM slack_installations"


def _return_and_lose(visitor: Visitor, address: str) -> None:
    with contextlib.suppress(httpx.TransportError):
        visitor.get(address)


def _kill_during(stage_, visitor: Visitor, address: str, moment) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        lost = pool.submit(_return_and_lose, visitor, address)
        wait.until(moment)
        stage_.server.kill()
        lost.result()


def _called(stage_, method: str):
    return lambda: any(name == method for name, _ in stage_.slack.simulator.calls)


@pytest.mark.parametrize(
    ("demand", "last_call"),
    [("exchange/slow/30", "oauth.v2.access"), ("auth/slow/30", "auth.test")],
    ids=["after spending", "after the exchange"],
)
def test_killed_while_slack_is_asked(database, demand, last_call):
    with stage(database, processes=1) as running:
        visitor = Visitor(running)
        address = visitor.allow(visitor.start(), demand=demand)
        _kill_during(running, visitor, address, _called(running, last_call))
        assert database.rows("SELECT * FROM slack_installations") == []
        attempt = database.row(RUNNING)

        running.take_over(repeat_waits=1.0, sweep_every=60.0)
        page = visitor.get(address)
        assert (page.status, page.heading) == (202, "Your installation is still running")
        assert page.headers["Refresh"] == "5"

        database.execute(LATER)
        page = visitor.get(address)
        assert (page.status, page.heading) == (500, "The installation was interrupted")
        assert page.links["Start again"] == "/slack/start"
        assert page.reference.replace("-", "") == attempt["reference"]
        assert [line["reference"] for line in running.server.log("install.interrupted")] == [page.reference]
        closed = database.attempt(page.reference)
        assert (closed["outcome"], closed["reason"], closed["detail"]) == ("failed", "internal_error", "interrupted")
        assert running.slack.exchanges() == 1

        Visitor(running).install()  # taken by the process that runs now
        verdict = json.loads(running.run("attempt", page.reference, "--json").stdout)
        restarted = verdict["causes"][0]
        assert (restarted["cause"], restarted["likelihood"]) == ("restarted", "likely")
        assert "and 0 others ended with it" in restarted["sentence"]


@pytest.mark.slow("an installation, a sign-in, a kill while Slack answers slowly, and another process")
@pytest.mark.parametrize("name", ["revoke", "uninstall"])
def test_killed_while_an_operator_acts_at_slack(database, name):
    """Nothing is changed here, the audit says that it was begun, and a check finds out what became of it."""
    with stage(database, processes=1) as running:
        desk.people(running)
        Visitor(running).install()
        owner = desk.Desk(running, "owner")
        owner.post("/ops/confirm", password=desk.PASSWORD)
        here = f"/ops/installations/{database.row('SELECT id FROM dashboard_installations')['id']}"
        method = {"revoke": "auth.revoke", "uninstall": "apps.uninstall"}[name]
        _demand(running, f"{name}/slow/30")
        with concurrent.futures.ThreadPoolExecutor() as pool:
            lost = pool.submit(_send_and_lose, owner, f"{here}/{name}")
            wait.until(lambda: (method, "slow") in running.slack.simulator.calls)
            running.server.kill()
            lost.result()
        running.take_over()
        assert database.row("SELECT status FROM dashboard_installations")["status"] == "active"
        acts = "SELECT outcome, details FROM dashboard_audit WHERE object_type = 'installation'"
        assert database.row(acts) == {"outcome": "ok", "details": "Acme Europe: begun, with 1 token"}
        _demand(running, "auth/token_revoked")  # Slack had done it
        assert "Slack takes 0 of 1 tokens" in owner.follow(owner.post(f"{here}/check")).text
        assert database.row("SELECT status FROM dashboard_installations")["status"] == "revoked"


@pytest.mark.slow("three installations, a job, a kill, and another process")
def test_killed_in_the_middle_of_a_job(database):
    """What was done is not done again; another process does the rest."""
    with stage(database, processes=1) as running:
        desk.people(running)
        for place in ("T0ACME001", "T0SAMPLE2", "T0OBRIEN3"):
            Visitor(running).install(place=place)
        calls = running.slack.simulator.calls
        calls.clear()
        slow = next(token for token in running.slack.simulator.tokens.values() if token.place.team_id == "T0SAMPLE2")
        slow.demand = "auth/slow/30"
        owner = desk.Desk(running, "owner")
        assert owner.post("/ops/installations/bulk", act="check", query="", count="3").status_code == 303
        done = "SELECT installation_id FROM dashboard_job_rows WHERE outcome = 'ok'"
        wait.until(lambda: len(database.rows(done)) == 2 and ("auth.test", "slow") in calls)
        running.server.kill()
        slow.demand = ""
        calls.clear()
        running.take_over()
        assert database.rows("SELECT * FROM dashboard_jobs WHERE ended_at IS NOT NULL") == []
        database.execute("UPDATE dashboard_jobs SET worked_at = worked_at - 120000")  # two minutes pass
        wait.until(lambda: database.rows("SELECT * FROM dashboard_jobs WHERE ended_at IS NOT NULL"))
        assert len(database.rows(done)) == 3
        assert [method for method, _ in calls] == ["auth.test"]


def _demand(running, demand: str) -> None:
    for token in running.slack.simulator.tokens.values():
        token.demand = demand


def _send_and_lose(browser: desk.Desk, path: str) -> None:
    with contextlib.suppress(httpx.TransportError):
        browser.post(path)


def test_killed_inside_the_transaction(database):
    stand_still(database, "slack_bots")
    with stage(database, processes=1) as running:
        visitor = Visitor(running)
        address = visitor.allow(visitor.start())
        _kill_during(running, visitor, address, lambda: _has_begun_to_store(running))
        go_on(database, "slack_bots")
        for table in ("slack_installations", "slack_bots", "dashboard_installations"):
            assert database.rows(f"SELECT * FROM {table}") == []
        database.execute(LATER)

        running.server.restart()
        page = visitor.get(address)

        assert (page.status, page.heading) == (500, "The installation was interrupted")
        assert visitor.install().status == 200


def _has_begun_to_store(running) -> bool:
    if running.database.kind == "postgresql":
        return bool(running.database.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
    probe = sqlite3.connect(running.database.engine.url.database, timeout=0, isolation_level=None)
    try:
        probe.execute("BEGIN IMMEDIATE")
        probe.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return _called(running, "auth.test")()
    finally:
        probe.close()
    return False


def test_the_sweep_closes_what_nobody_comes_back_to(database):
    with stage(database, processes=1) as running:
        visitor = Visitor(running)
        address = visitor.allow(visitor.start(), demand="exchange/slow/30")
        _kill_during(running, visitor, address, _called(running, "oauth.v2.access"))
        database.execute(LATER)

        running.server.restart()

        wait.until(lambda: database.rows("SELECT 1 FROM dashboard_attempts WHERE detail = 'interrupted'"))
        (line,) = wait.until(lambda: running.server.log("install.interrupted"))
        assert database.attempt(line["reference"])["detail"] == "interrupted"


def test_a_process_that_was_slow_not_dead_still_ends_in_success(database):
    with stage(database) as running:
        visitor = Visitor(running)
        address = visitor.allow(visitor.start(), demand="auth/slow/1")
        twin = Visitor(running)
        twin.client.cookies = visitor.client.cookies
        with concurrent.futures.ThreadPoolExecutor() as pool:
            first = pool.submit(visitor.get, address)
            wait.until(_called(running, "auth.test"))
            database.execute(LATER)
            assert twin.get(address).heading == "The installation was interrupted"
            done = first.result()

        assert done.status == 200
        attempt = database.attempt(done.reference)
        assert (attempt["outcome"], attempt["reason"], attempt["detail"]) == ("succeeded", None, None)
        assert twin.get(address).status == 200
