"""Engines: which driver an address gets, how each database's connections are set up, and transactions of commands."""

import contextlib
import sqlite3
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from dashboard.core import sqlite_cursor
from dashboard.core.errors import DatabaseNotReadyError

RETRY_FOR = 2.0  # seconds that lock and serialization errors are retried


def address(url: str) -> URL:
    """A configured address with the driver we use: aiosqlite, or psycopg 3."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite"):
        return parsed.set(drivername="sqlite+aiosqlite")
    return parsed.set(drivername="postgresql+psycopg")


def sync_engine(url: str, *, create: bool = False) -> Engine:
    """An engine for code without an event loop: the command line, migrations, a sync Bolt app, writers.

    A SQLite file that is not there is made only with `create`: a mistyped path is an error, not an empty database.
    """
    parsed = address(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed.set(drivername="sqlite"), hide_parameters=True)
        _prepare_sqlite(engine, create)
        return engine
    engine = create_engine(parsed, hide_parameters=True, **_POSTGRESQL)
    _prepare_postgresql(engine, writes=True)
    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write. On SQLite they take the write lock when they begin: one that first
    reads and then wants it cannot wait for it (https://www.sqlite.org/rescode.html#busy_snapshot)."""
    return engine.execution_options(write=True)


def writers_engine(url: str) -> Engine:
    """The engine of a service's writers."""
    engine = sync_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _undo_in_memory)
    return writing(engine)


@contextlib.contextmanager
def transaction(url: str, *, write: bool = False, create: bool = False) -> Iterator[Connection]:
    """One transaction of a command, on an engine of its own. `create` makes a SQLite file that is not there.

    Raises DatabaseNotReadyError, which quotes neither address nor password, if the database cannot be used.
    """
    engine = sync_engine(url, create=create)
    with contextlib.ExitStack() as stack:
        stack.callback(engine.dispose)
        try:
            connection = stack.enter_context((writing(engine) if write else engine).connect())
            stack.enter_context(connection.begin())
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise _unusable(address(url), error, create) from error
        yield connection


def _unusable(url: URL, error: Exception, create: bool) -> DatabaseNotReadyError:
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "")
        if not create and file.parent.is_dir() and not file.exists():
            return DatabaseNotReadyError(
                f"There is no database at {file} yet.",
                "Run `dashboard migrate`, unless DATABASE_URL should name another file.",
            )
        return DatabaseNotReadyError(
            f"The database file {url.database} cannot be opened for writing.",
            "Check DATABASE_URL: is the folder there, may it be written to, does another process hold the file?",
        )
    cause = type(getattr(error, "orig", None) or error).__name__
    return DatabaseNotReadyError(
        f"The database at {url.host or 'the local socket'}:{url.port or 5432} cannot be reached ({cause}).",
        "Check DATABASE_URL and whether PostgreSQL runs.",
    )


def async_engine(url: str) -> AsyncEngine:
    parsed = address(url)
    if parsed.get_backend_name() == "sqlite":
        # Each connection is a thread; more of them than this only take turns.
        by_us = {"async_creator_fn": sqlite_cursor.connect}
        engine = create_async_engine(parsed, connect_args=by_us, pool_size=4, max_overflow=0, **_POOL)
        _prepare_sqlite(engine.sync_engine, create=False)
        return engine
    # With the writers' six these are twenty: docs/deploying.md says so.
    engine = create_async_engine(parsed, pool_size=10, max_overflow=4, **_POOL, **_POSTGRESQL)
    _prepare_postgresql(engine.sync_engine, writes=False)
    return engine


# The connection that was used last is used next: what it has read and planned is still there.
_POOL: dict[str, Any] = {
    "hide_parameters": True,
    "pool_use_lifo": True,
    # As its ORM does: rows are taken by position and by name, never by column, for which SQLAlchemy would put every
    # column into a map at each execution, a tenth of a page (`CursorResultMetaData._adapt_to_context`).
    "execution_options": {"_result_disable_adapt_to_context": True},
}
# A machine that vanished says nothing: the system would wait a quarter of an hour for it to confirm what was sent, and
# for an answer two hours. Whatever PostgreSQL is busy with, its system confirms at once
# (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS).
_SILENT_FOR = 10  # seconds; then the connection is lost
_LOST = {
    "connect_timeout": 5,
    "tcp_user_timeout": _SILENT_FOR * 1000,
    "keepalives_idle": _SILENT_FOR // 2,
    "keepalives_interval": _SILENT_FOR // 5,
}
_POSTGRESQL: dict[str, Any] = {
    "pool_pre_ping": True,  # a connection that died in the pool must not cost somebody an installation
    "connect_args": {"application_name": "dashboard", **_LOST},
}


def _prepare_sqlite(engine: Engine, create: bool) -> None:
    @event.listens_for(engine, "do_connect")
    def open_file(_dialect: object, _record: object, arguments: list[str], options: dict[str, object]) -> None:
        # https://www.sqlite.org/uri.html: by a plain name SQLite makes a file that is not there
        arguments[0] = f"file:{urllib.parse.quote(arguments[0])}?mode={'rwc' if create else 'rw'}"
        options["uri"] = True

    @event.listens_for(engine, "connect")
    def set_up(dbapi_connection: sqlite3.Connection, _record: object) -> None:
        dbapi_connection.isolation_level = None  # the driver would begin transactions when it likes
        cursor = dbapi_connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(RETRY_FOR * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # what Slack granted survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16000")  # 16 MB a connection
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        writes = connection.get_execution_options().get("write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _undo_in_memory(dbapi_connection: sqlite3.Connection, _record: object) -> None:
    """What a statement may have to undo is otherwise written to a file, ten times for each row of a table that has
    triggers. Not for commands: they sort whole tables (https://www.sqlite.org/tempfiles.html)."""
    dbapi_connection.execute("PRAGMA temp_store = MEMORY")


def _prepare_postgresql(engine: Engine, *, writes: bool) -> None:
    @event.listens_for(engine, "connect")
    def set_up(dbapi_connection: DBAPIConnection, _record: object) -> None:
        # As a statement, not a connection option: poolers such as pgbouncer refuse unknown options.
        cursor = dbapi_connection.cursor()
        cursor.execute(f"SET lock_timeout = {int(RETRY_FOR * 1000)}")
        if not writes:
            # No query of a page takes as long as the workers that would share it take to start. And what is prepared is
            # planned each time: a plan for any app and any time reads all of them.
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SET plan_cache_mode = force_custom_plan")
        cursor.close()
        dbapi_connection.commit()
