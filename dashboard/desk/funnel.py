"""The funnel: of the installations that were begun, how many came back, were verified, were stored; and what lost them.

Every figure counts attempts begun in a range of time by a start of ours: a return that belongs to none says nothing of
how people fare.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, bindparam, literal_column, select

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core import compiled, tally
from dashboard.core.models import Attempt
from dashboard.desk import hours
from dashboard.desk.rows import ABANDONED_AFTER
from dashboard.install.attempts import STEPS

STAGES = ("started", "returned", "verified", "stored")
SOURCES = ("page", "direct", "link")
TOP_LOSSES = 5
SAMPLE = 500  # the latest attempts that a median is taken of


# How many attempts have an outcome, step and code, empty where they have none.
Ends = dict[tuple[str, str, str], int]


@dataclass(frozen=True, slots=True)
class Range:
    """Which attempts are counted: begun from `since` to before `until` (ms), from one source or from all."""

    since: int
    until: int
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """How many attempts came that far, and the median time from the start (ms; None if there were none)."""

    name: str
    count: int
    median: int | None

    @property
    def steps(self) -> str:
        """The steps of the attempts counted, as the list's filter has them."""
        return ",".join(_from(self.name))


@dataclass(frozen=True, slots=True)
class Loss:
    """What attempts that were not stored ended in: a code at a step, a cancel, or no return."""

    outcome: str
    step: str
    code: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Funnel:
    app: AppAccess
    stages: list[Stage]
    losses: list[Loss]


def of_apps(db: Connection, operator: Operator, apps: Sequence[AppAccess], within: Range, now: int) -> list[Funnel]:
    """The funnel of each app whose attempts the operator may see, as of `now` (ms)."""
    seen = [app for app in apps if operator.may("see_attempts", app.client_id)]
    client_ids = [app.client_id for app in seen]
    ended = _counted(db, client_ids, within)
    # Whoever began within a day may still come back.
    until = min(within.until, now - ABANDONED_AFTER)
    begun = _counted(db, client_ids, replace(within, until=until)) if until > within.since else {}
    return [_funnel(db, app, within, ended[app.client_id], begun.get(app.client_id, {})) for app in seen]


def _funnel(db: Connection, app: AppAccess, within: Range, ended: Ends, begun_before: Ends) -> Funnel:
    counts = [sum(count for (_, step, _), count in ended.items() if step in _from(stage)) for stage in STAGES]
    medians = _medians(db, app.client_id, within)
    stages = [Stage(*each) for each in zip(STAGES, counts, medians, strict=True)]
    return Funnel(app, stages, _losses(ended, begun_before))


def _from(stage: str) -> tuple[str, ...]:
    return STEPS[STEPS.index(stage) :]


def _medians(db: Connection, client_id: str, within: Range) -> list[int | None]:
    """The median time from the start to each stage, of the latest attempts that came back."""
    values = {"client_id": client_id, "since": within.since, "until": within.until, "source": within.source}
    rows = compiled.rows(db, _latest(is_of_source=bool(within.source)), values)
    medians: list[int | None] = [None]
    for number, stage in enumerate(STAGES[1:], 1):
        times = sorted(row[number] for row in rows if row[0] in _from(stage) and row[number] is not None)
        medians.append(times[len(times) // 2] if times else None)
    return medians


@cache
def _latest(*, is_of_source: bool) -> Select[*tuple[Any, ...]]:
    took = (moment - Attempt.started_at for moment in (Attempt.returned_at, Attempt.spent_at, Attempt.closed_at))
    begun = (
        Attempt.client_id == bindparam("client_id"),
        Attempt.seen_at >= bindparam("since"),
        Attempt.seen_at < bindparam("until"),
        Attempt.verified,
        *([Attempt.source == bindparam("source")] if is_of_source else []),
    )
    most: ColumnElement[int] = literal_column(str(SAMPLE))
    returned = select(Attempt.step, *took).where(*begun, Attempt.returned_at.is_not(None))
    return returned.order_by(Attempt.seen_at.desc()).limit(most)


def _losses(ended: Ends, begun_before: Ends) -> list[Loss]:
    """The commonest ends of what was not stored; of what was `begun_before` and never came back, that it was left."""
    losses: Counter[tuple[str, str, str | None]] = Counter()
    for (outcome, step, code), count in ended.items():
        if outcome not in ("", "succeeded"):
            losses[outcome, step, code if outcome == "failed" else None] += count
    losses["abandoned", "started", None] = sum(many for key, many in begun_before.items() if key[:2] == ("", "started"))
    in_order = sorted(losses.items(), key=lambda each: (-each[1], *(part or "" for part in each[0])))
    return [Loss(*key, count) for key, count in in_order if count][:TOP_LOSSES]


def _counted(db: Connection, client_ids: Collection[str], within: Range) -> dict[str, Ends]:
    begun = hours.within(within.since, within.until)
    values = {**begun.values, "client_ids": list(client_ids), "source": within.source}
    ended: dict[str, Ends] = {client_id: {} for client_id in client_ids}
    query = _by_end(begun.table, is_of_source=bool(within.source))
    for client_id, outcome, step, code, count in db.execute(query, values):
        ended[client_id][outcome, step, code] = count
    return ended


@lru_cache(hours.SHAPES)
def _by_end(begun: Subquery, *, is_of_source: bool) -> Select[*tuple[Any, ...]]:
    here = [begun.c.client_id.in_(bindparam("client_ids", expanding=True)), begun.c.verified]
    if is_of_source:
        here.append(begun.c.source == bindparam("source"))
    key = begun.c.client_id, begun.c.outcome, begun.c.step, begun.c.code
    return select(*key, tally.total(begun)).where(*here).group_by(*key)
