"""The audit as the desk lists it: who did what, newest first. What writes it is `access/audit.py`.

An admin sees what concerns the apps he administers; what concerns the deployment is for its owners.
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, or_, select

from dashboard.access.audit import DENIED, FAILED, OK
from dashboard.access.permissions import Operator, visible_to
from dashboard.core.models import AuditEntry
from dashboard.desk.filters import Filter, ListSpec, Searched, Sort

OUTCOMES = {OK: "Done", DENIED: "Denied", FAILED: "Failed"}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A row of the audit; `at` in ms."""

    id: int
    at: int
    who: str
    verb: str
    object_type: str | None
    object_id: str | None
    client_id: str | None  # None: it concerns the deployment as a whole
    outcome: str
    ip_prefix: str | None
    details: str | None


_ROWS = select(*(getattr(AuditEntry, name) for name in AuditRow.__dataclass_fields__))


def _verb(_db: Connection, value: str) -> ColumnElement[bool]:
    """What was done, exactly; `app.` is whatever was done to apps."""
    return AuditEntry.verb.startswith(value, autoescape=True) if value.endswith(".") else AuditEntry.verb == value


def _search(_db: Connection, _operator: Operator, words: str) -> Searched:
    """The words, anywhere in who did it, to what, and the details."""
    texts = (AuditEntry.who, AuditEntry.verb, AuditEntry.object_id, AuditEntry.details)
    known = (func.lower(func.coalesce(text, "")).contains(words.lower(), autoescape=True) for text in texts)
    return Searched(or_(*known), are_few=False)


LIST = ListSpec(
    name="audit",
    table=AuditEntry,
    act="see_audit",
    row=AuditRow,
    query=lambda _db, _operator: _ROWS,
    time=AuditEntry.at,
    sorts={"at": Sort("Time", AuditEntry.at, "at")},
    filters=(
        Filter("outcome", "Outcome", lambda _db, value: AuditEntry.outcome == value, OUTCOMES),
        Filter("verb", "Act", _verb),
        Filter("who", "Who", lambda _db, value: func.lower(AuditEntry.who) == value.lower()),
        Filter("object", "On", lambda _db, value: AuditEntry.object_type == value),
    ),
    search=_search,
    facets=("outcome",),
    noun="entries",
)


def oldest(db: Connection, operator: Operator) -> int | None:
    """When the oldest row that the operator may see was written (ms)."""
    return db.scalar(select(func.min(AuditEntry.at)).where(visible_to(operator, AuditEntry.client_id, LIST.act)))
