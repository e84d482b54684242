"""How many attempts there were, counted by the hour as they change: what rates, funnel and failures are counted from.

The parts of hours at both ends of a range are counted from the rows themselves: the figures are those of the rows.
"""

# ruff: noqa: S608 - only our own names and numbers are put into queries
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Subquery, and_, bindparam, column, func, select, text

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
_FOREVER = 2**62 - 2**62 % TALLY.spans[-1]  # whole spans: nothing of a shorter one is left to be looked for

# Written as text: figures are counted several times a page, and SQLAlchemy takes longer to put these together than the
# database to answer.
_COLUMNS = ", ".join((*TALLY.key, "many"))
_COUNTED = (
    f"SELECT {_COLUMNS} FROM dashboard_attempt_counts WHERE span = :{{0}}span AND begins_at >= :{{0}}since"
    " AND begins_at < :{0}until"
)
# In the types that the others have: PostgreSQL guesses how many rows are of an app only where all parts are alike.
_NOTED = (
    "SELECT CAST(client_id AS varchar) AS client_id, begins_at, verified, source, CAST(step AS varchar) AS step,"
    " CAST(outcome AS varchar) AS outcome, code, many"
    " FROM dashboard_attempt_changes WHERE begins_at >= :{0}since AND begins_at < :{0}until"
)
_ROWS = (
    f"SELECT client_id, seen_at - seen_at % {HOUR} AS begins_at, verified, coalesce(source, '') AS source, step,"
    " coalesce(outcome, '') AS outcome, coalesce(code, '') AS code, CAST(1 AS bigint) AS many"
    " FROM dashboard_attempts WHERE seen_at >= :{0}since AND seen_at < :{0}until"
)
_PARAMETER = re.compile(r":(\w+)")
_TYPED = [column(name, AttemptCount.__table__.c[name].type) for name in (*TALLY.key, "many")]
SHAPES = 64  # kept: ranges of time that are counted from as many stretches and parts of hours

Part = tuple[str, dict[str, int]]  # a query, and its parameters


class Counted(NamedTuple):
    """What the attempts of a range of time are counted from. The table is the same for all ranges of its shape, so that
    what is selected of it can be built once, too; the values are its parameters."""

    table: Subquery
    values: dict[str, int]


def within(since: int, until: int | None = None, *, by_the_hour: bool = False, name: str = "p") -> Counted:
    """How many attempts were first heard of from `since` to before `until` (ms; None: up to now), as a table: what they
    are counted by, and `many`. `begins_at` is that of an hour; of a longer span, where that is whole, unless it is
    asked for `by_the_hour`. `name`: of one range among others in a statement."""
    until = _FOREVER if until is None else until
    first, end = since + -since % HOUR, until - until % HOUR
    if end < first:  # both ends in the same hour
        return _counted([(_ROWS, {"since": since, "until": until})], name)
    spans = TALLY.spans[:1] if by_the_hour else TALLY.spans
    parts: list[Part] = [
        (_COUNTED, {"span": span, "since": begin, "until": before})
        for span, (begin, before) in _stretches(first, end, spans)
    ]
    parts.append((_NOTED, {"since": first, "until": end}))
    edges = ((since, first), (end, until))
    parts += [(_ROWS, {"since": begin, "until": before}) for begin, before in edges if begin < before]
    return _counted(parts, name)


def _counted(parts: Sequence[Part], name: str) -> Counted:
    values = {f"{name}{number}_{key}": at for number, (_, of_part) in enumerate(parts) for key, at in of_part.items()}
    return Counted(_table(tuple(query for query, _ in parts), name), values)


@lru_cache(SHAPES)
def _table(queries: Sequence[str], name: str) -> Subquery:
    query = text(" UNION ALL ".join(query.format(f"{name}{number}_") for number, query in enumerate(queries)))
    return (
        query.bindparams(*(bindparam(key, type_=BigInteger) for key in _PARAMETER.findall(query.text)))
        .columns(*_TYPED)
        .subquery()
    )


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
    for at in (Attempt.seen_at, AttemptCount.begins_at, AttemptChange.begins_at):
        moments += [moment for moment in db.execute(select(func.min(at), func.max(at))).one() if moment is not None]
    return (min(moments), max(moments)) if moments else (0, -1)


def _recount_day(db: Connection, day: int) -> int:
    rows = select(text(_ROWS.format("")).bindparams(since=day, until=day + DAY).columns(*_TYPED).subquery())
    return tally.correct(db, TALLY, rows, lambda table: and_(table.begins_at >= day, table.begins_at < day + DAY))
