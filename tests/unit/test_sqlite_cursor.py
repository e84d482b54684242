"""aiosqlite's connections, whose cursors make one trip to the thread."""

import logging
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from dashboard.core.db import Database
from dashboard.core.engines import transaction
from tests.support import coroutines


@pytest.fixture
def read(tmp_path):
    """Read from a database that has two things in it."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'some.db'}"
    with transaction(url, write=True, create=True) as db:
        db.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, picture BLOB)"))
        db.execute(text("INSERT INTO things VALUES (1, 'Ñandú', x'00ff'), (2, NULL, NULL)"))
    with coroutines.running() as run:
        database = Database(url)
        yield lambda query: run(database.read(query))
        run(database.close())


def things(db):
    result = db.execute(text("SELECT id, name, picture FROM things ORDER BY id"))
    return list(result.keys()), [tuple(row) for row in result]


def test_rows_are_those_of_the_driver(read):
    names, rows = read(things)
    assert names == ["id", "name", "picture"]
    assert rows == [(1, "Ñandú", b"\x00\xff"), (2, None, None)]


class Trips(logging.Handler):
    """Counts what aiosqlite says that it executes in a thread."""

    count = 0

    def emit(self, record):
        self.count += record.getMessage().startswith("executing")


def test_a_statement_is_one_trip(read):
    read(things)  # which opens the connection
    log, trips = logging.getLogger("aiosqlite"), Trips()
    level = log.level
    log.addHandler(trips)
    log.setLevel(logging.DEBUG)
    read(lambda db: [things(db) for _ in range(5)])
    log.setLevel(level)
    log.removeHandler(trips)
    assert trips.count == 1 + 5 + 1  # BEGIN, the statements, ROLLBACK


def test_an_error_is_told_and_the_connection_goes_on(read):
    with pytest.raises(OperationalError) as caught:
        read(lambda db: db.execute(text("SELECT * FROM nowhere")))
    assert isinstance(caught.value.orig, sqlite3.OperationalError)
    with pytest.raises(IntegrityError):
        read(lambda db: db.execute(text("INSERT INTO things (id) VALUES (1)")))
    assert read(things)[1][0][0] == 1


def test_what_a_statement_changed_is_counted_and_not_kept(read):
    assert read(lambda db: db.execute(text("UPDATE things SET name = 'x'")).rowcount) == 2
    assert read(things)[1][0][1] == "Ñandú"
