"""How many statements an installation takes: each is a round trip, and on PostgreSQL most of its time."""

import sqlite3
import time

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dashboard.core.pace import Pace
from tests.conftest import BOTH
from tests.support import wait
from tests.support.stage import stage
from tests.support.visitor import Visitor

STILL = Pace(look_every=600, registry_every=600, catch_up_every=600, notice_every=600, sweep_every=600, jobs_every=600)
START, SPENT = 1, 1  # written behind the answer; and the state, before the exchange
STORED = 7
# What else is said: around transactions, when a connection begins, whether it lives, and what SQLite does for a trigger
# or an index.
APART = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "SET ", ";", "--")


@pytest.fixture
def statements(new_database, request, monkeypatch):
    """What is said to a database of a kind, as its drivers hear it: some of it goes past SQLAlchemy."""
    database, seen = new_database(request.param), []

    def note(text):
        if not text.startswith(APART):
            seen.append(text)

    def connected(connection, _record):
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(lambda text: text in seen[-1:] or note(text))  # again for each trigger

    def executing(connection, _cursor, text, _parameters, _context, _executemany):
        if connection.dialect.is_async and connection.engine.url.database == database.engine.url.database:
            note(text)

    heard = psycopg.Cursor.execute

    def execute(cursor, query, *arguments, **options):
        if cursor.connection.info.dbname == database.engine.url.database:  # other services run here, too
            note(str(query))
        return heard(cursor, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", execute)
    event.listen(Engine, "connect", connected)
    event.listen(Engine, "before_cursor_execute", executing)
    yield database, seen
    event.remove(Engine, "connect", connected)
    event.remove(Engine, "before_cursor_execute", executing)


@pytest.mark.parametrize("statements", BOTH, indirect=True)
def test_a_first_installation_takes_so_many_statements_and_no_more(statements):
    database, seen = statements

    def nobody_asks():
        before = len(seen)
        time.sleep(1)
        return len(seen) == before

    with stage(database, pace=STILL) as running:
        assert Visitor(running).install().status == 200
        wait.until(nobody_asks)  # what a process asks once has been asked
        seen.clear()
        assert Visitor(running).install().status == 200
        wait.until(lambda: sum(text.startswith("INSERT INTO dashboard_attempts") for text in seen) == 2)
    assert len(seen) == START + SPENT + STORED, "\n".join(text[:90] for text in seen)
