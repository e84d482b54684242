"""How often something failed, whom it met, and whether that is an incident: several customers, and more than usual."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, func, literal, not_, select
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core.clock import DAY, WEEK
from dashboard.core.db import fetch
from dashboard.core.models import Attempt

SHOWN = 14 * DAY  # what is counted
INCIDENT = 3  # workspaces or browsers in a day
MOST_COUNTED = 10_000

# Whom it met: the workspace or organization that Slack named, else the browser, by its secret. What a link names,
# anybody can write, and an address is half an office's.
_WORKSPACE = func.coalesce(Attempt.team_id, Attempt.enterprise_id)
_BROWSER = case((_WORKSPACE.is_(None), Attempt.browser_digest))


@dataclass(frozen=True, slots=True)
class Figures:
    """What failed in the last 14 days. `count` stops one above MOST_COUNTED."""

    count: int
    workspaces: int
    browsers: int  # of attempts where Slack named no workspace
    today: int
    workspaces_today: int
    browsers_today: int
    before: int  # in the seven days before the last 24 hours
    ended_today: int  # attempts of the app that succeeded or failed, in the last 24 hours and in the seven days before
    ended_before: int

    @property
    def is_incident(self) -> bool:
        """Whether it meets several, and a larger share than in the week before: it is not about the one who asks."""
        if self.workspaces_today + self.browsers_today < INCIDENT:
            return False
        return self.today * max(1, self.ended_before) > self.before * max(1, self.ended_today)

    @property
    def shares(self) -> str:
        """The two shares, in words."""
        return (
            f"{self.today:,} of {self.ended_today:,} in the last 24 hours, {self.before:,} of {self.ended_before:,} in "
            "the seven days before"
        )

    @property
    def met(self) -> str:
        return _met(self.workspaces, self.browsers)

    @property
    def met_today(self) -> str:
        return _met(self.workspaces_today, self.browsers_today)


def _met(workspaces: int, browsers: int) -> str:
    """Whom a failure met, in words."""
    parts = []
    if workspaces or not browsers:
        parts.append(f"{workspaces:,} workspace{'' if workspaces == 1 else 's'}")
    if browsers:
        other = "other " if workspaces else ""
        parts.append(f"{browsers:,} {other}browser{'' if browsers == 1 else 's'}")
    return " and ".join(parts)


def count(
    db: Connection, client_id: str, failed_so: ColumnElement[bool], now: int, counted: tuple[int, int] | None = None
) -> Figures:
    """The figures, at `now` (ms), of an app's failures that meet a condition. `counted` is what `ended` gives, where
    somebody has asked it."""
    ended_today, ended_before = counted or ended(db, client_id, now)
    some = select(Attempt.seen_at, _WORKSPACE.label("workspace"), _BROWSER.label("browser"))
    recent = some.where(failed_so, Attempt.seen_at >= now - SHOWN)
    newest = recent.order_by(Attempt.seen_at.desc()).limit(MOST_COUNTED + 1).subquery()
    is_today = newest.c.seen_at >= now - DAY
    figures = select(
        func.count().label("count"),
        _distinct(newest.c.workspace).label("workspaces"),
        _distinct(newest.c.browser).label("browsers"),
        func.count().filter(is_today).label("today"),
        _distinct(case((is_today, newest.c.workspace))).label("workspaces_today"),
        _distinct(case((is_today, newest.c.browser))).label("browsers_today"),
        func.count().filter(newest.c.seen_at.between(now - DAY - WEEK, now - DAY)).label("before"),
        literal(ended_today).label("ended_today"),
        literal(ended_before).label("ended_before"),
    )
    return fetch(db, figures.select_from(newest), Figures)[0]


def ended(db: Connection, client_id: str, now: int) -> tuple[int, int]:
    """How many attempts of an app succeeded or failed in the last 24 hours, and in the seven days before. A cancel is
    no failure, nor is an attempt that is open."""
    of_app = (Attempt.client_id == client_id, Attempt.verified, Attempt.outcome.in_(("succeeded", "failed")))
    is_today = Attempt.seen_at >= now - DAY
    counts = select(func.count().filter(is_today), func.count().filter(not_(is_today)))
    today, before = db.execute(counts.where(*of_app, Attempt.seen_at >= now - DAY - WEEK)).one()
    return today, before


def _distinct(column: ColumnElement[str | None]) -> ColumnElement[int]:
    return func.count(column.distinct())


def stretches(
    db: Connection,
    column: InstrumentedAttribute[int],
    condition: ColumnElement[bool],
    *,
    now: int,
    width: int,
    count: int,
) -> list[tuple[int, int]]:
    """How many rows have their moment in each of so many stretches of `width` ms up to `now`, the oldest first: (its
    start in ms, how many). Stretches of a day are days in UTC."""
    first = now - now % width - (count - 1) * width
    stretch = (column - first) // width
    counted = select(stretch, func.count()).where(condition, column >= first).group_by(stretch)
    counts = {int(number): many for number, many in db.execute(counted)}
    return [(first + number * width, counts.get(number, 0)) for number in range(count)]
