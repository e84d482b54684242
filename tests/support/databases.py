"""A migrated database for each that asks, copied from one that was migrated once."""

import itertools
import shutil
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, text

from dashboard.db import sync_engine, writing
from dashboard.migrate import migrate


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

    def row(self, sql: str, **parameters: Any) -> dict[str, Any]:
        (found,) = self.rows(sql, **parameters)
        return found

    def execute(self, *statements: str, **parameters: Any) -> None:
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
    """Copies of one migrated database of a cluster."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._numbers = itertools.count(1)
        self._create("template_dashboard", None)
        migrate(address.format(name="template_dashboard"))

    def new(self) -> TestDatabase:
        return self._named("template_dashboard")

    def empty(self) -> TestDatabase:
        return self._named(None)

    def _named(self, template: str | None) -> TestDatabase:
        name = f"test_{next(self._numbers)}"
        self._create(name, template)
        return TestDatabase(self._address.format(name=name), "postgresql")

    def _create(self, name: str, template: str | None) -> None:
        with psycopg.connect(self._address.format(name="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
