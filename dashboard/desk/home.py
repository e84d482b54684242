"""What is going on, app by app: the figures of the desk's first page."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, func, select

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core import tally
from dashboard.core.clock import DAY, WEEK
from dashboard.core.models import Attempt, Installation
from dashboard.desk import failures, hours, installation_kinds, rows
from dashboard.desk import figures as counted
from dashboard.desk.rows import AttemptRow
from dashboard.slack.tenant import ACTIVE, DELETED, REVOKED, UNINSTALLED

MOST_COUNTED = 10_000  # beyond it a number is said to be more
LAST_ATTEMPTS = 5
DAYS = 14  # of the trend


@dataclass(frozen=True, slots=True)
class Figures:
    """One app. Counts stop one above MOST_COUNTED; the attempts are None for somebody who may not see them."""

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
    redirect_url_works: bool  # Slack took a code that came back to it, which it compares; a return anybody can make up

    @property
    def rate(self) -> str:
        """How many per cent of what ended today succeeded, and how many in the week; empty where nothing ended."""
        today = _per_cent(self.succeeded or 0, self.failed or 0)
        week = _per_cent(*self.week) if self.week else ""
        return f"{today}, {week} in 7 days" if today and week else today

    @property
    def is_new(self) -> bool:
        """Whether nobody but its makers, who try it out, can have installed it yet."""
        return self.active <= 1 and self.removed == 0


def figures(
    db: Connection, operator: Operator, apps: tuple[AppAccess, ...], redirect_urls: Mapping[str, str], now: int
) -> list[Figures]:
    """The figures of some of the operator's apps, at `now` (ms). `redirect_urls` are those of today, by client id."""
    return [_figures(db, operator, app, redirect_urls.get(app.client_id, ""), now) for app in apps]


def _figures(db: Connection, operator: Operator, app: AppAccess, redirect_url: str, now: int) -> Figures:
    of_app = Installation.client_id == app.client_id
    active = of_app & (Installation.status == ACTIVE)
    gone = of_app & Installation.status.in_((REVOKED, UNINSTALLED))
    tried = (Attempt.client_id == app.client_id) & Attempt.verified
    accepted = select(Attempt.id).where(tried, Attempt.exchanged_at.is_not(None), Attempt.redirect_uri == redirect_url)
    kinds = installation_kinds.counted(db, [app.client_id])
    sees_attempts = operator.may("see_attempts", app.client_id)
    today = _ended(db, app, now - DAY) if sees_attempts else (None, None)
    return Figures(
        app=app,
        active=sum(kind.many for kind in kinds if kind.status == ACTIVE),
        added=_count(db, active & (Installation.first_installed_at >= now - WEEK)),
        attention=sum(kind.many for kind in kinds if kind.status == ACTIVE and kind.needs_attention),
        removed=_count(db, gone & (Installation.removed_at >= now - WEEK)),
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
        waiting=failures.waiting_of(db, app.client_id) if sees_attempts else None,
        week=_ended(db, app, now - WEEK) if sees_attempts else None,
        last_attempts=rows.attempts(db, tried, most=LAST_ATTEMPTS) if sees_attempts else None,
        ever_installed=_any(db, select(Installation.id).where(of_app)),
        redirect_url_works=_any(db, accepted),
    )


def _ended(db: Connection, app: AppAccess, since: int) -> tuple[int, int]:
    """How many attempts begun since then (ms) succeeded, and how many failed. What was not verified stays out of rates:
    anybody can make it up."""
    found = hours.within(lambda client_id: client_id == app.client_id, since)
    by_outcome = select(found.c.outcome, tally.total(found)).where(found.c.verified).group_by(found.c.outcome)
    counts: dict[str, int] = dict(db.execute(by_outcome).all())
    return counts.get("succeeded", 0), counts.get("failed", 0)


def _per_cent(succeeded: int, failed: int) -> str:
    return f"{100 * succeeded / (succeeded + failed):.0f} %" if succeeded + failed else ""


def _any(db: Connection, query: Select[*tuple[object, ...]]) -> bool:
    return db.execute(query.limit(1)).first() is not None


def _count(db: Connection, condition: ColumnElement[bool]) -> int:
    some = select(1).where(condition).limit(MOST_COUNTED + 1).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0
