"""One-time install links: made for one app and, where it is known, one customer; good for 72 hours.

Opening one spends nothing: mail programs open links, too. The first installation that is stored by it does.
"""

import hashlib
import secrets

from sqlalchemy import Connection, insert, select, update

from dashboard.core.clock import HOUR
from dashboard.core.db import changed, fetch_one
from dashboard.core.models import Invitation
from dashboard.core.reference import display
from dashboard.install import entries
from dashboard.slack.api import Installation

LIVES = 72 * HOUR


def make(
    db: Connection,
    client_id: str,
    customer: tuple[str | None, str | None],
    made_by: str,
    at: int,
    *,
    for_attempt: str = "",
) -> str:
    """A new link's code, 256 random bits in 43 characters, which is not kept. `customer` is (team id, enterprise id),
    both None if Slack has named nobody; `for_attempt` the reference, as stored, of the attempt that it shall solve."""
    code = secrets.token_urlsafe(32)
    team_id, enterprise_id = customer
    row = {
        "digest": digest(code),
        "client_id": client_id,
        "reference": for_attempt,
        "team_id": team_id,
        "enterprise_id": enterprise_id,
        "made_by": made_by,
        "expires_at": at + LIVES,
    }
    db.execute(insert(Invitation).values(row))
    return code


def digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def find(db: Connection, digest_of_code: str, client_id: str, at: int) -> Invitation | None:
    """The link of this app that is neither spent nor ended at `at` (ms)."""
    good = (Invitation.spent_at.is_(None), Invitation.expires_at > at, Invitation.client_id == client_id)
    return fetch_one(db, select(Invitation).where(Invitation.digest == digest_of_code, *good), Invitation)


def of_start(db: Connection, digest_of_code: str, client_id: str) -> Invitation | None:
    """The link of this app that an installation began with, be it spent or ended since: its customer still holds."""
    begun = select(Invitation).where(Invitation.digest == digest_of_code, Invitation.client_id == client_id)
    return fetch_one(db, begun, Invitation)


def is_for(invitation: Invitation, installation: Installation) -> bool:
    """Whether an installation is the customer's that the link was made for: its workspace, or its organization."""
    if not invitation.team_id and not invitation.enterprise_id:
        return True
    if invitation.team_id and installation.team_id:
        return invitation.team_id == installation.team_id
    return invitation.enterprise_id is not None and invitation.enterprise_id == installation.enterprise_id


def spend(db: Connection, digest_of_code: str, by_reference: str, at: int) -> None:
    """Use a link up, and mark the attempt it was made for as solved by the attempt of the other reference. A link that
    is spent or ended by now stays as it is."""
    good = (Invitation.digest == digest_of_code, Invitation.spent_at.is_(None), Invitation.expires_at > at)
    invitation = fetch_one(db, select(Invitation).where(*good), Invitation)
    if invitation is None or not changed(db, update(Invitation).where(*good).values(spent_at=at)):
        return
    if not invitation.reference:  # it was made for an installation
        return
    text = f"Installed by the one-time link, as {display(by_reference)}."
    about = {"reference": invitation.reference, "client_id": invitation.client_id}
    entries.add(db, {**about, "kind": entries.SOLVED, "text": text, "who": invitation.made_by, "at": at})
