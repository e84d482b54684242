"""How often each code was met, those included that the catalogue does not hold."""

from sqlalchemy import Connection, func, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.clock import DAY
from dashboard.core.models import Attempt

DAYS = 30


def counted(db: Connection, operator: Operator, client_id: str | None, now: int) -> dict[str, int]:
    """Attempts of the last 30 days by code, the commonest first, in the apps whose attempts the operator may see, or in
    one of them."""
    visible = [visible_to(operator, Attempt.client_id, "see_attempts"), Attempt.verified]
    if client_id:
        visible.append(Attempt.client_id == client_id)
    many = func.count()
    query = select(Attempt.code, many).where(*visible, Attempt.seen_at >= now - DAYS * DAY, Attempt.code.is_not(None))
    return {code: count for code, count in db.execute(query.group_by(Attempt.code).order_by(many.desc())) if code}
