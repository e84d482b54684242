"""The database failing at each statement: an honest page, a record or a log line, nothing half stored."""

import contextlib
import json
import threading
from dataclasses import replace

import pytest
from sqlalchemy import NullPool, create_engine, text

from dashboard.core.engines import writing
from dashboard.simulator import Place
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import QUICK, stage
from tests.support.visitor import ORGANIZATION, Visitor

REFUSALS = {
    "sqlite": ["CREATE TRIGGER refuse BEFORE {event} ON {table} {when} BEGIN SELECT RAISE(ABORT, 'xoxb-1-leak'); END"],
    "postgresql": [
        "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'xoxb-1-leak'; END $$"
        " LANGUAGE plpgsql",
        "CREATE TRIGGER refuse BEFORE {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION refuse()",
    ],
}
ENDED = {"sqlite": "WHEN NEW.closed_at IS NOT NULL", "postgresql": "WHEN (NEW.closed_at IS NOT NULL)"}
SPENT = {"sqlite": "WHEN NEW.spent_at IS NOT NULL", "postgresql": "WHEN (NEW.spent_at IS NOT NULL)"}


@pytest.fixture
def running(database):
    with stage(database) as started:
        yield started


def _refuse(database, event: str, table: str, when: str = "") -> None:
    database.execute(*(sql.format(event=event, table=table, when=when) for sql in REFUSALS[database.kind]))


def _allow_again(database, table: str) -> None:
    database.execute("DROP TRIGGER refuse" + (f" ON {table}" if database.kind == "postgresql" else ""))


@pytest.mark.parametrize(
    ("event", "table"),
    [
        ("INSERT", "slack_installations"),
        ("INSERT", "slack_bots"),
        ("INSERT", "dashboard_installations"),
        ("INSERT", "dashboard_token_keys"),
    ],
)
def test_row_11_storing_fails(running, event, table):
    visitor, database = Visitor(running), running.database
    _refuse(database, event, table)

    page = visitor.install()

    assert (page.status, page.heading) == (500, "We could not save the installation")
    attempt = database.attempt(page.reference)
    assert (attempt["outcome"], attempt["reason"], attempt["team_id"]) == ("failed", "storage_error", "T0ACME001")
    assert attempt["error_class"]
    for empty in ("slack_installations", "slack_bots", "dashboard_installations"):
        assert database.rows(f"SELECT * FROM {empty}") == []
    assert "xoxb" not in running.server.output()

    _allow_again(database, table)
    assert visitor.install().status == 200


def test_when_not_even_the_failure_can_be_written_the_log_has_the_trace(running):
    visitor, database = Visitor(running), running.database
    _refuse(database, "UPDATE", "dashboard_attempts", ENDED[database.kind])

    page = visitor.install(ORGANIZATION, user="U0TRACE")

    assert (page.status, page.detail) == (500, "storage_error")
    (trace,) = running.server.log("install.not_recorded")
    assert (trace["reference"], trace["app"], trace["enterprise_id"]) == (page.reference, "default", "E0GLOBEX1")
    assert (trace["user_id"], trace["reason"]) == ("U0TRACE", "storage_error")
    assert "xox" not in running.server.output()
    assert database.rows("SELECT * FROM slack_installations") == []


def test_an_outcome_that_could_not_be_written_is_written_later(running):
    visitor, database = Visitor(running), running.database
    address = visitor.allow(visitor.start(), demand="exchange/bad_client_secret", user="U0LATER")
    _refuse(database, "UPDATE", "dashboard_attempts", ENDED[database.kind])
    first = visitor.get(address)
    assert (first.status, first.detail) == (401, "bad_client_secret")
    assert database.attempt(first.reference)["outcome"] is None

    _allow_again(database, "dashboard_attempts")
    database.execute("UPDATE dashboard_attempts SET spent_at = spent_at - 61000")
    again = visitor.get(address)

    assert (again.status, again.detail, again.reference) == (401, "bad_client_secret", first.reference)
    attempt = database.attempt(first.reference)
    assert (attempt["outcome"], attempt["reason"], attempt["slack_error"]) == (
        "failed",
        "invalid_code",
        "bad_client_secret",
    )
    assert running.slack.exchanges() == 1


@pytest.mark.parametrize("kept_by", ["sqlite", "postgresql"])
def test_it_is_written_over_an_interruption_that_another_process_noted(new_database, kept_by):
    with stage(new_database(kept_by), threads=2, pace=replace(QUICK, sweep_every=1.5)) as both:
        visitor, database = Visitor(both), both.database
        address = visitor.allow(visitor.start(), demand="exchange/bad_client_secret")
        _refuse(database, "UPDATE", "dashboard_attempts", ENDED[database.kind])
        first = visitor.get(address)
        wait.until(lambda: both.servers[0].log("install.still_not_recorded"))  # by its sweep: the next is far off
        _allow_again(database, "dashboard_attempts")
        database.execute("UPDATE dashboard_attempts SET spent_at = spent_at - 61000")
        assert visitor.get(address.replace(both.url, both.servers[1].url)).detail == "interrupted"

        wait.until(lambda: database.attempt(first.reference)["detail"] != "interrupted", 30)  # by the first one's sweep

        assert visitor.get(address).detail == "bad_client_secret"


@pytest.mark.parametrize("event", ["INSERT", "UPDATE"])
def test_a_database_that_fails_before_the_exchange_costs_no_code(running, event):
    visitor, database = Visitor(running), running.database
    address = visitor.allow(visitor.start())
    wait.until(lambda: database.rows("SELECT id FROM dashboard_attempts"))
    if event == "INSERT":
        database.execute("DELETE FROM dashboard_attempts")
    _refuse(database, event, "dashboard_attempts", SPENT[database.kind])

    page = visitor.get(address)
    assert (page.status, page.detail) == (500, "database_unavailable")
    assert "we did not ask Slack, and nothing was installed" in page.text
    assert running.slack.simulator.calls == []

    _allow_again(database, "dashboard_attempts")
    assert visitor.get(address).status == 200
    assert running.slack.exchanges() == 1


@pytest.mark.postgresql
def test_a_value_that_does_not_fit_names_its_column(new_database):
    """As in a table that somebody has made narrower."""
    database = new_database("postgresql")
    database.execute("ALTER TABLE slack_installations ALTER COLUMN team_name TYPE varchar(40)")
    with stage(database) as running:
        long = "Very Secret Project " * 3
        running.slack.simulator.places["T0LONG001"] = Place(long, "T0LONG001")
        page = Visitor(running).install(place="T0LONG001")
        assert page.heading == "We could not save the installation"
        row = database.attempt(page.reference)
        assert (row["database_error"], row["database_columns"]) == ("too_long", "team_name")
        told = json.loads(running.run("attempt", page.reference, "--json").stdout)
        assert (told["causes"][0]["cause"], told["causes"][0]["likelihood"]) == ("value_does_not_fit", "likely")
        assert "(team_name)" in told["causes"][0]["sentence"]
        assert "Very Secret" not in f"{running.server.output()}{row}{told}"


def _failed(database, reference: str):
    rows = database.rows("SELECT * FROM dashboard_attempts WHERE reference = :r", r=reference.replace("-", ""))
    return rows[0] if rows and rows[0]["outcome"] == "failed" else None


def test_the_attempts_gone_before_the_return(running):
    visitor, database = Visitor(running), running.database
    address = visitor.allow(visitor.start())
    database.execute("ALTER TABLE dashboard_attempts RENAME TO elsewhere")

    page = visitor.get(address)

    assert (page.status, page.detail) == (500, "database_unavailable")
    assert running.slack.simulator.calls == []
    assert visitor.get("/readyz").status == 200
    database.execute("ALTER TABLE elsewhere RENAME TO dashboard_attempts")
    noted = wait.until(lambda: _failed(database, page.reference), 30)  # kept, and written when it can be
    assert (noted["reason"], noted["detail"], noted["spent_at"]) == ("storage_error", "database_unavailable", None)
    assert noted["database_error"] == "not_migrated"  # a table is missing
    assert visitor.get(address).status == 200
    assert database.attempt(page.reference)["outcome"] == "succeeded"


def test_a_lock_that_passes_is_waited_for(running):
    visitor, database = Visitor(running), running.database
    address = visitor.allow(visitor.start())
    with writing(database.engine).begin() as connection:
        if database.kind == "postgresql":
            connection.exec_driver_sql("LOCK TABLE slack_installations IN EXCLUSIVE MODE")
        pages = []
        coming = threading.Thread(target=lambda: pages.append(visitor.get(address)))
        coming.start()
        coming.join(1.0)
        assert not pages
    coming.join()

    assert pages[0].status == 200


@pytest.mark.slow("a lock is waited for two seconds by SQLite and two by us")
def test_a_lock_that_does_not_pass_is_a_storage_error(running):
    visitor, database = Visitor(running), running.database
    address = visitor.allow(visitor.start())
    with writing(database.engine).begin() as connection:
        if database.kind == "postgresql":
            connection.exec_driver_sql("LOCK TABLE slack_installations, dashboard_attempts IN EXCLUSIVE MODE")
        page = visitor.get(address)

    assert (page.status, page.detail) == (500, "database_unavailable")
    assert running.slack.simulator.calls == []
    assert visitor.get(address).status == 200


@pytest.fixture
def owner(running) -> Desk:
    desk.people(running)
    return Desk(running, "owner")


@contextlib.contextmanager
def _locked(database):
    """Another transaction keeps everybody from writing the accounts."""
    with writing(database.engine).begin() as connection:
        if database.kind == "postgresql":
            connection.execute(text("LOCK TABLE dashboard_operators IN EXCLUSIVE MODE"))
        else:
            connection.execute(text("UPDATE dashboard_operators SET owner = owner"))
        yield


def test_what_is_written_beside_a_request_never_decides_it(running, owner):
    database, viewer = running.database, Desk(running, "viewer")
    database.execute("UPDATE dashboard_sessions SET last_seen_at = last_seen_at - 120000")
    _refuse(database, "UPDATE", "dashboard_sessions")
    assert owner.get("/ops").status == 200
    assert running.server.log("session.not_touched")
    _allow_again(database, "dashboard_sessions")

    _refuse(database, "INSERT", "dashboard_audit")
    refused = viewer.get("/ops/operators")
    assert (refused.status, refused.heading) == (403, "You may not do this")
    assert running.server.log("denial.not_recorded")
    assert "xoxb" not in running.server.output()


@pytest.mark.slow("the lock is waited for, for seconds")
def test_a_locked_database_is_said_and_nothing_is_half_done(running, owner):
    with _locked(running.database):
        answer = owner.post("/ops/me/codes/withdraw")
    assert answer.status_code == 503
    assert "The database cannot be reached at the moment" in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert "content-security-policy" in answer.headers
    assert owner.post("/ops/me/codes/withdraw").status_code == 303


def test_a_session_that_cannot_be_read_is_said_on_a_page_of_ours(running, owner):
    running.database.execute("ALTER TABLE dashboard_sessions RENAME TO dashboard_sessions_away")
    for path in ("/ops", "/ops/installations", "/ops/me"):
        answer = owner.client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
        assert "The database cannot be reached at the moment" in answer.text
        assert "content-security-policy" in answer.headers
    assert Visitor(running).get("/slack/install").status == 200
    running.database.execute("ALTER TABLE dashboard_sessions_away RENAME TO dashboard_sessions")
    assert owner.get("/ops").status == 200


@pytest.mark.postgresql
def test_a_database_that_is_stopped_is_said_and_comes_back(new_database):
    database = new_database("postgresql")
    name = database.engine.url.database
    with stage(database) as running:
        desk.people(running)
        owner = Desk(running, "owner")
        elsewhere = database.engine.url.set(database="postgres")
        beside = create_engine(elsewhere, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with beside.connect() as other:
            other.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
            other.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
            )
            for path in ("/ops", "/ops/attempts"):
                answer = owner.client.get(path)
                assert (answer.status_code, "content-security-policy" in answer.headers) == (503, True)
            page = Visitor(running).get("/slack/oauth_redirect?error=access_denied")
            assert page.status == 200
            other.execute(text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))
        assert owner.get("/ops").status == 200
