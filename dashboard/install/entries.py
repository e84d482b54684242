"""What people write about an attempt: notes, a ticket's address, that somebody was contacted, that it is solved, and
what the visitor said on the failure page."""

from sqlalchemy import Connection, bindparam, insert, select

from dashboard.core.db import fetch
from dashboard.core.models import AttemptEntry

NOTE, TICKET, CONTACTED, SOLVED, LINK, VISITOR = "note", "ticket", "contacted", "solved", "link", "visitor"
KINDS = {
    NOTE: "Note",
    TICKET: "Ticket",
    CONTACTED: "Contacted",
    SOLVED: "Solved",
    LINK: "One-time link",
    VISITOR: "The visitor",
}
MOST_SHOWN = 200  # of an attempt


def add(db: Connection, entry: dict[str, str | int | None]) -> None:
    """Write one: `reference` (as stored), `client_id`, `kind`, `text`, `who`, `at` (ms)."""
    db.execute(insert(AttemptEntry).values(entry))


_OF_ATTEMPT = (
    select(AttemptEntry)
    .where(AttemptEntry.reference == bindparam("reference"))
    .order_by(AttemptEntry.id)
    .limit(MOST_SHOWN)
)


def of_attempt(db: Connection, stored_reference: str) -> list[AttemptEntry]:
    """In the order in which they were written."""
    return fetch(db, _OF_ATTEMPT, AttemptEntry, {"reference": stored_reference})
