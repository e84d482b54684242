"""Counts that are kept beside rows and are theirs at any time: for figures that nobody can wait to be counted.

For each tally there are two tables. In `counts` stands how many rows are alike; in `changes` what has yet to be added:
triggers note each change of a row there, in the transaction that makes it, and `fold` adds the notes up. Whoever reads
takes both. `docs/decisions/0038` says why.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    bindparam,
    cast,
    delete,
    exists,
    func,
    select,
    text,
    true,
    union_all,
)

from dashboard.core.db import insert

BATCH = 5_000  # notes added up in a transaction

Part = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Tally:
    """`key` names the columns by which rows are alike, in both tables; their column `many` says how many there are.
    `lock` is a number of its own. In a third table, `totals`, stand the same counts by a coarser key: `rounded`, a
    column and a step, is rounded down."""

    counts: type[Any]  # a model, as are the next
    changes: type[Any]
    key: tuple[str, ...]
    lock: int
    totals: type[Any] | None = None
    rounded: tuple[str, int] = ("", 1)


def parts(tally: Tally) -> list[Select[*tuple[Any, ...]]]:
    """What is counted, in parts whose `many` belong together: the key and how many."""
    return [select(*_columns(table, tally.key), table.many) for table in (tally.counts, tally.changes)]


def total(counted: Subquery) -> ColumnElement[int]:
    """How many there are, of what is selected of some `parts`."""
    return cast(func.coalesce(func.sum(counted.c.many), 0), BigInteger)


def any_noted(db: Connection, tally: Tally) -> bool:
    """Whether a change is not added up yet."""
    return bool(db.scalar(select(exists(select(tally.changes.id)))))


def fold(db: Connection, tally: Tally) -> int:
    """Add a batch of notes up. How many it took: none also where another process is at it."""
    if not _is_our_turn(db, tally):
        return 0
    changes = tally.changes
    oldest = select(changes.id).order_by(changes.id).limit(BATCH)
    taken = delete(changes).where(changes.id.in_(oldest)).returning(*_columns(changes, tally.key), changes.many)
    noted = [row._asdict() for row in db.execute(taken)]
    _add(db, tally.counts, tally.key, noted)
    if tally.totals is not None:
        name, step = tally.rounded
        _add(db, tally.totals, tally.key, [{**note, name: note[name] - note[name] % step} for note in noted])
    return len(noted)


def _add(db: Connection, table: type[Any], key: tuple[str, ...], noted: Sequence[Mapping[str, Any]]) -> None:
    """Add notes to the counts of one table. Where nothing is left nothing stays."""
    sums: Counter[tuple[object, ...]] = Counter()
    for note in noted:
        sums[tuple(note[name] for name in key)] += note["many"]
    rows = [dict(zip((*key, "many"), (*values, many), strict=True)) for values, many in sums.items() if many]
    if not rows:
        return
    statement = insert(db, table)
    added = {"many": table.many + statement.excluded.many}
    db.execute(statement.on_conflict_do_update(index_elements=key, set_=added), rows)
    same = (getattr(table, name) == bindparam(f"its_{name}") for name in key)
    keys = [{f"its_{name}": row[name] for name in key} for row in rows]
    db.execute(delete(table).where(*same, table.many == 0), keys)


def correct(db: Connection, tally: Tally, rows: Select[*tuple[Any, ...]], part: Part = lambda _table: true()) -> int:
    """Note by what the counts differ from `rows`, which select the key and a `many` of each row that is to be counted.
    How many counts were wrong. `part` is the condition on either table, where only a part is to be compared.

    It is one statement: what others write meanwhile is neither lost nor counted twice.
    """
    counted = [
        select(*_columns(table, tally.key), -table.many).where(part(table)) for table in (tally.counts, tally.changes)
    ]
    difference = union_all(rows, *counted).subquery()
    key = [difference.c[name] for name in tally.key]
    wrong = select(*key, total(difference)).group_by(*key).having(total(difference) != 0)
    noted = insert(db, tally.changes).from_select([*tally.key, "many"], wrong)
    return len(db.execute(noted.returning(tally.changes.id)).all())


def total_up(db: Connection, tally: Tally) -> None:
    """Make the totals anew from the counts. For when nothing is noted."""
    if tally.totals is None or not _is_our_turn(db, tally):
        return
    name, step = tally.rounded
    columns = {column.key: column for column in _columns(tally.counts, tally.key)}
    columns[name] = columns[name] - columns[name] % step
    summed = select(*columns.values(), cast(func.sum(tally.counts.many), BigInteger)).group_by(*columns.values())
    db.execute(delete(tally.totals))
    db.execute(insert(db, tally.totals).from_select([*tally.key, "many"], summed))


def _columns(table: type[Any], key: Sequence[str]) -> list[Any]:
    return [getattr(table, name) for name in key]


def _is_our_turn(db: Connection, tally: Tally) -> bool:
    """Whether nobody else adds up: two at once would wait for each other's counts, crosswise. SQLite has one writer."""
    if db.dialect.name != "postgresql":
        return True
    return bool(db.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": tally.lock}))
