"""What is going on, app by app: the figures of the desk's first page."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    ScalarSelect,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union_all,
)

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core import compiled
from dashboard.core.clock import DAY, WEEK
from dashboard.core.models import Attempt, FailureGroup, Installation
from dashboard.core.words import share
from dashboard.desk import failures, installation_days, installation_kinds
from dashboard.desk import figures as counted
from dashboard.desk.ends import Ended, Ends
from dashboard.desk.installation_kinds import Kind
from dashboard.desk.rows import ATTEMPTS, AttemptRow
from dashboard.install.attempts import STEPS
from dashboard.slack.tenant import ACTIVE, REVOKED, UNINSTALLED

MOST_COUNTED = 10_000  # beyond it a number is said to be more
LAST_ATTEMPTS = 5
DAYS = 14  # of the trend

TOGETHER = 16  # apps that are asked about in one statement

Place = ColumnElement[int]
ClientId = BindParameter[str]
Asked = Select[*tuple[Any, ...]]
Question = Callable[[Place, ClientId], Asked]
Rate = tuple[int, int]  # how many attempts succeeded, and how many failed


@dataclass(frozen=True, slots=True)
class Attempts:
    """What was tried at one app."""

    today: Rate  # of those begun in the last 24 hours
    week: Rate  # in the last 7 days
    waiting: int  # failure groups that wait for somebody
    latest: list[AttemptRow]

    @property
    def rate(self) -> str:
        """How many per cent of what ended today succeeded, and how many in the week; empty where nothing ended."""
        today, week = (share(rate[0], sum(rate)) if sum(rate) else "" for rate in (self.today, self.week))
        return f"{today}, {week} in 7 days" if today and week else today


@dataclass(frozen=True, slots=True)
class Figures:
    """One app. `added` and `removed` stop one above MOST_COUNTED."""

    app: AppAccess
    active: int
    added: int  # of them, first installed in the last 7 days
    attention: int  # of them, to be looked at
    removed: int  # in the last 7 days
    days: list[tuple[int, int]]  # of the last 14: (begin in ms, installations whose latest install was then)
    attempts: Attempts | None  # None for somebody who may not see them
    ever_installed: bool
    redirect_url_works: bool  # of a new app: Slack took a code that came back to it; a return anybody can make up

    @property
    def is_new(self) -> bool:
        """Whether nobody but its makers, who try it out, can have installed it yet."""
        return _is_new(self.active, self.removed)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the desk's first page shows of some apps."""

    figures: list[Figures]
    incidents: list[tuple[FailureGroup, counted.Figures]]  # that nobody has settled


def page(
    db: Connection,
    operator: Operator,
    apps: tuple[AppAccess, ...],
    client_id: str | None,
    *,
    redirect_urls: Mapping[str, str],
    now: int,
) -> Page:
    """The operator's apps, all of them or that of `client_id`, at `now` (ms). `redirect_urls` are those of today, by
    client id."""
    kinds: dict[str, list[Kind]] = {app.client_id: [] for app in apps}
    for kind in installation_kinds.counted(db, kinds):
        kinds[kind.client_id].append(kind)
    groups = failures.unsettled(db, operator, client_id)
    shown = {app.client_id for app in apps if operator.may("see_attempts", app.client_id)}
    ends = Ends(db, shown | {group.client_id for group in groups}, now)
    tried = _attempts(db, shown, ends)
    moved = _asked_of(db, _moved, kinds, {"since": now - WEEK})
    first = counted.begin_of(now, DAY, DAYS)
    days = installation_days.since(db, kinds, first)
    return Page(
        figures=[
            _figures(
                db,
                app,
                kinds[app.client_id],
                tried.get(app.client_id),
                moved=moved[app.client_id][0],
                days=[(day, days[app.client_id].get(day, 0)) for day in range(first, first + DAYS * DAY, DAY)],
                redirect_url=redirect_urls.get(app.client_id, ""),
            )
            for app in apps
        ],
        incidents=failures.incidents(db, groups, ends, now),
    )


def _figures(
    db: Connection,
    app: AppAccess,
    kinds: list[Kind],
    attempts: Attempts | None,
    *,
    moved: tuple[int, int],
    days: list[tuple[int, int]],
    redirect_url: str,
) -> Figures:
    active = sum(kind.many for kind in kinds if kind.status == ACTIVE)
    added, removed = moved
    return Figures(
        app=app,
        active=active,
        added=added,
        attention=sum(kind.many for kind in kinds if kind.status == ACTIVE and kind.needs_attention),
        removed=removed,
        days=days,
        attempts=attempts,
        ever_installed=bool(kinds),
        # Only a new app is told: of others it would have to be looked for.
        redirect_url_works=_is_new(active, removed) and _accepts(db, app, redirect_url),
    )


def _is_new(active: int, removed: int) -> bool:
    return active <= 1 and removed == 0


def _accepts(db: Connection, app: AppAccess, redirect_url: str) -> bool:
    """Whether Slack took a code that came back to that address: it compares it."""
    return db.execute(_TAKEN, {"client_id": app.client_id, "redirect_uri": redirect_url}).first() is not None


def _attempts(db: Connection, client_ids: Collection[str], ends: Ends) -> dict[str, Attempts]:
    """What was tried at each app. What was not verified stays out of rates: anybody can make it up."""
    waiting = failures.waiting_of(db, client_ids)
    latest = _asked_of(db, _latest, client_ids, {})
    return {
        client_id: Attempts(
            today=_ended(ends.today, client_id),
            week=_ended(ends.week, client_id),
            waiting=waiting[client_id],
            latest=sorted((AttemptRow(*row) for row in latest[client_id]), key=lambda row: row.seen_at, reverse=True),
        )
        for client_id in client_ids
    }


def _ended(ends: Ended, client_id: str) -> Rate:
    failed = ends.failed_of_app[client_id]
    return ends.of_app[client_id] - failed, failed


def _asked_of(
    db: Connection, question: Question, client_ids: Collection[str], values: Mapping[str, object]
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each app that answer a question, by client id."""
    found: dict[str, list[tuple[Any, ...]]] = {client_id: [] for client_id in client_ids}
    every = list(client_ids)
    for some in (every[begin : begin + TOGETHER] for begin in range(0, len(every), TOGETHER)):
        named = {f"client_id_{place}": client_id for place, client_id in enumerate(some)}
        for place, *row in compiled.rows(db, _of_several(question, len(some)), {**values, **named}):
            found[some[place]].append(tuple(row))
    return found


_TAKEN = (
    select(Attempt.id)
    .where(Attempt.client_id == bindparam("client_id"), Attempt.redirect_uri == bindparam("redirect_uri"))
    .where(Attempt.step.in_(STEPS[STEPS.index("exchanged") :]))
    .limit(1)
)

# What is asked of each app by itself: of several in one statement, each of which is a trip to the database, and built
# once for so many. The first column is the app's place among them.


@cache
def _of_several(question: Question, apps: int) -> CompoundSelect[Any]:
    return union_all(*(question(literal_column(str(place)), bindparam(f"client_id_{place}")) for place in range(apps)))


def _moved(place: Place, client_id: ClientId) -> Asked:
    """How many installations were added since a time, and how many were removed."""
    since: BindParameter[int] = bindparam("since")
    is_gone = or_(Installation.status == REVOKED, Installation.status == UNINSTALLED)
    return select(
        place,
        _capped(client_id, Installation.status == ACTIVE, Installation.first_installed_at >= since),
        _capped(client_id, is_gone, Installation.removed_at >= since),
    )


def _capped(client_id: ClientId, *conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    most: ColumnElement[int] = literal_column(str(MOST_COUNTED + 1))
    some = select(1).where(Installation.client_id == client_id, *conditions).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _latest(place: Place, client_id: ClientId) -> Asked:
    """The latest attempts that were verified."""
    most: ColumnElement[int] = literal_column(str(LAST_ATTEMPTS))
    there = ATTEMPTS.where(Attempt.client_id == client_id, Attempt.verified.is_(True))
    latest = there.order_by(Attempt.seen_at.desc()).limit(most).subquery()
    return select(place, *latest.c)
