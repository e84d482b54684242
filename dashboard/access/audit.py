"""The record of who did what. Rows are only ever added.

An act writes its row in its own transaction, so that there is no act without a row. The log line goes out when the row
is written, before the commit: if the two differ, the row is right.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import Connection, insert, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.clock import now
from dashboard.core.db import fetch
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


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest first, and whether there are any beyond its ends."""

    rows: list[AuditEntry]
    has_newer: bool
    has_older: bool


def page(
    db: Connection, operator: Operator, client_id: str | None, *, before: int | None, after: int | None, most: int
) -> Page:
    """At most so many of the rows the operator may see, of one app or of all: the newest, those older than the row
    `before`, or those just newer than the row `after`.

    An admin sees what concerns the apps he administers; what concerns the deployment is for its owners.
    """
    visible = select(AuditEntry).where(visible_to(operator, AuditEntry.client_id, "see_audit"))
    if client_id:
        visible = visible.where(AuditEntry.client_id == client_id)
    if after is not None:
        newer = visible.where(AuditEntry.id > after).order_by(AuditEntry.id)
        rows = fetch(db, newer.limit(most + 1), AuditEntry)
        return Page(list(reversed(rows[:most])), has_newer=len(rows) > most, has_older=True)
    older = visible if before is None else visible.where(AuditEntry.id < before)
    rows = fetch(db, older.order_by(AuditEntry.id.desc()).limit(most + 1), AuditEntry)
    return Page(rows[:most], has_newer=before is not None, has_older=len(rows) > most)
