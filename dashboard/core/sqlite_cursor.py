"""aiosqlite with one trip to a connection's thread for a statement, where it makes four.

It hands the making of a cursor to the thread, then the statement, the fetching of its rows and the closing, and waits
in the event loop for each. A page of the desk has up to a hundred statements (`docs/decisions/0041`).
"""

import sqlite3
from collections.abc import Sequence
from typing import Any, Self

import aiosqlite

Rows = list[tuple[Any, ...]]


async def connect(database: str, **options: Any) -> aiosqlite.Connection:
    """A connection as `aiosqlite.connect` makes it, whose cursors make one trip. Raises what sqlite3 does."""
    return await Connection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)


class Connection(aiosqlite.Connection):
    """Its thread does not keep a process from ending, as SQLAlchemy has it for the connections that it makes itself."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._thread.daemon = True

    def cursor(self) -> "Cursor":  # type: ignore[override] # not awaited: nothing is asked of the thread yet
        return Cursor(self)

    async def run(self, sql: str, parameters: Sequence[Any]) -> tuple[sqlite3.Cursor, Rows]:
        """Execute a statement and fetch all its rows, in the thread."""
        asked = self._execute(_run, self._conn, sql, parameters)  # type: ignore[no-untyped-call] # aiosqlite types none of it
        ran: tuple[sqlite3.Cursor, Rows] = await asked
        return ran


class Cursor:
    """What SQLAlchemy uses of a cursor to read: it takes all rows of a statement at once. What streams them, or runs a
    statement with many sets of values, finds no method for it here."""

    description: tuple[tuple[Any, ...], ...] | None = None
    rowcount = -1
    lastrowid: int | None = None

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Rows = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        cursor, self._rows = await self._connection.run(sql, parameters)
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        return self

    async def fetchall(self) -> Rows:
        return self._rows

    async def close(self) -> None:
        """Its statement has come to its end: nothing is held."""


def _run(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> tuple[sqlite3.Cursor, Rows]:
    cursor = connection.execute(sql, parameters)
    return cursor, cursor.fetchall()
