"""The attempts as the desk lists them: `/ops/attempts`."""

import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.models import Attempt, Installation
from dashboard.install import attempts
from dashboard.listing import Filter, Noun

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

NOUN = Noun(
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
