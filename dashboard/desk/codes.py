"""How often each code was met, those included that the catalogue does not hold."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, not_, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.clock import DAY
from dashboard.core.models import Attempt

DAYS = 30


# Whoever meets these sees the page of an attempt that has another outcome, or none yet.
NEVER_STORED = ("in_progress", "state_reused")


@dataclass(frozen=True, slots=True)
class Count:
    """How many attempts ended so: those whose return was verified, and those that anybody could have made up."""

    verified: int = 0
    unverified: int = 0


def counted(db: Connection, operator: Operator, client_id: str | None, now: int) -> dict[str, Count]:
    """Attempts of the last 30 days by code, the commonest first, in the apps whose attempts the operator may see, or in
    one of them."""
    visible = [visible_to(operator, Attempt.client_id, "see_attempts")]
    if client_id:
        visible.append(Attempt.client_id == client_id)
    verified = func.count().filter(Attempt.verified)
    unverified = func.count().filter(not_(Attempt.verified))
    query = select(Attempt.code, verified, unverified).where(*visible, Attempt.seen_at >= now - DAYS * DAY)
    by_code = query.group_by(Attempt.code).order_by(verified.desc(), unverified.desc(), Attempt.code)
    return {code: Count(*counts) for code, *counts in db.execute(by_code) if code}
