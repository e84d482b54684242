"""What the people of an app have to say of a code: one note each, shown on every attempt that ended so."""

from sqlalchemy import Connection, bindparam, delete, select

from dashboard.access import audit
from dashboard.access.permissions import Operator, require, visible_to
from dashboard.core.clock import now
from dashboard.core.db import fetch, fetch_one, insert
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.models import CodeNote
from dashboard.core.text import clean
from dashboard.slack.answers import is_error_code

LONGEST = 2_000  # characters

_NOTE = select(CodeNote).where(CodeNote.client_id == bindparam("client_id"), CodeNote.code == bindparam("code"))


def of_code(db: Connection, operator: Operator, code: str) -> list[CodeNote]:
    """The notes on a code in the apps whose attempts the operator may see."""
    visible = visible_to(operator, CodeNote.client_id, "see_attempts")
    return fetch(db, select(CodeNote).where(CodeNote.code == code, visible), CodeNote)


def find(db: Connection, client_id: str, code: str | None) -> CodeNote | None:
    return fetch_one(db, _NOTE, CodeNote, {"client_id": client_id, "code": code or ""})


def write(db: Connection, operator: Operator, client_id: str, code: str, text: str) -> None:
    """Write an app's note on a code over the one before; an empty text takes it away.

    Raises NotFoundError or NotAllowedError if the operator may not, DashboardError if the text is too long.
    """
    require(operator, "triage", client_id, "code", code)
    if not is_error_code(code):
        raise NotFoundError
    kept = "\n".join(clean(line, LONGEST) or "" for line in text.strip().splitlines())
    if len(text.strip()) > LONGEST:
        raise DashboardError(f"The note has {len(text):,} characters.", f"At most {LONGEST:,} are kept: shorten it.")
    if kept:
        note = {"text": kept, "who": operator.email, "changed_at": now()}
        row = insert(db, CodeNote).values({"client_id": client_id, "code": code, **note})
        db.execute(row.on_conflict_do_update(index_elements=["client_id", "code"], set_=note))
    else:
        db.execute(delete(CodeNote).where(CodeNote.client_id == client_id, CodeNote.code == code))
    audit.record(db, operator, "code.note", "code", code, client_id=client_id)
