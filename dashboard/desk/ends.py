"""How attempts ended: how many of each app, and of each failure, in the last day, in the days before it, and in all."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Select, Subquery, bindparam, literal, select, union_all

from dashboard.core import tally
from dashboard.core.clock import DAY, WEEK
from dashboard.core.models import FailureGroup
from dashboard.desk import hours
from dashboard.desk.grouping import is_code
from dashboard.desk.hours import SHAPES

SHOWN = 14 * DAY  # what is counted


class Ends:
    """How attempts of some apps ended, at `now` (ms): of those of all the days that are counted, of the last 24 hours,
    of the seven days before them, and of the last seven.

    Each is counted in whole days, and what lies between the moment that bounds it and the nearest midnight is added, or
    taken away: so no more than half a day is looked at hour by hour, and what two of them have in common is read once.
    """

    def __init__(self, db: Connection, client_ids: Collection[str], now: int) -> None:
        self.shown, self.today, self.before, self.week = Ended(), Ended(), Ended(), Ended()
        bounds = (now - DAY, now - WEEK, now - DAY - WEEK, now - SHOWN)
        between = (
            (self.shown, self.week, self.today),  # since the first bound
            (self.shown, self.week, self.before),
            (self.shown, self.before),
            (self.shown,),  # between the last two
            (),
        )
        midnights = [_midnight(bound) for bound in bounds]
        ranges: list[tuple[int, int | None]] = list(zip(midnights, (None, *midnights), strict=False))
        added = [[(ended, 1) for ended in some] for some in between[:-1]]  # each range to these, with which sign
        for bound, midnight, (later, earlier) in zip(bounds, midnights, pairwise(between), strict=True):
            ranges.append((min(midnight, bound), max(midnight, bound)))
            sign = 1 if midnight < bound else -1  # of what lies between them: it is before the bound, or after it
            ends, begins = set(earlier) - set(later), set(later) - set(earlier)
            added.append([*((ended, sign) for ended in ends), *((ended, -sign) for ended in begins)])
        for number, client_id, outcome, step, code, count in _ends(db, client_ids, ranges):
            for ended, sign in added[number]:
                ended.add(client_id, outcome, step, code, sign * count)


def _midnight(at: int) -> int:
    """The nearest one to a moment (UTC, ms)."""
    return (at + DAY // 2) // DAY * DAY


def _ends(
    db: Connection, client_ids: Collection[str], ranges: Sequence[tuple[int, int | None]]
) -> Iterator[tuple[int, str, str, str, str, int]]:
    """How attempts of some apps ended that were begun in each of some ranges of time: the number of the range, client
    id, outcome, step, code, and how many."""
    counted = [hours.within(*range_, name=f"range{number}_") for number, range_ in enumerate(ranges)]
    values: dict[str, object] = {"client_ids": list(client_ids)}
    for of_range in counted:
        values |= of_range.values
    for number, *key, count in db.execute(_ended(tuple(of_range.table for of_range in counted)), values):
        client_id, outcome, step, code = key
        yield number, client_id, outcome, step, code, count


@lru_cache(SHAPES)
def _ended(tables: tuple[Subquery, ...]) -> CompoundSelect[Any]:
    return union_all(*(_ended_in(number, table) for number, table in enumerate(tables)))


def _ended_in(number: int, counted: Subquery) -> Select[*tuple[Any, ...]]:
    here = counted.c.client_id.in_(bindparam("client_ids", expanding=True)), counted.c.verified
    key = (counted.c.client_id, counted.c.outcome, counted.c.step, counted.c.code)
    ended = select(literal(number), *key, tally.total(counted)).where(*here)
    return ended.where(counted.c.outcome.in_(("succeeded", "failed"))).group_by(*key)


class Ended:
    """How attempts of some apps ended. A cancel is no failure, nor is an attempt that is open."""

    def __init__(self) -> None:
        self.of_app: Counter[str] = Counter()
        self.failed_of_app: Counter[str] = Counter()
        self._failed: Counter[tuple[str, str, str]] = Counter()  # by app, step and code

    def add(self, client_id: str, outcome: str, step: str, code: str, count: int) -> None:
        self.of_app[client_id] += count
        if outcome == "failed":
            self.failed_of_app[client_id] += count
            self._failed[client_id, step, code] += count

    def failed_as(self, group: FailureGroup) -> int:
        return sum(self.codes_of(group).values())

    def codes_of(self, group: FailureGroup) -> dict[str, int]:
        """How many failed with each code that the group gathers, the commonest first."""
        here = (group.client_id, group.step)
        codes = {
            key[2]: count
            for key, count in self._failed.items()
            if key[:2] == here and count and is_code(key[2], group.code)
        }
        return dict(sorted(codes.items(), key=lambda each: (-each[1], each[0])))
