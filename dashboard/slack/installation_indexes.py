"""The indexes of the summary, put off while it is filled for the first time: made afterwards, they take a tenth.

What is missing says itself that it has to be made, also where the filling was broken off: until then the desk is slow,
and a search reads every row.
"""

# ruff: noqa: S608 - only our own names are put into statements
from collections.abc import Iterator

from sqlalchemy import Connection, Index, text
from sqlalchemy.schema import CreateIndex

from dashboard.core.models import Installation, Model
from dashboard.core.side_by_side import Spread
from dashboard.core.steps import Step

SEARCH = "dashboard_installations_search"  # on SQLite a table of FTS5, which triggers keep
TRIGRAMS = f"{SEARCH}_trgm"  # on PostgreSQL an index, where pg_trgm may be used
# Behind a space, as every word but the first: so two letters that a word begins with are a trigram.
_ADD = f"INSERT INTO {SEARCH} (rowid, search) VALUES (new.id, ' ' || new.search);"
_TAKE = f"INSERT INTO {SEARCH} ({SEARCH}, rowid, search) VALUES ('delete', old.id, ' ' || old.search);"
_ADD_ALL = f"INSERT INTO {SEARCH} (rowid, search) SELECT id, ' ' || search FROM dashboard_installations"
TRIGGERS = {
    f"{SEARCH}_insert": f"AFTER INSERT ON dashboard_installations BEGIN {_ADD} END",
    f"{SEARCH}_update": f"AFTER UPDATE OF search ON dashboard_installations BEGIN {_TAKE}{_ADD} END",
    f"{SEARCH}_delete": f"AFTER DELETE ON dashboard_installations BEGIN {_TAKE} END",
}


def put_off(db: Connection) -> None:
    """Drop all that only reading needs."""
    for index in _indexes():
        index.drop(db, checkfirst=True)
    if db.dialect.name == "postgresql":
        db.execute(text(f"DROP INDEX IF EXISTS {TRIGRAMS}"))
    for trigger in TRIGGERS if db.dialect.name == "sqlite" else ():
        db.execute(text(f"DROP TRIGGER IF EXISTS {trigger}"))


def are_put_off(db: Connection) -> bool:
    """Whether any of it is missing: the summary is being filled, or that was broken off."""
    return bool(_missing(db))


def make(step: Step, spread: Spread) -> Iterator[tuple[int, int]]:
    """Make what is missing, each in a transaction of its own. Before each: its number, and how many there are."""
    missing = step(_missing)
    made = spread(_run, [(statements,) for statements in missing])
    for number in range(1, len(missing) + 1):
        yield number, len(missing)
        next(made)


def searches_by_index(db: Connection) -> bool:
    """Whether SQLite's index of words is kept up to date."""
    query = text("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    return db.execute(query, {"name": f"{SEARCH}_insert"}).first() is not None


def _indexes() -> list[Index]:
    return sorted(Model.metadata.tables[Installation.__tablename__].indexes, key=lambda index: str(index.name))


def _missing(db: Connection) -> list[list[str]]:
    """The statements that make each thing that is missing."""
    known = set(db.scalars(text(_NAMES[db.dialect.name])))
    made = [
        [str(CreateIndex(index, if_not_exists=True).compile(dialect=db.dialect))]
        for index in _indexes()
        if index.name not in known
    ]
    if db.dialect.name == "sqlite" and SEARCH in known and not TRIGGERS.keys() <= known:
        triggers = [f"CREATE TRIGGER IF NOT EXISTS {name} {does}" for name, does in TRIGGERS.items()]
        made.append([*triggers, f"INSERT INTO {SEARCH} ({SEARCH}) VALUES ('delete-all')", _ADD_ALL])
    if "pg_trgm" in known and TRIGRAMS not in known:  # takes as long as all the others, made beside it
        trigrams = f"CREATE INDEX IF NOT EXISTS {TRIGRAMS} ON dashboard_installations USING gin (search gin_trgm_ops)"
        made.insert(0, [trigrams])
    return made


_NAMES = {
    "sqlite": "SELECT name FROM sqlite_master",
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    " UNION ALL SELECT extname FROM pg_extension",
}


def _run(db: Connection, statements: list[str]) -> None:
    for statement in statements:
        db.exec_driver_sql(statement)
