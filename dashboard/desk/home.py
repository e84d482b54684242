"""What is going on, app by app: the figures of the desk's first page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    ScalarSelect,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core import compiled
from dashboard.core.clock import DAY, WEEK
from dashboard.core.models import Attempt, FailureGroup, Installation
from dashboard.desk import failures, installation_kinds
from dashboard.desk import figures as counted
from dashboard.desk.figures import Ends
from dashboard.desk.installation_kinds import Kind
from dashboard.desk.rows import ATTEMPTS, AttemptRow
from dashboard.install.attempts import STEPS
from dashboard.slack.tenant import ACTIVE, DELETED, REVOKED, UNINSTALLED

MOST_COUNTED = 10_000  # beyond it a number is said to be more
LAST_ATTEMPTS = 5
DAYS = 14  # of the trend

Ended = tuple[int, int]  # how many attempts succeeded, and how many failed


@dataclass(frozen=True, slots=True)
class Attempts:
    """What was tried at one app."""

    today: Ended  # of those begun in the last 24 hours
    week: Ended  # in the last 7 days
    waiting: int  # failure groups that wait for somebody
    latest: list[AttemptRow]

    @property
    def rate(self) -> str:
        """How many per cent of what ended today succeeded, and how many in the week; empty where nothing ended."""
        today, week = _per_cent(*self.today), _per_cent(*self.week)
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
    ends = counted.Ends(db, shown | {group.client_id for group in groups}, now)
    tried = _attempts(db, shown, ends)
    return Page(
        figures=[
            _figures(
                db,
                app,
                kinds[app.client_id],
                tried.get(app.client_id),
                redirect_url=redirect_urls.get(app.client_id, ""),
                now=now,
            )
            for app in apps
        ],
        incidents=failures.incidents(db, groups, ends, now),
    )


def _figures(
    db: Connection, app: AppAccess, kinds: list[Kind], attempts: Attempts | None, *, redirect_url: str, now: int
) -> Figures:
    active = sum(kind.many for kind in kinds if kind.status == ACTIVE)
    ((added, removed),) = compiled.rows(db, _MOVED, {"client_id": app.client_id, "since": now - WEEK})
    return Figures(
        app=app,
        active=active,
        added=added,
        attention=sum(kind.many for kind in kinds if kind.status == ACTIVE and kind.needs_attention),
        removed=removed,
        days=_days(db, app, now),
        attempts=attempts,
        ever_installed=bool(kinds),
        # Only a new app is told: of others it would have to be looked for.
        redirect_url_works=_is_new(active, removed) and _accepts(db, app, redirect_url),
    )


def _is_new(active: int, removed: int) -> bool:
    return active <= 1 and removed == 0


def _accepts(db: Connection, app: AppAccess, redirect_url: str) -> bool:
    """Whether Slack took a code that came back to that address: it compares it."""
    taken = Attempt.step.in_(STEPS[STEPS.index("exchanged") :])
    here = Attempt.client_id == app.client_id, Attempt.redirect_uri == redirect_url
    return db.execute(select(Attempt.id).where(*here, taken).limit(1)).first() is not None


def _days(db: Connection, app: AppAccess, now: int) -> list[tuple[int, int]]:
    first = counted.begin_of(now, DAY, DAYS)
    return counted.whole(first, DAY, DAYS, compiled.rows(db, _DAYS, {"client_id": app.client_id, "first": first}))


def _attempts(db: Connection, client_ids: Collection[str], ends: Ends) -> dict[str, Attempts]:
    """What was tried at each app. What was not verified stays out of rates: anybody can make it up."""
    waiting = failures.waiting_of(db, client_ids)
    return {
        client_id: Attempts(
            today=_ended(ends.today, client_id),
            week=_ended(ends.week, client_id),
            waiting=waiting[client_id],
            latest=_latest(db, client_id),
        )
        for client_id in client_ids
    }


def _ended(ends: counted.Ended, client_id: str) -> Ended:
    failed = ends.failed_of_app[client_id]
    return ends.of_app[client_id] - failed, failed


def _latest(db: Connection, client_id: str) -> list[AttemptRow]:
    return [AttemptRow(*values) for values in compiled.rows(db, _LATEST, {"client_id": client_id})]


def _per_cent(succeeded: int, failed: int) -> str:
    return f"{100 * succeeded / (succeeded + failed):.0f} %" if succeeded + failed else ""


def _capped(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    most: ColumnElement[int] = literal_column(str(MOST_COUNTED + 1))
    some = select(1).where(Installation.client_id == bindparam("client_id"), *conditions).limit(most).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


# What is asked of each app by itself, some twenty times a page.
_SINCE: BindParameter[int] = bindparam("since")
_IS_GONE = or_(Installation.status == REVOKED, Installation.status == UNINSTALLED)
_MOVED = select(
    _capped(Installation.status == ACTIVE, Installation.first_installed_at >= _SINCE),
    _capped(_IS_GONE, Installation.removed_at >= _SINCE),
)
_STRETCH = (Installation.installed_at - bindparam("first")) // DAY
_DAYS = (
    select(_STRETCH, func.count())
    .where(Installation.client_id == bindparam("client_id"), Installation.status != DELETED)
    .where(Installation.installed_at >= bindparam("first"))
    .group_by(_STRETCH)
)
_LATEST = (
    ATTEMPTS.where(Attempt.client_id == bindparam("client_id"), Attempt.verified.is_(True))
    .order_by(Attempt.seen_at.desc())
    .limit(literal_column(str(LAST_ATTEMPTS)))
)
