"""Where operators are signed in. The browser holds 32 random bytes; the database their digest."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from dashboard.access import permissions
from dashboard.access.permissions import Operator
from dashboard.core import compiled
from dashboard.core.clock import DAY, HOUR, MINUTE
from dashboard.core.db import changed, fetch
from dashboard.core.models import OperatorAccount, Session

IDLE = 12 * HOUR  # without a request of the person's own
LONGEST = 7 * DAY  # in all
MOST_TOKENS = 5  # of one browser that are looked for
RECENT = 10 * MINUTE  # how long a password or code lets somebody do what is dangerous


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session as a request finds it."""

    operator: Operator
    digest: str
    last_seen_at: int
    confirmed_at: int

    def is_recent(self, now: int) -> bool:
        """Whether a password or code was given within the last ten minutes."""
        return now - self.confirmed_at < RECENT


def digest(token: str) -> str:
    """What is kept of a token (256 random bits: a plain hash suffices)."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(db: Connection, operator_id: int, traits: dict[str, str | None], now: int) -> str:
    """Open a session; the token for its browser. `traits`: browser, system, ip_prefix."""
    token = secrets.token_urlsafe(32)
    db.execute(delete(Session).where(_is_over(now)))
    db.execute(
        insert(Session).values(
            digest=digest(token),
            operator_id=operator_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LONGEST,
            confirmed_at=now,
            **traits,
        )
    )
    db.execute(update(OperatorAccount).where(OperatorAccount.id == operator_id).values(signed_in_at=now))
    return token


def renew(db: Connection, old: str, now: int) -> str | None:
    """Give a session a new token, and note that the password or a code was just given. None if it has ended."""
    token = secrets.token_urlsafe(32)
    fresh = {"digest": digest(token), "confirmed_at": now, "last_seen_at": now}
    return token if changed(db, update(Session).where(Session.digest == old, ~_is_over(now)).values(fresh)) else None


def find(db: Connection, tokens: Sequence[str], network: str | None, now: int) -> SignedIn | None:
    """The living session behind one of the tokens a browser sent; None if none is, or the operator is disabled."""
    if not tokens:
        return None
    digests = [digest(token) for token in tokens[:MOST_TOKENS]]
    named = dict(zip_longest(_DIGESTS, digests, fillvalue=digests[0]))
    found = compiled.rows(db, _FIND, {**named, "now": now})
    if not found:
        return None
    operator_id, email, owner, *session = found[0]
    return SignedIn(permissions.of_account(db, operator_id, email, owner=owner, network=network), *session)


def touch(db: Connection, session: str, now: int) -> None:
    """Note that the person is still there; at most once a minute."""
    stale = (Session.digest == session) & (Session.last_seen_at <= now - MINUTE)
    db.execute(update(Session).where(stale).values(last_seen_at=now))


def of(db: Connection, operator_id: int, now: int) -> list[Session]:
    """An operator's living sessions, the last used first."""
    living = select(Session).where(Session.operator_id == operator_id, ~_is_over(now))
    return fetch(db, living.order_by(Session.last_seen_at.desc(), Session.digest), Session)


def end(db: Connection, operator_id: int, session: str) -> bool:
    """End one of an operator's sessions, named by its digest; False if it is not his, or over."""
    return changed(db, delete(Session).where(Session.operator_id == operator_id, Session.digest == session))


def end_of_browser(db: Connection, tokens: Sequence[str]) -> None:
    """End the sessions whose tokens a browser sent."""
    db.execute(delete(Session).where(Session.digest.in_([digest(token) for token in tokens])))


def end_all(db: Connection, operator_id: int, but: str | None = None) -> None:
    """End an operator's sessions, all or all but one."""
    doomed = delete(Session).where(Session.operator_id == operator_id)
    db.execute(doomed.where(Session.digest != but) if but else doomed)


def _is_over(now: int | ColumnElement[int]) -> ColumnElement[bool]:
    return (Session.expires_at <= now) | (Session.last_seen_at <= now - IDLE)


_DIGESTS = [f"digest_{number}" for number in range(MOST_TOKENS)]
_NOW: BindParameter[int] = bindparam("now", type_=BigInteger)
_FIND = (  # asked at every request, and built once
    select(
        *(OperatorAccount.id, OperatorAccount.email, OperatorAccount.owner),
        *(Session.digest, Session.last_seen_at, Session.confirmed_at),
    )
    .join(OperatorAccount, OperatorAccount.id == Session.operator_id)
    .where(Session.digest.in_([bindparam(name, type_=String) for name in _DIGESTS]), ~_is_over(_NOW))
    .where(OperatorAccount.disabled_at.is_(None))
)
