"""The running service shows within five seconds what a Bolt app wrote by slack_sdk's own classes."""

import asyncio
import time

import pytest
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import AsyncSQLAlchemyInstallationStore, SQLAlchemyInstallationStore
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from dashboard.core.engines import address
from dashboard.slack import catching_up
from tests.support import coroutines, wait
from tests.support.command_line import basic_environment, run_dashboard
from tests.support.stage import CLIENT_ID, stage
from tests.support.standstill import go_on, stand_still
from tests.support.visitor import Visitor

WITHIN = 5.0  # seconds
MANY = 1_000


@pytest.fixture
def bolt(database):
    engine = create_engine(database.engine.url)
    yield SQLAlchemyInstallationStore(CLIENT_ID, engine)
    engine.dispose()


def _installation(team_id="T1", **changes) -> Installation:
    values = {"app_id": "A1", "team_id": team_id, "user_id": "U1", "bot_token": "xoxb-1", "bot_id": "B1"}
    return Installation(**values | {"bot_user_id": "U0BOT", "bot_scopes": ["chat:write"]} | changes)


def _status(database, team_id="T1") -> str | None:
    rows = database.rows("SELECT status FROM dashboard_installations WHERE team_id = :team", team=team_id)
    return rows[0]["status"] if rows else None


def _becomes(database, status: str) -> None:
    wait.until(lambda: _status(database) == status, WITHIN)


def _write_many(database) -> None:
    numbers, at = {
        "postgresql": (f"generate_series(1, {MANY}) AS n", "timestamp '2026-01-01'"),
        "sqlite": (
            f"(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {MANY}) SELECT n FROM n)",
            "'2026-01-01 00:00:00.000000'",
        ),
    }[database.kind]
    database.execute(
        "INSERT INTO slack_bots (client_id, app_id, team_id, bot_token, is_enterprise_install, installed_at)"
        f" SELECT '{CLIENT_ID}', 'A1', 'T' || n, 'xoxb-1', false, {at} FROM {numbers}"
    )


def _count(database, table: str) -> int:
    return database.row(f"SELECT count(*) AS found FROM {table}")["found"]


@pytest.mark.slow("three times until a service at its everyday pace has looked")
def test_a_bolt_apps_writes_and_deletes_are_seen(database, bolt):
    with stage(database, processes=1, DASHBOARD_TOKEN_ENCRYPTION="on") as running:
        bolt.save(_installation())
        _becomes(database, "active")
        bolt.delete_all(enterprise_id=None, team_id="T1")
        _becomes(database, "uninstalled")
        bolt.save(_installation())
        _becomes(database, "active")
        visitor = Visitor(running)
        assert visitor.install().status == 200  # through the service itself, beside the Bolt app
        assert running.server.errors() == []


def test_an_async_bolt_apps_too(database):
    async def install_and_uninstall() -> None:
        engine = create_async_engine(address(database.url))
        store = AsyncSQLAlchemyInstallationStore(CLIENT_ID, engine)
        await store.async_save(_installation())
        await asyncio.to_thread(_becomes, database, "active")
        await store.async_delete_all(enterprise_id=None, team_id="T1")
        await asyncio.to_thread(_becomes, database, "uninstalled")
        await engine.dispose()

    with stage(database, DASHBOARD_TOKEN_ENCRYPTION="on"):
        coroutines.run(install_and_uninstall())


@pytest.mark.slow("a thousand rows and two processes")
def test_two_processes_share_the_work(database):
    with stage(database, processes=2, DASHBOARD_TOKEN_ENCRYPTION="on") as running:
        _write_many(database)
        wait.until(lambda: _count(database, "dashboard_changes") == 0, 60)
        assert _count(database, "dashboard_installations") == MANY
        for server in running.servers:
            assert server.errors() == []
            # On a busy machine one may wait longer for the other's lock than it tries; it looks again.
            assert {line["error_class"] for line in server.log("summary.not_caught_up")} <= {"OperationalError"}


@pytest.mark.slow("two processes, each at its everyday pace")
def test_what_was_written_while_nobody_ran_is_caught_up_with(database, bolt):
    with stage(database, processes=1, DASHBOARD_TOKEN_ENCRYPTION="on") as running:
        bolt.save(_installation())
        _becomes(database, "active")
        running.server.kill()
        before = time.time() * 1000
        bolt.delete_all(enterprise_id=None, team_id="T1")
        after = time.time() * 1000
        time.sleep(1)
        running.server.restart()
        _becomes(database, "uninstalled")
        removed_at = database.row("SELECT removed_at FROM dashboard_installations")["removed_at"]
        assert before - 2 <= removed_at <= after + 2  # when it was deleted, not when we looked


@pytest.mark.parametrize("up_to", [None, MANY])
def test_a_batch_is_no_larger_whatever_postgresql_knows_of_the_notes(database, up_to):
    """Where its statistics are of a single note, it asked for fifty once for each of all notes."""
    note = "INSERT INTO dashboard_changes (client_id, enterprise_id, team_id, noted_at)"
    database.execute(f"{note} VALUES ('{CLIENT_ID}', '', 'T0', 1)", "ANALYZE dashboard_changes")
    for number in range(1, 90):
        database.execute(f"{note} VALUES ('{CLIENT_ID}', '', 'T{number}', 1)")
    with database.begin() as db:
        assert [catching_up.catch_up(db, up_to) for _ in range(3)] == [50, 40, 0]


@pytest.mark.slow("a thousand rows, a process and another one")
def test_a_process_killed_at_it_loses_nothing(database):
    _write_many(database)  # which are noted in any order
    last = database.row("SELECT team_id FROM dashboard_changes ORDER BY id DESC LIMIT 1")["team_id"]
    stand_still(database, "dashboard_installations", f"NEW.team_id = '{last}'")
    with stage(database, processes=1, DASHBOARD_TOKEN_ENCRYPTION="on") as running:
        wait.until(lambda: _count(database, "dashboard_installations") > 0)
        running.server.kill()
        go_on(database, "dashboard_installations")
        done, left = _count(database, "dashboard_installations"), _count(database, "dashboard_changes")
        assert done + left == MANY
        assert left > 0, "It was killed too late to show anything."
        running.server.restart()
        wait.until(lambda: _count(database, "dashboard_changes") == 0, 60)
        assert _count(database, "dashboard_installations") == MANY


@pytest.mark.slow("a thousand rows twice")
def test_reindex_beside_the_running_service(database):
    with stage(database, DASHBOARD_TOKEN_ENCRYPTION="on") as running:
        _write_many(database)
        wait.until(lambda: _count(database, "dashboard_changes") == 0, 60)
        database.execute("DELETE FROM dashboard_installations")
        done = running.run("reindex")
        assert (done.returncode, done.stderr) == (0, "")
        assert "1,000 workspaces and organizations" in done.stdout
        assert Visitor(running).install().status == 200
        assert _count(database, "dashboard_installations") == MANY + 1
        assert running.server.errors() == []


def test_reindex_needs_a_current_database(new_database):
    empty = new_database("sqlite", migrated=False)
    done = run_dashboard("reindex", environment=basic_environment(DATABASE_URL=empty.url))
    assert done.returncode == 1
    assert "Run `dashboard migrate`" in done.stderr
