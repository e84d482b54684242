"""What support does about an attempt: notes, the ticket's address, contacted, solved. Each is audited."""

from urllib.parse import urlsplit

from sqlalchemy import Connection

from dashboard.access import audit
from dashboard.access.permissions import Operator, require
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.errors import DashboardError
from dashboard.core.models import Attempt
from dashboard.core.text import clean
from dashboard.core.words import moment
from dashboard.desk import attempts, evidence
from dashboard.install import entries, invitations
from dashboard.install.entries import CONTACTED, LINK, NOTE, SOLVED, TICKET

ACT = "triage"
LONGEST_TEXT, LONGEST_URL = 2_000, 500  # characters
BY_HAND = (NOTE, TICKET, CONTACTED, SOLVED)


def write(db: Connection, operator: Operator, stored_reference: str, kind: str, text: str) -> None:
    """Write an entry of one of the kinds in BY_HAND. A ticket's text is its address; contacted and solved need none.

    Raises NotFoundError or NotAllowedError if the operator may not, DashboardError if the text will not do.
    """
    attempt = allowed(db, operator, stored_reference)
    entry = _checked(kind, text)
    add(db, operator, attempt, kind, entry)
    audit.record(
        db, operator, f"attempt.{kind}", "attempt", reference.display(stored_reference), client_id=attempt.client_id
    )


def invite(db: Connection, operator: Operator, stored_reference: str) -> str:
    """Make a one-time install link for the app and, where Slack has named one, the customer of the attempt. Its code,
    which is told this once.

    Raises NotFoundError or NotAllowedError if the operator may not.
    """
    attempt = allowed(db, operator, stored_reference)
    at = now()
    customer = evidence.customer_of(db, operator, attempt)
    code = invitations.make(db, attempt.client_id, customer, operator.email, at, for_attempt=attempt.reference)
    whom = next((id_ for id_ in customer if id_), None) or "any workspace"
    said = f"For {whom}, until {moment(at + invitations.LIVES)}"
    add(db, operator, attempt, LINK, f"{said}.")
    audit.record(
        db,
        operator,
        "attempt.link",
        "attempt",
        reference.display(stored_reference),
        client_id=attempt.client_id,
        details=said,
    )
    return code


def allowed(db: Connection, operator: Operator, stored_reference: str) -> Attempt:
    """The attempt. Raises NotFoundError or NotAllowedError if the operator may not work on it."""
    attempt = attempts.get(db, operator, stored_reference)
    require(operator, ACT, attempt.client_id, "attempt", reference.display(stored_reference))
    return attempt


def add(db: Connection, operator: Operator, attempt: Attempt, kind: str, text: str | None) -> None:
    about = {"reference": attempt.reference, "client_id": attempt.client_id}
    entries.add(db, {**about, "kind": kind, "text": text, "who": operator.email, "at": now()})


def _checked(kind: str, text: str) -> str | None:
    if kind == TICKET:
        return _address(text.strip())
    kept = text.strip()
    if len(kept) > LONGEST_TEXT:
        raise DashboardError(
            f"The text has {len(kept):,} characters.",
            f"At most {LONGEST_TEXT:,} are kept: shorten it, nothing was saved.",
        )
    if not kept and kind == NOTE:
        raise DashboardError("The note is empty.", "Write what the next one should know.")
    return "\n".join(clean(line, LONGEST_TEXT) or "" for line in kept.splitlines()) or None


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or len(text) > LONGEST_URL
        or clean(text, LONGEST_URL) != text
    ):
        raise DashboardError(
            "That is no address of a ticket.", "It begins with https:// and has at most 500 characters."
        )
    return text
