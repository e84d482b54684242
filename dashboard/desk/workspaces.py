"""Everything about one workspace or organization, across the apps the operator may see."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, Installation

MOST_ATTEMPTS = 50
MOST_WORKSPACES = 200


@dataclass(frozen=True, slots=True)
class Customer:
    """`installations` are its own; `workspaces` those of an organization's workspaces."""

    name: str | None
    url: str | None
    installations: list[Row[Any]]
    workspaces: list[Row[Any]]
    attempts: list[Row[Any]]


def workspace(db: Connection, operator: Operator, team_id: str) -> Customer:
    """Raises NotFoundError where the operator may see nothing of it."""
    rows, attempts = _of(db, operator, Installation.team_id == team_id, Attempt.team_id == team_id)
    name = next((row.team_name for row in rows if row.team_name), None)
    return Customer(name, _url(rows), rows, [], attempts)


def enterprise(db: Connection, operator: Operator, enterprise_id: str) -> Customer:
    """An organization, with its workspaces. Raises NotFoundError where the operator may see nothing of it."""
    of_it = (Installation.enterprise_id == enterprise_id, Attempt.enterprise_id == enterprise_id)
    rows, attempts = _of(db, operator, *of_it)
    own = [row for row in rows if row.is_enterprise_install]
    name = next((row.enterprise_name for row in rows if row.enterprise_name), None)
    return Customer(name, _url(own), own, [row for row in rows if not row.is_enterprise_install], attempts)


def _of(db: Connection, operator: Operator, installed: Any, attempted: Any) -> tuple[list[Row[Any]], list[Row[Any]]]:
    mine = select(*Installation.__table__.columns).where(visible_to(operator, Installation.client_id), installed)
    rows: list[Row[Any]] = list(
        db.execute(mine.order_by(Installation.team_name, Installation.id).limit(MOST_WORKSPACES))
    )
    columns = (Attempt.reference, Attempt.client_id, Attempt.seen_at, Attempt.outcome, Attempt.step, Attempt.code)
    seen = visible_to(operator, Attempt.client_id, "see_attempts")
    tried = select(*columns, Attempt.team_id).where(seen, attempted)
    attempts: list[Row[Any]] = list(db.execute(tried.order_by(Attempt.seen_at.desc()).limit(MOST_ATTEMPTS)))
    if not rows and not attempts:
        raise NotFoundError
    return rows, attempts


def _url(rows: list[Row[Any]]) -> str | None:
    return next((row.url for row in rows if row.url), None)
