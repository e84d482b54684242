"""The attempts as the desk shows them: the list, and each with what happened when and what else happened there."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, Installation
from dashboard.desk.filters import Filter, ListSpec
from dashboard.install import attempts

ABANDONED_AFTER = 86_400_000  # ms without a return
OUTCOMES = {
    "succeeded": "Succeeded",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "abandoned": "Never came back",
    "running": "Underway",
}
STEPS = dict(
    zip(attempts.STEPS, ("Started", "Returned", "Verified", "Exchanged", "Token verified", "Stored"), strict=True)
)
SOURCES = {"page": "Install page", "direct": "Direct link", "link": "Signed link"}

_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]{5,20}")


def outcome_of(row: Any, moment: int) -> str:
    """The outcome as lists say it: an attempt that is open is underway, or after a day abandoned."""
    if row.outcome:
        return str(row.outcome)
    return "abandoned" if row.step == "started" and row.seen_at < moment - ABANDONED_AFTER else "running"


def _outcome(value: str) -> ColumnElement[bool]:
    gone = and_(Attempt.step == "started", Attempt.seen_at < now() - ABANDONED_AFTER)
    if value == "abandoned":
        return and_(Attempt.outcome.is_(None), gone)
    if value == "running":
        return and_(Attempt.outcome.is_(None), ~gone)
    return Attempt.outcome == value


def _search(_db: Connection, text: str) -> ColumnElement[bool]:
    """A reference in any spelling, an id of Slack's, or a code; else words of the workspace's name."""
    stored = reference.parse(text)
    if stored:
        return Attempt.reference == stored
    if _SLACK_ID.fullmatch(text.upper()):
        id_ = text.upper()
        return or_(Attempt.team_id == id_, Attempt.enterprise_id == id_, Attempt.user_id == id_, Attempt.team == id_)
    return or_(Attempt.code == text, Attempt.slack_error == text, Attempt.ip_prefix == text)


_name = (
    select(func.coalesce(Installation.team_name, Installation.enterprise_name))
    .where(
        Installation.client_id == Attempt.client_id,
        Installation.tenant == func.coalesce(Attempt.enterprise_id, "") + "/" + func.coalesce(Attempt.team_id, ""),
    )
    .correlate(Attempt)
    .scalar_subquery()
    .label("workspace")
)

LIST = ListSpec(
    name="attempts",
    table=Attempt,
    act="see_attempts",
    columns=(
        *(Attempt.reference, Attempt.client_id, Attempt.seen_at, Attempt.outcome, Attempt.step, Attempt.code),
        *(Attempt.team_id, Attempt.enterprise_id, Attempt.user_id, Attempt.started_at, Attempt.closed_at),
        *(Attempt.browser, Attempt.system, Attempt.source, Attempt.verified, Attempt.returns, _name),
    ),
    time=Attempt.seen_at,
    sorts={"seen": Attempt.seen_at},
    filters=(
        Filter("outcome", "Outcome", _outcome, OUTCOMES),
        Filter("step", "Step", lambda value: Attempt.step == value, STEPS),
        Filter("code", "Code", lambda value: Attempt.code == value),
        Filter("source", "From", lambda value: Attempt.source == value, SOURCES),
    ),
    search=_search,
)

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
