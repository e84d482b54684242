"""How often something failed, whom it met, and whether that is an incident: several customers, and more than usual."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    bindparam,
    case,
    func,
    select,
)

from dashboard.core import compiled, tally
from dashboard.core.clock import DAY
from dashboard.core.models import Attempt, FailureGroup
from dashboard.desk import hours
from dashboard.desk.ends import SHOWN, Ends
from dashboard.desk.grouping import UNCATALOGUED, is_code, latest_of_parts, values_of_parts
from dashboard.desk.hours import SHAPES

INCIDENT = 3  # workspaces or browsers in a day
LOOKED_AT = 200  # the latest failures with a code, for whom they met
MOST_CODES = 20  # looked at of a group that gathers several
TOGETHER = 16  # codes of groups that are asked for in one statement

Part = tuple[int, FailureGroup, str]  # the group's number, the group, and one of its codes

# Whom it met: the workspace or organization that Slack named, else the browser, by its secret. What a link names,
# anybody can write, and an address is half an office's.
_WORKSPACE = func.coalesce(Attempt.team_id, Attempt.enterprise_id)
_BROWSER = case((_WORKSPACE.is_(None), Attempt.browser_digest))


@dataclass(frozen=True, slots=True)
class Met:
    """Whom failures met."""

    workspaces: int = 0
    browsers: int = 0  # of attempts where Slack named no workspace
    at_least: bool = False  # there were more failures than were looked at

    def __str__(self) -> str:
        """In words."""
        parts = []
        if self.workspaces or not self.browsers:
            parts.append(f"{self.workspaces:,} workspace{'' if self.workspaces == 1 else 's'}")
        if self.browsers:
            other = "other " if self.workspaces else ""
            parts.append(f"{self.browsers:,} {other}browser{'' if self.browsers == 1 else 's'}")
        return ("at least " if self.at_least else "") + " and ".join(parts)


@dataclass(frozen=True, slots=True)
class Figures:
    """What failed in the last 14 days."""

    count: int
    today: int  # in the last 24 hours
    before: int  # in the seven days before them
    ended_today: int  # attempts of the app that succeeded or failed, in the last 24 hours and in the seven days before
    ended_before: int
    met: Met
    met_today: Met

    @property
    def is_incident(self) -> bool:
        """Whether it meets several, and a larger share than in the week before: it is not about the one who asks."""
        if self.met_today.workspaces + self.met_today.browsers < INCIDENT:
            return False
        return _has_risen(self.today, self.ended_today, self.before, self.ended_before)

    @property
    def shares(self) -> str:
        """The two shares, in words."""
        return (
            f"{self.today:,} of {self.ended_today:,} in the last 24 hours, {self.before:,} of {self.ended_before:,} in "
            "the seven days before"
        )


def risen(ends: Ends, groups: Sequence[FailureGroup]) -> list[FailureGroup]:
    """The groups that can be an incident, by how often they failed: whom they met is to be looked at."""
    today, before = ends.today, ends.before
    return [
        group
        for group in groups
        if today.failed_as(group) >= INCIDENT
        and _has_risen(
            today.failed_as(group),
            today.of_app[group.client_id],
            before.failed_as(group),
            before.of_app[group.client_id],
        )
    ]


def _has_risen(today: int, ended_today: int, before: int, ended_before: int) -> bool:
    """Whether so many of those that ended today are a larger share than in the week before."""
    return today * max(1, ended_before) > before * max(1, ended_today)


def of_groups(db: Connection, groups: Sequence[FailureGroup], now: int, ends: Ends | None = None) -> list[Figures]:
    """The figures of each group at `now` (ms). `ends`: of their apps, where they are known."""
    ends = ends or Ends(db, {group.client_id for group in groups}, now)
    shown, today, before = ends.shown, ends.today, ends.before
    codes = [shown.codes_of(group) for group in groups]
    met = _met(db, list(zip(groups, codes, strict=True)), now)
    return [
        Figures(
            count=shown.failed_as(group),
            today=today.failed_as(group),
            before=before.failed_as(group),
            ended_today=today.of_app[group.client_id],
            ended_before=before.of_app[group.client_id],
            met=Met(*counts[:2], _is_cut(of_group)),
            met_today=Met(*counts[2:], _is_cut(today.codes_of(group))),
        )
        for group, of_group, counts in zip(groups, codes, met, strict=True)
    ]


def _met(
    db: Connection, groups: Sequence[tuple[FailureGroup, Mapping[str, int]]], now: int
) -> list[tuple[int, int, int, int]]:
    """Whom the latest failures of each group met, and whom those of today: each time how many workspaces and how many
    browsers. Of a group the codes are said that it gathers, the commonest first."""
    parts = [(number, group, code) for number, (group, codes) in enumerate(groups) for code in list(codes)[:MOST_CODES]]
    met = [(0, 0, 0, 0)] * len(groups)
    for some in _asked_together(parts):
        values = {**values_of_parts(some), "since": now - SHOWN, "today": now - DAY}
        for number, *counts in compiled.rows(db, _whom(db.dialect.name, len(some)), values):
            met[number] = (counts[0], counts[1], counts[2], counts[3])
    return met


def _asked_together(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """All parts, those of a group together, in statements of about as many as TOGETHER."""
    some: list[Part] = []
    for _, of_group in groupby(parts, key=itemgetter(0)):
        some += of_group
        if len(some) >= TOGETHER:
            yield some
            some = []
    if some:
        yield some


@cache
def _whom(dialect: str, parts: int) -> Select[*tuple[Any, ...]]:
    """Counts whom the latest failures met, by the number that their parts are given: a page asks it of twenty groups,
    and each statement is a trip to the database."""
    whom = _WORKSPACE.label("workspace"), _BROWSER.label("browser"), Attempt.seen_at
    rows = latest_of_parts(dialect, whom, parts, most=LOOKED_AT)
    of_today = rows.c.seen_at >= bindparam("today")
    who = (rows.c.workspace, rows.c.browser, case((of_today, rows.c.workspace)), case((of_today, rows.c.browser)))
    return select(rows.c.of, *(func.count(column.distinct()) for column in who)).group_by(rows.c.of)


def _is_cut(codes: Mapping[str, int]) -> bool:
    """Whether there are more failures than were looked at."""
    return len(codes) > MOST_CODES or any(count > LOOKED_AT for count in codes.values())


def of_group(group: FailureGroup) -> dict[str, object]:
    """The parameters of what `is_of` a group."""
    return {"client_id": group.client_id, "step": group.step, "code": group.code}


def is_of(counted: Subquery, *, is_gathered: bool) -> tuple[ColumnElement[bool], ...]:
    """The conditions that hours count failures of a group. One that gathers several codes takes in those that are not
    its own, too: `is_code` tells. (PostgreSQL takes 20 ms to plan a query that names every code of the catalogue.)"""
    named = ("client_id", "step") if is_gathered else ("client_id", "step", "code")
    return (
        *(counted.c[name] == bindparam(name) for name in named),
        counted.c.verified,
        counted.c.outcome == "failed",
    )


def bars(db: Connection, group: FailureGroup, now: int, width: int, count: int) -> list[tuple[int, int]]:
    """How many failed in each of so many stretches of `width` ms up to `now`, the oldest first: (its start in ms, how
    many). Stretches of an hour or a day are those of UTC."""
    first = begin_of(now, width, count)
    counted = hours.within(first, by_the_hour=width < DAY)
    values = {**counted.values, **of_group(group), "first": first, "width": width}
    failed: Counter[int] = Counter()
    for number, code, many in db.execute(_by_stretch(counted.table, is_gathered=group.code == UNCATALOGUED), values):
        if is_code(code, group.code):
            failed[number] += many
    return _whole(first, width, count, failed.items())


@lru_cache(SHAPES)
def _by_stretch(counted: Subquery, *, is_gathered: bool) -> Select[*tuple[Any, ...]]:
    first, width = (bindparam(name, type_=BigInteger) for name in ("first", "width"))
    key = (counted.c.begins_at - first) // width, counted.c.code
    return select(*key, tally.total(counted)).where(*is_of(counted, is_gathered=is_gathered)).group_by(*key)


def begin_of(now: int, width: int, count: int) -> int:
    """When the first of so many stretches of `width` ms begins, of which `now` is in the last (ms)."""
    return now - now % width - (count - 1) * width


def _whole(first: int, width: int, count: int, counted: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Every stretch with its start (ms) and how many there were: also those of which nothing was `counted`."""
    counts = {int(number): many for number, many in counted}
    return [(first + number * width, counts.get(number, 0)) for number in range(count)]
