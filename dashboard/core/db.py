"""The database: engines, SQLite's pragmas, one way to read and one way to write.

Queries and verbs everywhere else are plain functions whose first argument is a SQLAlchemy Connection; `Database` runs
them from async code, the command line and the Bolt store call them directly. Returning commits, raising rolls back.
One call of `read` or `write` is one transaction. `docs/decisions/0001` says why they are not coroutines.
"""

import asyncio
import contextlib
import random
import sqlite3
import time
import urllib.parse
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    String,
    create_engine,
    event,
    func,
    literal,
    make_url,
    text,
)
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core import sqlite_cursor
from dashboard.core.errors import DatabaseNotReadyError
from dashboard.core.sqlite_watch import Watch
from dashboard.core.writer import Writer

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

_SNAPSHOT = text("SELECT CAST(pg_current_snapshot() AS text)")

Version = int | str
P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

# How many threads of a process write at once, and how many changes that wait one commits together. More writers would
# wait for a row's lock, behind sixty others that install into the same workspace, and run out of RETRY_FOR.
WRITERS = {"sqlite": {"threads": 1, "together": 64}, "postgresql": {"threads": 4, "together": 1}}
# Of PostgreSQL, for changes to one row. Two threads: one that waits for a lock holds up no others. More together come
# in waves.
ROW_WRITER = {"threads": 2, "together": 8}
LARGEST_ID = 2**31 - 1  # that an integer key of our tables holds
RETRY_FOR = 2.0  # seconds that lock and serialization errors are retried
_CONTENTION_STATES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available


class Database:
    """One database for the life of a process. Safe to share between tasks; close it when done."""

    def __init__(self, url: str) -> None:
        self._engine = _async_engine(url)
        self._without_transactions = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        kind = self._engine.dialect.name
        engine = sync_engine(url)
        if kind == "sqlite":
            event.listen(engine, "connect", _undo_in_memory)
        self._writer = self._row_writer = Writer(writing(engine), **WRITERS[kind])
        if kind == "postgresql":
            self._row_writer = Writer(writing(sync_engine(url)), **ROW_WRITER)
        self._watch = Watch(self._engine.url.database or "") if kind == "sqlite" else None

    async def version(self) -> Version | None:
        """Another one whenever somebody has committed a change, in whichever process. None where it cannot be told.

        On PostgreSQL it is what a reader sees: which transactions of the cluster are over. Where it is the same, so are
        the rows (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT).
        """
        if self._watch:
            return self._watch.version()
        async with self._without_transactions.connect() as connection:
            return str(await connection.scalar(_SNAPSHOT))

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query in a transaction of its own, which sees one state of the database and changes nothing."""
        async with self._engine.connect() as connection:
            found = await connection.run_sync(query, *args, **kwargs)
            if self._engine.dialect.name == "postgresql":
                # Where the pool rolls it back, psycopg forgets every statement that is prepared.
                await connection.commit()
            return found

    async def write(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a change in a transaction of its own. When this returns, it is committed.

        Lock and serialization errors are retried for two seconds, and what a connection did not live to commit; on
        SQLite what shared a transaction with a change that failed is done again. So a change may run more than once.
        """
        return await _retried(lambda: self._writer.run(lambda connection: change(connection, *args, **kwargs)))

    async def write_row(
        self, row: str, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same for a change that locks one row only, of that id: those that wait share a transaction on PostgreSQL,
        too."""
        return await _retried(lambda: self._row_writer.run(lambda connection: change(connection, *args, **kwargs), row))

    async def close(self) -> None:
        await asyncio.to_thread(self._writer.close)
        if self._row_writer is not self._writer:
            await asyncio.to_thread(self._row_writer.close)
        if self._watch:
            self._watch.close()
        await self._engine.dispose()


async def _retried(run: Callable[[], Awaitable[T]]) -> T:
    deadline = time.monotonic() + RETRY_FOR
    while True:
        try:
            return await run()
        except DBAPIError as error:
            if not (is_contention(error) or _was_cut_off(error)) or time.monotonic() > deadline:
                raise
        await asyncio.sleep(random.uniform(0.01, 0.1))


def address(url: str) -> URL:
    """A configured address with the driver we use: aiosqlite, or psycopg 3."""
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite"):
        return parsed.set(drivername="sqlite+aiosqlite")
    return parsed.set(drivername="postgresql+psycopg")


def sync_engine(url: str, *, create: bool = False) -> Engine:
    """An engine for code without an event loop: the command line, migrations, a sync Bolt app, SQLite's writer.

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


def _async_engine(url: str) -> AsyncEngine:
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
_POSTGRESQL: dict[str, Any] = {
    "pool_pre_ping": True,  # a connection that died in the pool must not cost somebody an installation
    "connect_args": {"connect_timeout": 5, "application_name": "dashboard"},
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


def is_contention(error: DBAPIError) -> bool:
    """Whether another transaction was in the way, so that trying again can help."""
    if getattr(error.orig, "sqlstate", None) in _CONTENTION_STATES:
        return True
    return getattr(error.orig, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _was_cut_off(error: DBAPIError) -> bool:
    """Whether the connection ended before the transaction did, which is lost then. An error that no statement has comes
    from the commit itself: of that nobody knows whether it was done."""
    return error.connection_invalidated and error.statement is not None


def insert(connection: Connection, table: type[object]) -> "sqlite_dialect.Insert | postgresql.Insert":
    """An INSERT that can carry ON CONFLICT, which SQLAlchemy keeps in its dialects."""
    return insert_for(connection.dialect.name, table)


def insert_for(dialect: str, table: type[object]) -> "sqlite_dialect.Insert | postgresql.Insert":
    """The same, for statements that are built once for each kind of database."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - loads every driver's, which SQLite does without

        return postgresql.insert(table)
    return sqlite_dialect.insert(table)


def unindexed(column: InstrumentedAttribute[T]) -> ColumnElement[T]:
    """A column that no index is used for, where another condition finds fewer rows. SQLite has no statistics to know
    that by, and takes an index that puts the rows in order for the better one."""
    return func.coalesce(column, literal("" if isinstance(column.type, String) else 0))


def fetch(
    connection: Connection, query: Executable, row: Callable[..., R], parameters: Mapping[str, object] | None = None
) -> list[R]:
    """The rows of a query, each as a `row`: a frozen dataclass, a named tuple, or the model whose columns they are.

    The only place where what comes from a database gets its type. Raises TypeError if a column of the query is not a
    field of the row, or a field of a dataclass is not a column.
    """
    result = connection.execute(query, parameters)
    names = tuple(result.keys())
    if names == getattr(row, "_fields", None):
        return [row(*values) for values in result.all()]
    return [row(**dict(zip(names, values, strict=True))) for values in result.all()]


def fetch_one(
    connection: Connection, query: Executable, row: Callable[..., R], parameters: Mapping[str, object] | None = None
) -> R | None:
    """The first row of a query, as `fetch` gives it; None if there is none."""
    return next(iter(fetch(connection, query, row, parameters)), None)


def changed(connection: Connection, statement: Executable, row: Mapping[str, object] | None = None) -> bool:
    """Run an UPDATE, INSERT or DELETE; whether it touched any row."""
    return connection.execute(statement, row).rowcount > 0
