"""Statements that are compiled once and given to the driver.

SQLAlchemy looks a statement up among those it has compiled each time it runs, by a key as large as the statement, and
makes a context and a result for it. For the nine statements of an installation that was a sixth of all its processor
time (`docs/decisions/0039`). Only what is built once may run here, not what is built for the occasion: it is compiled
for each database, and for each set of values that are given by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ClauseElement, Connection, Dialect, Insert, bindparam
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.interfaces import DBAPIModule
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine

STATEMENTS = 256  # kept compiled
BLOCK = 20  # rows that one INSERT takes

Convert = Callable[[Any], Any]
T = TypeVar("T")
Parameters = tuple[object, ...] | dict[str, object]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as the driver takes it: its parameters in order, what they are where nobody gives them, and what
    converts those parameters and returned columns that the driver has in another form."""

    text: str
    names: tuple[str, ...]
    is_positional: bool
    fixed: dict[str, object]
    converted: tuple[tuple[str, Convert], ...]
    converted_columns: tuple[tuple[int, Convert], ...]

    def parameters(self, values: Mapping[str, object]) -> Parameters:
        by_name = {**self.fixed, **values}
        for name, convert in self.converted:
            by_name[name] = convert(by_name[name])
        if self.is_positional:
            return tuple([by_name[name] for name in self.names])
        return {name: by_name[name] for name in self.names}

    def named(self, parameters: Parameters) -> dict[str, object]:
        """Parameters as they are told of in an error."""
        return dict(zip(self.names, parameters, strict=True)) if isinstance(parameters, tuple) else parameters

    def row(self, raw: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(raw)
        for place, convert in self.converted_columns:
            values[place] = convert(values[place])
        return tuple(values)


def rows(db: Connection, statement: ClauseElement, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """The rows that a statement returns, which must return some columns. Raises what SQLAlchemy would."""
    compiled, raw_rows = run(db, statement, values, lambda cursor: cursor.fetchall())
    return [compiled.row(raw) for raw in raw_rows] if compiled.converted_columns else list(raw_rows)


def changed(db: Connection, statement: ClauseElement, values: Mapping[str, object]) -> int:
    """How many rows an INSERT, UPDATE or DELETE touched. Raises what SQLAlchemy would."""
    _, count = run(db, statement, values, lambda cursor: int(cursor.rowcount))
    return count


def many(db: Connection, statement: ClauseElement, every: Sequence[Mapping[str, object]]) -> None:
    """Run a statement with each of these sets of values, which have the same names. Raises what SQLAlchemy would."""
    if len(every) == 1:  # psycopg would begin a pipeline for it
        changed(db, statement, every[0])
        return
    if not db.in_transaction():
        db.begin()
    compiled = _compile(db.dialect, statement, tuple(every[0]))
    parameters = [compiled.parameters(values) for values in every]
    cursor = _cursor(db)
    try:
        cursor.executemany(compiled.text, parameters)
    except db.dialect.loaded_dbapi.Error as error:
        raise _wrapped(db, compiled.text, {}, error) from error  # nobody says which of them it was
    cursor.close()


def insert(db: Connection, statement: Insert, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, which have the same names, by an INSERT without values. Raises what SQLAlchemy would.

    A row among twenty costs two thirds of what one by itself does: where a table has triggers, SQLite remembers at each
    statement how the pages were.
    """
    in_blocks = len(rows) // BLOCK * BLOCK
    for first in range(0, in_blocks, BLOCK):
        names = tuple(rows[first])
        of_a_block, numbered = _of_a_block(statement, names)
        values = [row[name] for row in rows[first : first + BLOCK] for name in names]
        changed(db, of_a_block, dict(zip(numbered, values, strict=True)))
    if rows[in_blocks:]:
        many(db, statement, rows[in_blocks:])


@lru_cache(STATEMENTS)
def _of_a_block(statement: Insert, names: tuple[str, ...]) -> tuple[Insert, list[str]]:
    """An INSERT of as many rows as a block has, and the names of their values, row by row."""
    types = {name: statement.table.columns[name].type for name in names}
    numbers = range(BLOCK)
    block = [{name: bindparam(f"{name}_{number}", type_=types[name]) for name in names} for number in numbers]
    return statement.values(block), [f"{name}_{number}" for number in numbers for name in names]


def run(
    db: Connection, statement: ClauseElement, values: Mapping[str, object], take: Callable[[Any], T]
) -> tuple[Compiled, T]:
    """What `take` takes of the cursor that has executed a statement, and what was executed. Raises what SQLAlchemy
    would."""
    if not db.in_transaction():
        db.begin()
    compiled = _compile(db.dialect, statement, tuple(values))
    parameters = compiled.parameters(values)
    cursor = _cursor(db)
    try:
        cursor.execute(compiled.text, parameters)
        taken = take(cursor)
    except db.dialect.loaded_dbapi.Error as error:
        raise _wrapped(db, compiled.text, compiled.named(parameters), error) from error
    cursor.close()
    return compiled, taken


def _cursor(db: Connection) -> Any:
    """Of psycopg the one that takes PostgreSQL's own placeholders: its usual one looks for `%(name)s` in each statement
    anew, if that is long (https://www.psycopg.org/psycopg3/docs/advanced/cursors.html#raw-query-cursors)."""
    if _has_raw_cursor(db.dialect):
        return db.dialect.loaded_dbapi.RawCursor(db.connection.driver_connection)
    return db.connection.cursor()


def _has_raw_cursor(dialect: Dialect) -> bool:
    return isinstance(dialect, PGDialect_psycopg) and not dialect.is_async


def _wrapped(db: Connection, text: str, parameters: dict[str, object], error: DBAPIModule.Error) -> DBAPIError:
    """The error as SQLAlchemy raises it, which quotes no parameter. Of a connection that is lost nothing is used
    again."""
    is_lost = db.dialect.is_disconnect(error, db.connection.driver_connection, None)
    if is_lost:
        db.invalidate(error)
    base = db.dialect.loaded_dbapi.Error
    wrapped = DBAPIError.instance(
        text, parameters, error, base, hide_parameters=True, connection_invalidated=is_lost, dialect=db.dialect
    )
    assert isinstance(wrapped, DBAPIError)  # noqa: S101 - for the type: it is whatever the driver raises
    return wrapped


@lru_cache(STATEMENTS)
def _compile(dialect: Dialect, statement: ClauseElement, named: tuple[str, ...]) -> Compiled:
    if _has_raw_cursor(dialect):
        dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy types none of its dialects
    compiled = statement.compile(dialect=dialect, column_keys=list(named))
    if not isinstance(compiled, SQLCompiler) or compiled.prefetch or compiled.post_compile_params:
        raise TypeError("Defaults that Python works out, and lists of any length, are for SQLAlchemy to execute.")
    names = tuple(compiled.positiontup or compiled.params)
    takes = {name: _on(dialect, compiled.binds[name].type).bind_processor(dialect) for name in names}
    returned = statement.exported_columns if isinstance(statement, ReturnsRows) else ()
    gives = [_on(dialect, column.type).result_processor(dialect, None) for column in returned]
    return Compiled(
        text=str(compiled),
        names=names,
        is_positional=bool(compiled.positional),
        fixed={name: value for name, value in compiled.params.items() if name not in named},
        converted=tuple((name, convert) for name, convert in takes.items() if convert),
        converted_columns=tuple((place, convert) for place, convert in enumerate(gives) if convert),
    )


def _on(dialect: Dialect, type_: TypeEngine[Any]) -> TypeEngine[Any]:
    return type_.dialect_impl(dialect)
