"""What is going on, app by app: the figures of the desk's first page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core.models import Attempt, Installation

DAY = 86_400_000  # ms
MOST_COUNTED = 10_000  # beyond it a number is said to be more
LAST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """One app. Counts stop one above MOST_COUNTED; the attempts are None for somebody who may not see them."""

    app: AppAccess
    active: int
    added: int  # of them, first installed in the last 7 days
    removed: int  # in the last 7 days
    succeeded: int | None  # attempts of the last 24 hours
    failed: int | None
    last_attempts: list[Row[Any]] | None
    ever_installed: bool


def figures(db: Connection, operator: Operator, apps: tuple[AppAccess, ...], now: int) -> list[Figures]:
    """The figures of some of the operator's apps, at `now` (ms)."""
    return [_of(db, operator, app, now) for app in apps]


def _of(db: Connection, operator: Operator, app: AppAccess, now: int) -> Figures:
    week, mine = now - 7 * DAY, Installation.client_id == app.client_id
    active = mine & (Installation.status == "active")
    sees_attempts = operator.may("see_attempts", app.client_id)
    return Figures(
        app=app,
        active=_count(db, active),
        added=_count(db, active & (Installation.first_installed_at >= week)),
        removed=_count(db, mine & (Installation.removed_at >= week)),
        succeeded=_count(db, _tried(app, now) & (Attempt.outcome == "succeeded")) if sees_attempts else None,
        failed=_count(db, _tried(app, now) & (Attempt.outcome == "failed")) if sees_attempts else None,
        last_attempts=_last(db, app) if sees_attempts else None,
        ever_installed=db.execute(select(Installation.id).where(mine).limit(1)).first() is not None,
    )


def _tried(app: AppAccess, now: int) -> ColumnElement[bool]:
    """Attempts whose return was not verified stay out of rates: anybody can make them up."""
    return (Attempt.client_id == app.client_id) & Attempt.verified & (Attempt.started_at >= now - DAY)


def _count(db: Connection, condition: ColumnElement[bool]) -> int:
    some = select(1).where(condition).limit(MOST_COUNTED + 1).subquery()
    return int(db.execute(select(func.count()).select_from(some)).scalar_one())


def _last(db: Connection, app: AppAccess) -> list[Row[Any]]:
    columns = (Attempt.reference, Attempt.outcome, Attempt.step, Attempt.code, Attempt.started_at)
    places = (Attempt.team_id, Attempt.enterprise_id)
    mine = select(*columns, *places).where(Attempt.client_id == app.client_id, Attempt.verified)
    return list(db.execute(mine.order_by(Attempt.started_at.desc()).limit(LAST_ATTEMPTS)))
