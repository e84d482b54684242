"""How attempts ended: how many of each app, and of each failure, in the last day, in the days before it, and in all."""

from collections import Counter, defaultdict
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Select, String, Subquery, bindparam, literal, select, union_all

from dashboard.core import compiled, tally
from dashboard.core.clock import DAY, WEEK
from dashboard.core.models import FailureGroup
from dashboard.desk import hours
from dashboard.desk.grouping import is_code
from dashboard.desk.hours import SHAPES

SHOWN = 14 * DAY  # what is counted


class Ends:
    """How attempts of some apps ended, at `now` (ms): of those of all the days that are counted, of the last 24 hours,
    of the seven days before them, and of the last seven. They are read together: each takes in hours of the others."""

    def __init__(self, db: Connection, client_ids: Collection[str], now: int) -> None:
        self.shown, self.today, self.before, self.week = Ended(), Ended(), Ended(), Ended()
        cuts = (None, now - DAY, now - WEEK, now - DAY - WEEK, now - SHOWN)
        ranges = [(since, until) for until, since in pairwise(cuts) if since is not None]
        part_of = (
            (self.shown, self.week, self.today),
            (self.shown, self.week, self.before),
            (self.shown, self.before),
            (self.shown,),
        )
        counted = [hours.within(*range_, name=f"range{number}_") for number, range_ in enumerate(ranges)]
        values: dict[str, object] = {_NAMED.format(place): client_id for place, client_id in enumerate(client_ids)}
        for of_range in counted:
            values |= of_range.values
        ended = _ended(tuple(of_range.table for of_range in counted), len(client_ids))
        for number, *end in compiled.rows(db, ended, values) if client_ids else ():
            for part in part_of[number]:
                part.add(*end)


_NAMED = "client_id_{}"


@lru_cache(SHAPES)
def _ended(tables: tuple[Subquery, ...], apps: int) -> CompoundSelect[Any]:
    return union_all(*(_ended_in(number, table, apps) for number, table in enumerate(tables)))


def _ended_in(number: int, counted: Subquery, apps: int) -> Select[*tuple[Any, ...]]:
    here = counted.c.client_id.in_([bindparam(_NAMED.format(place), type_=String) for place in range(apps)])
    has_ended = counted.c.outcome.in_([literal("succeeded"), literal("failed")])
    key = (counted.c.client_id, counted.c.outcome, counted.c.step, counted.c.code)
    ended = select(literal(number), *key, tally.total(counted))
    return ended.where(here, counted.c.verified, has_ended).group_by(*key)


class Ended:
    """How attempts of some apps ended. A cancel is no failure, nor is an attempt that is open."""

    def __init__(self) -> None:
        self.of_app: Counter[str] = Counter()
        self.failed_of_app: Counter[str] = Counter()
        self._failed: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # the codes of an app and step

    def add(self, client_id: str, outcome: str, step: str, code: str, count: int) -> None:
        self.of_app[client_id] += count
        if outcome == "failed":
            self.failed_of_app[client_id] += count
            self._failed[client_id, step][code] += count

    def failed_as(self, group: FailureGroup) -> int:
        return sum(self.codes_of(group).values())

    def codes_of(self, group: FailureGroup) -> dict[str, int]:
        """How many failed with each code that the group gathers, the commonest first."""
        here = self._failed[group.client_id, group.step]
        codes = [(code, count) for code, count in here.items() if is_code(code, group.code)]
        return dict(sorted(codes, key=lambda each: (-each[1], each[0])))
