"""One-time links by which somebody sets a password: an invitation, or a way back in. Kept as digests."""

import secrets

from sqlalchemy import Connection, delete, insert, select

from dashboard.access import sessions
from dashboard.core.clock import DAY, now
from dashboard.core.db import changed, fetch_one
from dashboard.core.errors import LinkGoneError
from dashboard.core.models import OneTimeLink, OperatorAccount

LASTS = 3 * DAY


def new(db: Connection, operator_id: int) -> str:
    """The token of a link for an account, in place of earlier ones. It lasts 72 hours."""
    token = secrets.token_urlsafe(32)
    forget(db, operator_id)
    row = {"digest": sessions.digest(token), "operator_id": operator_id, "expires_at": now() + LASTS}
    db.execute(insert(OneTimeLink).values(row))
    return token


def account_of(db: Connection, token: str) -> OperatorAccount:
    """The account a link is for. Opening a link spends nothing: mail scanners open links.

    Raises LinkGoneError if it was used, replaced, has expired or never was.
    """
    link = select(OneTimeLink.operator_id).where(
        OneTimeLink.digest == sessions.digest(token), OneTimeLink.expires_at > now()
    )
    enabled = OperatorAccount.disabled_at.is_(None)
    query = select(OperatorAccount).where(OperatorAccount.id == link.scalar_subquery(), enabled)
    account = fetch_one(db, query, OperatorAccount)
    if account is None:
        raise LinkGoneError
    return account


def spend(db: Connection, token: str) -> None:
    """Use a link up. Raises LinkGoneError if it is: of any number of tries at once, one succeeds."""
    if not changed(db, delete(OneTimeLink).where(OneTimeLink.digest == sessions.digest(token))):
        raise LinkGoneError


def forget(db: Connection, operator_id: int) -> None:
    """Take back an account's links."""
    db.execute(delete(OneTimeLink).where(OneTimeLink.operator_id == operator_id))
