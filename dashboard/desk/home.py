"""What is going on, app by app: the figures of the desk's first page."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core import tally
from dashboard.core.clock import DAY, WEEK
from dashboard.core.models import Attempt, Installation
from dashboard.desk import failures, hours, installation_kinds, rows
from dashboard.desk import figures as counted
from dashboard.desk.installation_kinds import Kind
from dashboard.desk.rows import AttemptRow
from dashboard.install.attempts import STEPS
from dashboard.slack.tenant import ACTIVE, DELETED, REVOKED, UNINSTALLED

MOST_COUNTED = 10_000  # beyond it a number is said to be more
LAST_ATTEMPTS = 5
DAYS = 14  # of the trend

Ended = tuple[int, int]  # how many attempts succeeded, and how many failed


@dataclass(frozen=True, slots=True)
class Figures:
    """One app. `added` and `removed` stop one above MOST_COUNTED; the attempts are None for somebody who may not see
    them."""

    app: AppAccess
    active: int
    added: int  # of them, first installed in the last 7 days
    attention: int  # of them, to be looked at
    removed: int  # in the last 7 days
    days: list[tuple[int, int]]  # of the last 14: (begin in ms, installations whose latest install was then)
    succeeded: int | None  # attempts of the last 24 hours
    failed: int | None
    waiting: int | None  # failure groups that wait for somebody
    week: tuple[int, int] | None  # how many succeeded and failed in the last 7 days
    last_attempts: list[AttemptRow] | None
    ever_installed: bool
    redirect_url_works: bool  # of a new app: Slack took a code that came back to it; a return anybody can make up

    @property
    def rate(self) -> str:
        """How many per cent of what ended today succeeded, and how many in the week; empty where nothing ended."""
        today = _per_cent(self.succeeded or 0, self.failed or 0)
        week = _per_cent(*self.week) if self.week else ""
        return f"{today}, {week} in 7 days" if today and week else today

    @property
    def is_new(self) -> bool:
        """Whether nobody but its makers, who try it out, can have installed it yet."""
        return _is_new(self.active, self.removed)


def figures(
    db: Connection, operator: Operator, apps: tuple[AppAccess, ...], redirect_urls: Mapping[str, str], now: int
) -> list[Figures]:
    """The figures of some of the operator's apps, at `now` (ms). `redirect_urls` are those of today, by client id."""
    kinds: dict[str, list[Kind]] = {app.client_id: [] for app in apps}
    for kind in installation_kinds.counted(db, kinds):
        kinds[kind.client_id].append(kind)
    today, week = (_ended(db, kinds, now - span) for span in (DAY, WEEK))
    return [
        _figures(
            db,
            app,
            kinds[app.client_id],
            (today[app.client_id], week[app.client_id]) if operator.may("see_attempts", app.client_id) else None,
            redirect_url=redirect_urls.get(app.client_id, ""),
            now=now,
        )
        for app in apps
    ]


def _figures(
    db: Connection, app: AppAccess, kinds: list[Kind], ended: tuple[Ended, Ended] | None, *, redirect_url: str, now: int
) -> Figures:
    of_app = Installation.client_id == app.client_id
    active = sum(kind.many for kind in kinds if kind.status == ACTIVE)
    recently = of_app & (Installation.status == ACTIVE) & (Installation.first_installed_at >= now - WEEK)
    gone = of_app & Installation.status.in_((REVOKED, UNINSTALLED)) & (Installation.removed_at >= now - WEEK)
    removed = _count(db, gone)
    today, week = ended or ((None, None), None)
    return Figures(
        app=app,
        active=active,
        added=_count(db, recently),
        attention=sum(kind.many for kind in kinds if kind.status == ACTIVE and kind.needs_attention),
        removed=removed,
        days=counted.stretches(
            db,
            Installation.installed_at,
            of_app & (Installation.status != DELETED),
            now=now,
            width=DAY,
            count=DAYS,
        ),
        succeeded=today[0],
        failed=today[1],
        waiting=failures.waiting_of(db, app.client_id) if ended else None,
        week=week,
        last_attempts=_last_attempts(db, app) if ended else None,
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


def _last_attempts(db: Connection, app: AppAccess) -> list[AttemptRow]:
    return rows.attempts(db, Attempt.client_id == app.client_id, Attempt.verified.is_(True), most=LAST_ATTEMPTS)


def _ended(db: Connection, client_ids: Collection[str], since: int) -> dict[str, Ended]:
    """How many attempts of each app begun since then (ms) succeeded, and how many failed. What was not verified stays
    out of rates: anybody can make it up."""
    found = hours.within(since)
    key = found.c.client_id, found.c.outcome
    of_apps = found.c.client_id.in_(client_ids), found.c.verified
    by_outcome = select(*key, tally.total(found)).where(*of_apps).group_by(*key)
    counts = {(client_id, outcome): count for client_id, outcome, count in db.execute(by_outcome)}
    return {
        client_id: (counts.get((client_id, "succeeded"), 0), counts.get((client_id, "failed"), 0))
        for client_id in client_ids
    }


def _per_cent(succeeded: int, failed: int) -> str:
    return f"{100 * succeeded / (succeeded + failed):.0f} %" if succeeded + failed else ""


def _count(db: Connection, condition: ColumnElement[bool]) -> int:
    some = select(1).where(condition).limit(MOST_COUNTED + 1).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0
