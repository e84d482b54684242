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
    literal,
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
    `lock` is a number of its own.

    Where rows are counted by time, `spans` says by what stretches, in ms, the shortest first: the counts have a column
    `span` beside `begins_at`, and the changes are of the shortest.
    """

    counts: type[Any]  # a model, as is the next
    changes: type[Any]
    key: tuple[str, ...]
    lock: int
    spans: tuple[int, ...] = ()


def parts(tally: Tally) -> list[Select[*tuple[Any, ...]]]:
    """What is counted, in parts whose `many` belong together: the key and how many."""
    return [select(*_columns(table, tally.key), table.many) for table in (tally.counts, tally.changes)]


def total(counted: Any) -> ColumnElement[int]:
    """How many there are, of what is selected of some `parts`, or of a table of counts."""
    many = counted.c.many if isinstance(counted, Subquery) else counted.many
    return cast(func.coalesce(func.sum(many), 0), BigInteger)


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
    notes, sums = db.execute(taken).all(), Counter[tuple[object, ...]]()
    for *key, many in notes:
        sums[tuple(key)] += many
    noted = [dict(zip((*tally.key, "many"), (*key, many), strict=True)) for key, many in sums.items()]
    if tally.spans:
        _add(db, tally.counts, (*tally.key, "span"), [_of_span(note, span) for note in noted for span in tally.spans])
    else:
        _add(db, tally.counts, tally.key, noted)
    return len(notes)


def _of_span(note: dict[str, Any], span: int) -> dict[str, Any]:
    return {**note, "span": span, "begins_at": note["begins_at"] - note["begins_at"] % span}


def _add(db: Connection, table: type[Any], key: tuple[str, ...], noted: Sequence[Mapping[str, Any]]) -> None:
    """Add notes to the counts. Where nothing is left nothing stays."""
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
    How many counts were wrong. `part` is the condition on either table, where only a part is to be compared. Of several
    spans the shortest is compared; `sum_up` makes the others anew.

    It is one statement: what others write meanwhile is neither lost nor counted twice.
    """
    of_span = _is_shortest(tally)
    counted = [
        select(*_columns(tally.counts, tally.key), -tally.counts.many).where(of_span, part(tally.counts)),
        select(*_columns(tally.changes, tally.key), -tally.changes.many).where(part(tally.changes)),
    ]
    difference = union_all(rows, *counted).subquery()
    key = [difference.c[name] for name in tally.key]
    wrong = select(*key, total(difference)).group_by(*key).having(total(difference) != 0)
    noted = insert(db, tally.changes).from_select([*tally.key, "many"], wrong)
    return len(db.execute(noted.returning(tally.changes.id)).all())


def sum_up(db: Connection, tally: Tally) -> None:
    """Make the counts of longer spans anew from those of the shortest: of what is added up, for whoever is the only one
    to add."""
    if not _is_our_turn(db, tally):
        return
    counts, (shortest, *longer) = tally.counts, tally.spans
    db.execute(delete(counts).where(counts.span != shortest))
    for span in longer:
        columns = {name: getattr(counts, name) for name in tally.key}
        columns["begins_at"] = counts.begins_at - counts.begins_at % span
        named = [column.label(name) for name, column in columns.items()]
        alike = select(literal(span, BigInteger), *named, total(counts)).where(counts.span == shortest)
        summed = alike.group_by(*columns.values())
        db.execute(insert(db, counts).from_select(["span", *tally.key, "many"], summed))


def _is_shortest(tally: Tally) -> ColumnElement[bool]:
    return tally.counts.span == tally.spans[0] if tally.spans else true()


def _columns(table: type[Any], key: Sequence[str]) -> list[Any]:
    return [getattr(table, name) for name in key]


def _is_our_turn(db: Connection, tally: Tally) -> bool:
    """Whether nobody else adds up: two at once would wait for each other's counts, crosswise. SQLite has one writer."""
    if db.dialect.name != "postgresql":
        return True
    return bool(db.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": tally.lock}))
