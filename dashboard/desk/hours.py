"""How many attempts there were, counted by the hour as they change: what rates, funnel and failures are counted from.

The parts of hours at both ends of a range are counted from the rows themselves: the figures are those of the rows.
"""

from collections.abc import Callable, Iterator, Sequence
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
from dashboard.core.models import Attempt, AttemptChange, AttemptCount
from dashboard.core.steps import Step
from dashboard.core.tally import Tally

TALLY = Tally(
    counts=AttemptCount,
    changes=AttemptChange,
    key=("client_id", "begins_at", "verified", "source", "step", "outcome", "code"),
    lock=0x686F7572,
    spans=(HOUR, DAY, 30 * DAY),
)
_FOREVER = 2**62

Apps = Callable[[Any], ColumnElement[bool]]


def within(apps: Apps, since: int, until: int | None = None, *, by_the_hour: bool = False) -> Subquery:
    """How many attempts were first heard of from `since` to before `until` (ms; None: up to now), as a table: what they
    are counted by, and `many`. `apps` is a condition on the column with the client id. `begins_at` is that of an hour;
    of a longer span, where that is whole, unless it is asked for `by_the_hour`."""
    until = _FOREVER if until is None else until
    first, end = since + -since % HOUR, until - until % HOUR
    if end < first:  # both ends in the same hour
        return _rows(apps, since, until).subquery()
    spans = TALLY.spans[:1] if by_the_hour else TALLY.spans
    parts = [
        *(_counted(apps, span, *some) for span, some in _stretches(first, end, spans)),
        *(_rows(apps, *some) for some in ((since, first), (end, until)) if some[0] < some[1]),
    ]
    noted = AttemptChange.begins_at >= first, AttemptChange.begins_at < end
    parts.append(_selected(AttemptChange).where(apps(AttemptChange.client_id), *noted))
    return union_all(*parts).subquery()


def _stretches(first: int, end: int, spans: Sequence[int]) -> Iterator[tuple[int, tuple[int, int]]]:
    """What stretches to count by which spans, so that as few as possible make up the whole."""
    *shorter, longest = spans
    inner = first + -first % longest, end - end % longest
    if not shorter:
        yield longest, (first, end)
    elif inner[0] >= inner[1]:
        yield from _stretches(first, end, shorter)
    else:
        yield longest, inner
        for outer in ((first, inner[0]), (inner[1], end)):
            if outer[0] < outer[1]:
                yield from _stretches(*outer, shorter)


def _counted(apps: Apps, span: int, first: int, end: int) -> Select[*tuple[Any, ...]]:
    here = AttemptCount.begins_at >= first, AttemptCount.begins_at < end
    return _selected(AttemptCount).where(apps(AttemptCount.client_id), AttemptCount.span == span, *here)


def _selected(table: type[Any]) -> Select[*tuple[Any, ...]]:
    return select(*(getattr(table, name) for name in (*TALLY.key, "many")))


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
    step(tally.sum_up, TALLY)
    return wrong


def _range(db: Connection) -> tuple[int, int]:
    """The first and the last moment that attempts, or counts of them, are of (ms)."""
    moments: list[int] = []
    for column in (Attempt.seen_at, AttemptCount.begins_at, AttemptChange.begins_at):
        moments += [at for at in db.execute(select(func.min(column), func.max(column))).one() if at is not None]
    return (min(moments), max(moments)) if moments else (0, -1)


def _recount_day(db: Connection, day: int) -> int:
    rows = _rows(lambda _client_id: true(), day, day + DAY)
    return tally.correct(db, TALLY, rows, lambda table: and_(table.begins_at >= day, table.begins_at < day + DAY))
