"""Limits on guessing: so many failures of an account or from an address in a quarter of an hour, over all processes.

Every guess is counted before it is checked, and taken back if it was right. So guesses that are sent at once count
like guesses in a row.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, update

from dashboard.core.clock import MINUTE
from dashboard.core.crypto import keyed_hash
from dashboard.core.db import insert
from dashboard.core.models import Throttle
from dashboard.core.text import subscriber

WINDOW = 15 * MINUTE
MOST_OF_ACCOUNT, MOST_OF_ADDRESS = 10, 30

Limit = tuple[str, int]  # the counter's key, and how many failures it takes


def of_guess(hash_key: str, email: str, address: str, browser: str | None) -> list[Limit]:
    """What a guess at this account from this address counts against, the address first. A `browser` that signed in to
    it before counts by itself: strangers who guess do not shut its owner out."""
    whose = ("throttle-browser", browser) if browser else ("throttle-account", email)
    return [
        (keyed_hash(hash_key, "throttle-address", subscriber(address)), MOST_OF_ADDRESS),
        (keyed_hash(hash_key, *whose), MOST_OF_ACCOUNT),
    ]


def of_proof(hash_key: str, email: str) -> list[Limit]:
    """What a guess from inside a session counts against: nobody who is not signed in can use it up."""
    return [(keyed_hash(hash_key, "throttle-proof", email), MOST_OF_ACCOUNT)]


def charge(db: Connection, against: Sequence[Limit], now: int) -> int | None:
    """Count one guess. If a limit was reached already: how long (ms) until it counts anew; else None."""
    db.execute(delete(Throttle).where(Throttle.since_at <= now - WINDOW))
    for key, most in against:
        counted = insert(db, Throttle).values(key=key, failures=1, since_at=now)
        one_more = counted.on_conflict_do_update(index_elements=["key"], set_={"failures": Throttle.failures + 1})
        failures, since = db.execute(one_more.returning(Throttle.failures, Throttle.since_at)).one()
        if failures > most:
            return max(1, int(since) + WINDOW - now)
    return None


def refund(db: Connection, against: Sequence[Limit]) -> None:
    """Take a guess back that was right."""
    keys = [key for key, _ in against]
    db.execute(
        update(Throttle).where(Throttle.key.in_(keys), Throttle.failures > 0).values(failures=Throttle.failures - 1)
    )
