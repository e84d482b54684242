"""One attempt as the desk shows it: what happened when, what became of it, what else happened there."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, Installation

HOUR, WEEK = 3_600_000, 604_800_000  # ms
MOST_RELATED = 10

MOMENTS = {
    "started_at": "Started",
    "returned_at": "Came back",
    "spent_at": "Verified",
    "exchanged_at": "Exchanged",
    "token_verified_at": "Token verified",
    "closed_at": "Closed",
}
# What is told elsewhere on the page, or means nothing to a reader.
_TOLD = {
    *MOMENTS,
    "id",
    "reference",
    "client_id",
    "seen_at",
    "last_returned_at",
    "browser_digest",
    "ip_hash",
    "return_ip_hash",
    "outcome",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A step: what, when (ms), and how long after the one before (ms; None for the first)."""

    word: str
    at: int
    took: int | None


def get(db: Connection, operator: Operator, stored_reference: str) -> Row[Any]:
    """Raises NotFoundError where it is none the operator may see."""
    mine = visible_to(operator, Attempt.client_id, "see_attempts")
    row = db.execute(
        select(*Attempt.__table__.columns).where(Attempt.reference == stored_reference, mine)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row


def timeline(row: Row[Any]) -> list[Moment]:
    moments: list[Moment] = []
    for name, word in MOMENTS.items():
        at = getattr(row, name)
        if at is not None:
            moments.append(Moment(word, at, at - moments[-1].at if moments else None))
    return moments


def kept(row: Row[Any]) -> dict[str, Any]:
    """Everything else that is kept of it."""
    return {name: value for name, value in row._asdict().items() if value is not None and name not in _TOLD}


def installation(db: Connection, row: Row[Any]) -> Row[Any] | None:
    """The installation at the place the attempt was about, whatever its state."""
    if not row.team_id and not row.enterprise_id:
        return None
    tenant = f"{row.enterprise_id or ''}/{row.team_id or ''}"
    columns: tuple[Any, ...] = (
        Installation.id,
        Installation.status,
        Installation.team_name,
        Installation.enterprise_name,
    )
    there = select(*columns).where(Installation.client_id == row.client_id, Installation.tenant == tenant)
    return next(iter(db.execute(there)), None)


def solved_by(db: Connection, row: Row[Any]) -> Row[Any] | None:
    """The first attempt within a week that succeeded after this one did not, of the same browser or workspace."""
    same = _same(row)
    if row.outcome == "succeeded" or not same:
        return None
    later = and_(Attempt.seen_at > row.seen_at, Attempt.seen_at <= row.seen_at + WEEK, Attempt.outcome == "succeeded")
    columns: tuple[Any, ...] = (Attempt.reference, Attempt.closed_at)
    found = select(*columns).where(Attempt.client_id == row.client_id, later, or_(*same))
    return next(iter(db.execute(found.order_by(Attempt.seen_at).limit(1))), None)


def related(db: Connection, operator: Operator, row: Row[Any]) -> list[Row[Any]]:
    """Other attempts of the same workspace or browser within a week, or from the same network within an hour."""
    near = Attempt.seen_at.between(row.seen_at - WEEK, row.seen_at + WEEK)
    same = [and_(near, one) for one in _same(row)]
    network = row.ip_prefix or row.return_ip_prefix
    if network:
        close = Attempt.seen_at.between(row.seen_at - HOUR, row.seen_at + HOUR)
        same.append(and_(close, or_(Attempt.ip_prefix == network, Attempt.return_ip_prefix == network)))
    if not same:
        return []
    mine = and_(visible_to(operator, Attempt.client_id, "see_attempts"), Attempt.client_id == row.client_id)
    columns = (Attempt.reference, Attempt.outcome, Attempt.step, Attempt.code, Attempt.seen_at, Attempt.team_id)
    found = select(*columns).where(mine, Attempt.id != row.id, or_(*same))
    return list(db.execute(found.order_by(Attempt.seen_at.desc()).limit(MOST_RELATED)))


def _same(row: Row[Any]) -> list[ColumnElement[bool]]:
    place = [Attempt.team_id == row.team_id] if row.team_id else []
    place += [Attempt.enterprise_id == row.enterprise_id] if row.enterprise_id and not row.team_id else []
    browser = and_(Attempt.ip_hash == row.ip_hash, Attempt.user_agent == row.user_agent)
    return [*place, browser] if row.ip_hash and row.user_agent else place
