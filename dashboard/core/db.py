"""The database: one way to read, one way to write, and the types of rows.

Queries and verbs everywhere else are plain functions whose first argument is a SQLAlchemy Connection; `Database` runs
them from async code, the command line and the Bolt store call them directly. Returning commits, raising rolls back.
One call of `read` or `write` is one transaction. `docs/decisions/0001` says why they are not coroutines.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from sqlalchemy import ColumnElement, Connection, Executable, String, func, literal, text, true
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core.engines import RETRY_FOR, async_engine, writers_engine
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
_CONTENTION_STATES = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock not available


class Database:
    """One database for the life of a process. Safe to share between tasks; close it when done."""

    def __init__(self, url: str) -> None:
        self._engine = async_engine(url)
        self._without_transactions = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        kind = self._engine.dialect.name
        self._writer = self._row_writer = Writer(writers_engine(url), **WRITERS[kind])
        if kind == "postgresql":
            self._row_writer = Writer(writers_engine(url), **ROW_WRITER)
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


def without_index(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that no index is used for, as with `unindexed`; PostgreSQL still guesses how many rows meet it."""
    return condition.is_(true())


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
