"""What a visitor says on the failure page: a sentence and perhaps an address, kept with the attempt for support.

The page holds a permit, signed for this one attempt and good for an hour: nobody writes about an attempt whose page
they were not shown.
"""

from collections.abc import Sequence

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Connection, func, select

from dashboard.core.db import insert
from dashboard.core.models import AttemptEntry
from dashboard.core.text import clean
from dashboard.install import entries

LIVES = 3_600  # seconds
MOST = 3  # sentences about one attempt
LONGEST_TEXT, LONGEST_ADDRESS = 1_000, 254  # characters


def permit(secret_keys: Sequence[str], client_id: str, stored_reference: str) -> str:
    """What the page of a failed attempt holds, so that its visitor can say something about it."""
    return str(_signer(secret_keys).dumps([client_id, stored_reference]))


def reference_of(secret_keys: Sequence[str], client_id: str, sent: str) -> str | None:
    """The reference that a permit of this app is for; None if it is none, or too old."""
    try:
        of_app, stored_reference = _signer(secret_keys).loads(sent, max_age=LIVES)
    except (BadData, TypeError, ValueError):
        return None
    return str(stored_reference) if of_app == client_id else None


def keep(db: Connection, client_id: str, stored_reference: str, *, address: str, text: str, at: int) -> bool:
    """Keep what was said at `at` (ms), cut to its longest; False if there is enough about that attempt."""
    said = func.count().filter(AttemptEntry.kind == entries.VISITOR)
    if (db.scalar(select(said).where(AttemptEntry.reference == stored_reference)) or 0) >= MOST:
        return False
    row = {
        "reference": stored_reference,
        "client_id": client_id,
        "kind": entries.VISITOR,
        "text": clean(" ".join(text.split()), LONGEST_TEXT),
        "who": clean(address, LONGEST_ADDRESS) or "",
        "at": at,
    }
    db.execute(insert(db, AttemptEntry).values(row))
    return True


def _signer(secret_keys: Sequence[str]) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(list(reversed(secret_keys)), salt="dashboard.visitor-said")  # wants the newest last
