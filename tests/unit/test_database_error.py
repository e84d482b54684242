"""The word for a database's error, from errors that real databases gave."""

import sqlite3

import psycopg
import pytest
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dashboard.core import database_error
from dashboard.core.engines import transaction


def _raised(tmp_path, statement: str, before: tuple[str, ...] = ()) -> Exception:
    """What SQLite says of a statement, by way of our engine."""
    with transaction(f"sqlite+aiosqlite:///{tmp_path / 'some.db'}", write=True, create=True) as db:
        for each in before:
            db.exec_driver_sql(each)
        with pytest.raises(OperationalError) as error:
            db.exec_driver_sql(statement)
        return error.value


def test_what_sqlite_says_has_its_word(tmp_path):
    assert database_error.kind(_raised(tmp_path, "SELECT * FROM missing")) == "not_migrated"
    no_column = _raised(tmp_path, "INSERT INTO t (b) VALUES (1)", before=("CREATE TABLE t (a)",))
    assert database_error.kind(no_column) == "not_migrated"
    few_pages = ("PRAGMA max_page_count = 3", "CREATE TABLE big (a)")
    full = _raised(tmp_path, "INSERT INTO big VALUES (randomblob(20000))", before=few_pages)
    assert database_error.kind(full) == "disk_full"
    read_only = _raised(tmp_path, "INSERT INTO t VALUES (1)", before=("PRAGMA query_only = ON",))
    assert database_error.kind(read_only) == "read_only"


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (psycopg.errors.DiskFull(), "disk_full"),
        (psycopg.errors.UndefinedColumn(), "not_migrated"),
        (psycopg.errors.StringDataRightTruncation(), "too_long"),
        (psycopg.errors.ReadOnlySqlTransaction(), "read_only"),
        (psycopg.errors.AdminShutdown(), "unavailable"),
        (psycopg.errors.DeadlockDetected(), "locked"),
        (psycopg.errors.TooManyConnections(), "no_connection_left"),
        (psycopg.errors.DivisionByZero(), "other"),
        (psycopg.OperationalError(), "unavailable"),
        (sqlite3.IntegrityError(), "other"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_drivers_say_has_its_word(error, word):
    assert database_error.kind(OperationalError("", {}, error)) == word


def test_the_columns_whose_values_do_not_fit():
    """PostgreSQL says how long a value may be, and not whose it was."""
    too_long = psycopg.errors.StringDataRightTruncation("value too long for type character varying(5)")
    sent = {"team_name": "longer", "team_id": "T1", "installed_at": 5, "note": None}
    assert database_error.columns(DataError("INSERT", sent, too_long)) == ["team_name"]
    odd = psycopg.errors.UntranslatableCharacter()
    assert database_error.columns(DataError("INSERT", {"a": "x\0", "b": "\ud800", "c": "é"}, odd)) == ["a", "b"]
    assert database_error.columns(DataError("INSERT", [sent], too_long)) == []
    assert database_error.columns(OperationalError("", sent, psycopg.errors.DiskFull())) == []
    assert database_error.columns(ValueError()) == []


def test_what_is_no_database_error_has_none():
    assert database_error.kind(PoolTimeoutError()) == "no_connection_left"
    assert database_error.kind(ValueError()) is None
