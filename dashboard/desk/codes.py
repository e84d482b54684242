"""How often each code was met, those included that the catalogue does not hold."""

from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core import tally
from dashboard.core.clock import DAY
from dashboard.desk import hours

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
    found, values = hours.within(now - DAYS * DAY)
    by_code = select(found.c.code, found.c.verified, tally.total(found)).where(
        visible_to(operator, found.c.client_id, "see_attempts", only=client_id), found.c.code != ""
    )
    counts: dict[str, Count] = {}
    for code, verified, many in db.execute(by_code.group_by(found.c.code, found.c.verified), values):
        known = counts.get(code, Count())
        counts[code] = replace(known, **{"verified" if verified else "unverified": many})
    in_order = sorted(counts.items(), key=lambda each: (-each[1].verified, -each[1].unverified, each[0]))
    return {code: count for code, count in in_order if count != Count()}
