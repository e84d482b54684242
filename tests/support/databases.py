"""A migrated database for each that asks, copied from one that was migrated once."""

import itertools
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from dashboard.commands.migrate import migrate
from dashboard.core.engines import sync_engine, writing


class TestDatabase:
    """A database's address, and a way to look into it and to disturb it."""

    __test__ = False

    def __init__(self, url: str, kind: str) -> None:
        self.url = url
        self.kind = kind
        self.engine: Engine = sync_engine(url, create=True)

    def rows(self, sql: str, **parameters: Any) -> list[dict[str, Any]]:
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction that writes, on the one engine: it keeps the statements it has compiled."""
        return writing(self.engine).begin()

    def row(self, sql: str, **parameters: Any) -> dict[str, Any]:
        (found,) = self.rows(sql, **parameters)
        return found

    def execute(self, *statements: str, **parameters: Any) -> None:
        """Run them in one transaction; once more where PostgreSQL chose it to end a deadlock with the running service,
        whose chores take rows in another order than a test that empties the tables."""
        try:
            self._execute(statements, parameters)
        except OperationalError as error:
            if not isinstance(error.orig, DeadlockDetected):
                raise
            self._execute(statements, parameters)

    def _execute(self, statements: tuple[str, ...], parameters: dict[str, Any]) -> None:
        with writing(self.engine).begin() as connection:
            for statement in statements:
                connection.execute(text(statement), parameters)

    def attempt(self, reference: str) -> dict[str, Any]:
        stored = reference.replace("-", "")
        return self.row("SELECT * FROM dashboard_attempts WHERE reference = :reference", reference=stored)

    def close(self) -> None:
        self.engine.dispose()


class SQLiteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self._numbers = itertools.count(1)
        migrate(f"sqlite:///{self._template}")

    def new(self) -> TestDatabase:
        file = self._folder / f"{next(self._numbers)}.db"
        shutil.copy(self._template, file)
        return TestDatabase(f"sqlite+aiosqlite:///{file}", "sqlite")

    def empty(self) -> TestDatabase:
        return TestDatabase(f"sqlite+aiosqlite:///{self._folder / f'{next(self._numbers)}.db'}", "sqlite")


class PostgreSQLDatabases:
    """Copies of one migrated database of a cluster that others use too: what is called `prefix…` is ours."""

    def __init__(self, address: str, prefix: str) -> None:
        self._address = address
        self._prefix = prefix
        self._numbers = itertools.count(1)
        if not self._ask("SELECT 1 FROM pg_database WHERE datname = 'template_dashboard'"):
            self._ask("CREATE DATABASE template_making")
            migrate(address.format(name="template_making"))
            self._ask("ALTER DATABASE template_making RENAME TO template_dashboard")

    def new(self) -> TestDatabase:
        return self._named(" TEMPLATE template_dashboard")

    def empty(self) -> TestDatabase:
        return self._named("")

    def _named(self, template: str) -> TestDatabase:
        name = f"{self._prefix}{next(self._numbers)}"
        self._ask(f"CREATE DATABASE {name}{template}")
        return TestDatabase(self._address.format(name=name), "postgresql")

    def _ask(self, statement: str) -> bool:
        """Whether it found or did anything."""
        with psycopg.connect(self._address.format(name="postgres"), autocommit=True) as connection:
            return connection.execute(statement).rowcount != 0
