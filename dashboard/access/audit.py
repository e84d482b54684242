"""The record of who did what. Rows are only ever added.

An act writes its row in its own transaction, so that there is no act without a row. The log line goes out when the row
is written, before the commit: if the two differ, the row is right.
"""

import structlog
from sqlalchemy import Connection, insert

from dashboard.access.permissions import Operator
from dashboard.core.clock import now
from dashboard.core.models import AuditEntry
from dashboard.core.text import clean

OK, DENIED, FAILED = "ok", "denied", "failed"
LONGEST_DETAILS = 500  # characters

log = structlog.get_logger("dashboard.audit")


def record(
    db: Connection,
    operator: Operator,
    verb: str,
    object_type: str | None = None,
    object_id: object = None,
    *,
    client_id: str | None = None,
    outcome: str = OK,
    details: str | None = None,
) -> None:
    """Add one row. `client_id` names the app; None is the deployment as a whole. Details are for people to read, and
    hold no secret."""
    entry = {
        "who": operator.email,
        "verb": verb,
        "object_type": object_type,
        "object_id": None if object_id is None else clean(str(object_id), LONGEST_DETAILS),
        "client_id": client_id,
        "outcome": outcome,
        "ip_prefix": operator.network,
        "details": clean(details, LONGEST_DETAILS),
    }
    db.execute(insert(AuditEntry).values(at=now(), **entry))
    log.info("audit", **{name: value for name, value in entry.items() if value is not None})
