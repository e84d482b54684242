"""How many attempts there were, counted by the hour as they change: what rates, funnel and failures are counted from.

Triggers note each change of an attempt in the transaction that makes it; `fold` adds the notes up. Whoever reads adds
what is not added up yet, and counts the parts of hours at both ends of a range from the rows themselves: the figures
are those of the rows, at any time. `docs/decisions/0038` says why.
"""

from collections import Counter
from collections.abc import Callable

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
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core.clock import DAY, HOUR
from dashboard.core.db import insert
from dashboard.core.models import Attempt, AttemptHour, AttemptHourChange
from dashboard.core.steps import Step

COUNTED_BY = ("client_id", "hour_at", "verified", "source", "step", "outcome", "code")
BATCH = 5_000  # notes added up in a transaction
_LOCK = 0x686F7572  # "hour"

Apps = Callable[[InstrumentedAttribute[str]], ColumnElement[bool]]
Hours = type[AttemptHour] | type[AttemptHourChange]


def within(apps: Apps, since: int, until: int | None = None) -> Subquery:
    """How many attempts were first heard of from `since` to before `until` (ms; None: up to now), as a table: what they
    are counted by, and `attempts`. `apps` is a condition on the column with the client id."""
    first = since + -since % HOUR
    end = None if until is None else until - until % HOUR
    parts = [_whole(table, apps, first, end) for table in (AttemptHour, AttemptHourChange)]
    if end is not None and until is not None and end < first:  # both ends in the same hour
        return union_all(_rows(apps, since, until)).subquery()
    if since < first:
        parts.append(_rows(apps, since, first))
    if end is not None and until is not None and end < until:
        parts.append(_rows(apps, end, until))
    return union_all(*parts).subquery()


def total(counted: Subquery) -> ColumnElement[int]:
    """How many attempts are in a table that `within` made, or in what is selected of it."""
    return cast(func.coalesce(func.sum(counted.c.attempts), 0), BigInteger)


def _whole(table: Hours, apps: Apps, first: int, end: int | None) -> Select[*tuple[object, ...]]:
    query = select(*_columns(table), table.attempts).where(apps(table.client_id), table.hour_at >= first)
    return query if end is None else query.where(table.hour_at < end)


def _columns(table: Hours) -> list[InstrumentedAttribute[object]]:
    return [getattr(table, name) for name in COUNTED_BY]


def _rows(apps: Apps, since: int, until: int) -> Select[*tuple[object, ...]]:
    """The attempts of a part of an hour, each for itself."""
    one = literal(1, BigInteger).label("attempts")
    return select(*_counted_by(), one).where(apps(Attempt.client_id), Attempt.seen_at >= since, Attempt.seen_at < until)


def _counted_by() -> list[ColumnElement[object]]:
    """What an attempt is counted by, as the triggers have it."""
    empty = {name: func.coalesce(getattr(Attempt, name), "").label(name) for name in ("source", "outcome", "code")}
    hour = (Attempt.seen_at - Attempt.seen_at % HOUR).label("hour_at")
    return [empty.get(name, hour if name == "hour_at" else getattr(Attempt, name, hour)) for name in COUNTED_BY]


def any_noted(db: Connection) -> bool:
    """Whether a change is not added up yet."""
    return bool(db.scalar(select(exists(select(AttemptHourChange.id)))))


def fold(db: Connection) -> int:
    """Add a batch of notes up. How many it took: none also where another process is at it."""
    if not _is_our_turn(db):
        return 0
    oldest = select(AttemptHourChange.id).order_by(AttemptHourChange.id).limit(BATCH)
    columns = [*_columns(AttemptHourChange), AttemptHourChange.attempts]
    taken = db.execute(delete(AttemptHourChange).where(AttemptHourChange.id.in_(oldest)).returning(*columns)).all()
    changes: Counter[tuple[object, ...]] = Counter()
    for *key, attempts in taken:
        changes[tuple(key)] += attempts
    rows = [dict(zip((*COUNTED_BY, "attempts"), (*key, by), strict=True)) for key, by in changes.items() if by]
    if rows:
        statement = insert(db, AttemptHour)
        added = {"attempts": AttemptHour.attempts + statement.excluded.attempts}
        db.execute(statement.on_conflict_do_update(index_elements=COUNTED_BY, set_=added), rows)
        hours = {(row["client_id"], row["hour_at"]) for row in rows}
        empty = delete(AttemptHour).where(
            AttemptHour.client_id == bindparam("its_client_id"),
            AttemptHour.hour_at == bindparam("its_hour_at"),
            AttemptHour.attempts == 0,
        )
        db.execute(empty, [{"its_client_id": client_id, "its_hour_at": at} for client_id, at in hours])
    return len(taken)


def _is_our_turn(db: Connection) -> bool:
    """Whether nobody else adds up: two at once would wait for each other's hours, crosswise. SQLite has one writer."""
    if db.dialect.name != "postgresql":
        return True
    return bool(db.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": _LOCK}))


def recount(step: Step, told: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Count every hour from its rows again. How many of what is counted apart was wrong.

    A day is one statement, which notes what has to be added: whatever others write meanwhile is neither lost nor
    counted twice. `told` hears (days done, days in all). It may be broken off between two days, and repeated.
    """
    first, last = step(_range)
    days = range(first - first % DAY, last + 1, DAY)
    wrong = 0
    for number, day in enumerate(days, 1):
        wrong += step(_recount_day, day)
        told(number, len(days))
    while step(fold):
        pass
    return wrong


def _range(db: Connection) -> tuple[int, int]:
    """The first and the last moment that attempts, or counts of them, are of (ms)."""
    moments: list[int] = []
    for column in (Attempt.seen_at, AttemptHour.hour_at, AttemptHourChange.hour_at):
        moments += [at for at in db.execute(select(func.min(column), func.max(column))).one() if at is not None]
    return (min(moments), max(moments)) if moments else (0, -1)


def _recount_day(db: Connection, day: int) -> int:
    counted = (
        select(*_columns(table), -table.attempts).where(table.hour_at >= day, table.hour_at < day + DAY)
        for table in (AttemptHour, AttemptHourChange)
    )
    difference = union_all(_rows(lambda _client_id: true(), day, day + DAY), *counted).subquery()
    key = [difference.c[name] for name in COUNTED_BY]
    wrong = select(*key, total(difference)).group_by(*key).having(total(difference) != 0)
    noted = insert(db, AttemptHourChange).from_select([*COUNTED_BY, "attempts"], wrong)
    return len(db.execute(noted.returning(AttemptHourChange.id)).all())
