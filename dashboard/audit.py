"""The record of who did what. Rows are only ever added.

A verb writes its row in its own transaction, so that there is no act without its row. The log line goes out when the
row is written, before the commit: where the two differ, the row is right.
"""

from typing import Any

import structlog
from sqlalchemy import Connection, Row, insert, select

from dashboard.clock import now
from dashboard.models import AuditEntry
from dashboard.tenancy import Operator, visible_to
from dashboard.visit import clean

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


def latest(db: Connection, operator: Operator, before: int | None, most: int) -> list[Row[Any]]:
    """The newest rows the operator may see, at most so many, older than the row `before`.

    An admin sees what concerns the apps he administers; what concerns the deployment is for its owners.
    """
    query = select(*AuditEntry.__table__.columns).where(visible_to(operator, AuditEntry.client_id, "see_audit"))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(db.execute(query.order_by(AuditEntry.id.desc()).limit(most)))


def newer(db: Connection, operator: Operator, after: int, most: int) -> list[Row[Any]]:
    """The rows just newer than the row `after`, newest first."""
    query = select(*AuditEntry.__table__.columns).where(
        visible_to(operator, AuditEntry.client_id, "see_audit"), AuditEntry.id > after
    )
    return list(reversed(db.execute(query.order_by(AuditEntry.id).limit(most)).all()))
