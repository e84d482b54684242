"""How many attempts there were, counted by the hour as they change: what rates, funnel and failures are counted from.

The parts of hours at both ends of a range are counted from the rows themselves: the figures are those of the rows.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    func,
    literal,
    select,
    true,
    union_all,
)

from dashboard.core import tally
from dashboard.core.clock import DAY, HOUR
from dashboard.core.models import Attempt, AttemptDay, AttemptHour, AttemptHourChange
from dashboard.core.steps import Step
from dashboard.core.tally import Tally

TALLY = Tally(
    counts=AttemptHour,
    changes=AttemptHourChange,
    key=("client_id", "begins_at", "verified", "source", "step", "outcome", "code"),
    lock=0x686F7572,
    totals=AttemptDay,
    rounded=("begins_at", DAY),
)
_FOREVER = 2**62

Apps = Callable[[Any], ColumnElement[bool]]


def within(apps: Apps, since: int, until: int | None = None, *, by_the_hour: bool = False) -> Subquery:
    """How many attempts were first heard of from `since` to before `until` (ms; None: up to now), as a table: what they
    are counted by, and `many`. `apps` is a condition on the column with the client id. `begins_at` is that of an hour;
    of a day, where that is whole, unless it is asked for `by_the_hour`."""
    until = _FOREVER if until is None else until
    first, end = since + -since % HOUR, until - until % HOUR
    if end < first:  # both ends in the same hour
        return _rows(apps, since, until).subquery()
    parts = [
        *(_whole(table, apps, *some) for table, some in _stretches(first, end, by_the_hour)),
        *(_rows(apps, *some) for some in ((since, first), (end, until)) if some[0] < some[1]),
    ]
    return union_all(*parts).subquery()


def _stretches(first: int, end: int, by_the_hour: bool) -> list[tuple[type[Any], tuple[int, int]]]:
    """What whole hours are counted from: days as far as they are whole, hours before and after, and what is noted."""
    first_day, end_day = first + -first % DAY, end - end % DAY
    noted = (AttemptHourChange, (first, end))
    if by_the_hour or end_day <= first_day:
        return [(AttemptHour, (first, end)), noted]
    return [(AttemptHour, (first, first_day)), (AttemptDay, (first_day, end_day)), (AttemptHour, (end_day, end)), noted]


def _whole(table: type[Any], apps: Apps, first: int, end: int) -> Select[*tuple[Any, ...]]:
    columns = (getattr(table, name) for name in (*TALLY.key, "many"))
    return select(*columns).where(apps(table.client_id), table.begins_at >= first, table.begins_at < end)


def _rows(apps: Apps, since: int, until: int) -> Select[*tuple[Any, ...]]:
    """The attempts of a range, each for itself, by what the triggers count them by."""
    empty = (func.coalesce(column, "") for column in (Attempt.outcome, Attempt.code))
    hour = Attempt.seen_at - Attempt.seen_at % HOUR
    key = (Attempt.client_id, hour, Attempt.verified, func.coalesce(Attempt.source, ""), Attempt.step, *empty)
    named: list[ColumnElement[Any]] = [column.label(name) for name, column in zip(TALLY.key, key, strict=True)]
    one = literal(1, BigInteger).label("many")
    return select(*named, one).where(apps(Attempt.client_id), Attempt.seen_at >= since, Attempt.seen_at < until)


def recount(step: Step, told: Callable[[int, int], None] = lambda _done, _total: None) -> int:
    """Count every hour from its rows again, day by day. How many counts were wrong.

    `told` hears (days done, days in all). It may be broken off between two days, and repeated.
    """
    first, last = step(_range)
    days = range(first - first % DAY, last + 1, DAY)
    wrong = 0
    for number, day in enumerate(days, 1):
        wrong += step(_recount_day, day)
        told(number, len(days))
    while step(tally.fold, TALLY):
        pass
    step(tally.total_up, TALLY)
    return wrong


def _range(db: Connection) -> tuple[int, int]:
    """The first and the last moment that attempts, or counts of them, are of (ms)."""
    moments: list[int] = []
    for column in (Attempt.seen_at, AttemptHour.begins_at, AttemptHourChange.begins_at):
        moments += [at for at in db.execute(select(func.min(column), func.max(column))).one() if at is not None]
    return (min(moments), max(moments)) if moments else (0, -1)


def _recount_day(db: Connection, day: int) -> int:
    rows = _rows(lambda _client_id: true(), day, day + DAY)
    return tally.correct(db, TALLY, rows, lambda table: and_(table.begins_at >= day, table.begins_at < day + DAY))
