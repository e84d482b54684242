"""Attempts: one row for each begun installation, and for each return that belongs to none.

Rows that may wait are written behind the answer (`recorder.py`); whatever a verified return decides is committed before
it is answered. An attempt is *spent* when its state is used up, and *closed* when its outcome is final.

Statements are built once and values handed over when they run: building one costs ten times what running it does.
"""

from collections.abc import Collection, Sequence
from functools import cache
from operator import itemgetter
from typing import TypedDict

from sqlalchemy import Connection, Insert, and_, bindparam, func, or_, select, true, update
from sqlalchemy.sql.dml import ReturningInsert

from dashboard.core import compiled
from dashboard.core.clock import MINUTE, now
from dashboard.core.db import changed, fetch_one, insert_for
from dashboard.core.models import Attempt
from dashboard.install.attempt_columns import AttemptColumns

STEPS = ("started", "returned", "verified", "exchanged", "token_verified", "stored")
# Where an attempt failed that got no further than the step.
FAILED_AT = {
    "started": "before Slack",
    "returned": "on the way back",
    "verified": "at Slack's exchange",
    "exchanged": "when the token was checked",
    "token_verified": "when it was stored",
}
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"
INTERRUPTED_AFTER = MINUTE  # without an outcome; then the process that spent the state is taken for dead

_TRAITS = ("user_agent", "browser", "system", "ip_prefix", "ip_hash", "referrer_host")
_WEAK = ("no_cookie", "cookie_mismatch", "state_expired")  # details of a return that proves nothing


_UNDECIDED: AttemptColumns = {
    "outcome": None,
    "reason": None,
    "detail": None,
    "code": None,
    "slack_error": None,
    "slack_description": None,
    "error_class": None,
    "database_error": None,
    "database_columns": None,
}


_THIS = Attempt.id == bindparam("attempt_id")
_OPEN = _THIS & Attempt.spent_at.is_not(None) & (Attempt.closed_at.is_(None) | (Attempt.detail == "interrupted"))
_CLOSE = update(Attempt).where(_THIS)
_SELECT = select(Attempt).where(_THIS)
_COUNT_REPEAT = (
    update(Attempt)
    .where(_THIS)
    .values(
        returns=Attempt.returns + 1,
        last_returned_at=bindparam("at"),
        repeat_cookie=bindparam("by_cookie"),
        repeat_ip_hash=bindparam("by_ip_hash"),
    )
)


def find(db: Connection, attempt_id: str) -> Attempt | None:
    return fetch_one(db, _SELECT, Attempt, {"attempt_id": attempt_id})


def get(db: Connection, attempt_id: str) -> Attempt:
    """The attempt, which is known to be there. Raises LookupError if it is not."""
    attempt = find(db, attempt_id)
    if attempt is None:
        raise LookupError
    return attempt


def find_by_reference(db: Connection, stored_reference: str) -> Attempt | None:
    return fetch_one(db, select(Attempt).where(Attempt.reference == stored_reference), Attempt)


def values(attempt: Attempt) -> dict[str, str | int | bool]:
    """Everything that is kept of an attempt, by column."""
    columns = (column.name for column in Attempt.__table__.columns)
    return {name: getattr(attempt, name) for name in columns if getattr(attempt, name) is not None}


def outcome_of(code: str) -> str:
    """How a return that spends nothing leaves its attempt: a person who pressed Cancel is no failure."""
    return CANCELLED if code == "access_denied" else FAILED


def write_started(db: Connection, rows: Sequence[AttemptColumns]) -> None:
    """Write a batch of starts, in the order in which returns lock attempts, too (`Database.write_row`). One that comes
    after its return only fills in who began it."""
    compiled.insert(db, _starting(db.dialect.name), sorted(rows, key=itemgetter("id")))


@cache
def _starting(dialect: str) -> Insert:
    statement = insert_for(dialect, Attempt)
    begun = {name: func.coalesce(getattr(Attempt, name), statement.excluded[name]) for name in (*_TRAITS, "locale")}
    return statement.on_conflict_do_update(index_elements=["id"], set_=begun)


def write_unverified(db: Connection, rows: Sequence[AttemptColumns]) -> None:
    """Write a batch of returns that belong to no start of ours. A batch written again changes nothing."""
    insert = insert_for(db.dialect.name, Attempt).on_conflict_do_nothing(index_elements=["id"])
    db.execute(insert, [dict(row) for row in rows])


class Repeat(TypedDict):
    """A return with a link that is used up, at `at` (ms): by whom."""

    attempt_id: str
    at: int
    by_cookie: str | None
    by_ip_hash: str | None


def count_repeats(db: Connection, repeats: Sequence[Repeat]) -> None:
    """Count returns that changed nothing else, and keep of each attempt who was the last."""
    for repeat in sorted(repeats, key=itemgetter("attempt_id")):
        db.execute(_COUNT_REPEAT, dict(repeat))


def repeat_of(attempt_id: str, columns: AttemptColumns) -> Repeat:
    """A return, by what `return_columns` says of it."""
    return {
        "attempt_id": attempt_id,
        "at": columns["last_returned_at"] or now(),
        "by_cookie": columns["cookie"],
        "by_ip_hash": columns["return_ip_hash"],
    }


def note_return(db: Connection, start: AttemptColumns, changes: AttemptColumns) -> None:
    """Note a return that spends nothing, such as a cancel: the last word until a later one.

    A spent attempt keeps its outcome, and a return that could not prove its browser or came too late changes no other
    one; it is only counted.
    """
    returned: AttemptColumns = {"step": "returned", **changes}
    if _return(db, start, returned, weak=changes["detail"] in _WEAK) is None:
        count_repeats(db, [repeat_of(start["id"], changes)])


def note_late(db: Connection, start: AttemptColumns, changes: AttemptColumns) -> None:
    """Note a return that could not be noted when it came, unless a later one was noted since."""
    attempt = find(db, start["id"])
    if attempt and (attempt.last_returned_at or 0) >= (changes["last_returned_at"] or 0):
        return
    note_return(db, start, changes)


def spend(db: Connection, start: AttemptColumns, changes: AttemptColumns) -> str | None:
    """Use up a state. Of all callers, in any number of processes, one gets the attempt's reference; others None."""
    spent: AttemptColumns = {**_UNDECIDED, **changes, "step": "verified", "spent_at": now()}
    return _return(db, start, spent, weak=False)


def _return(db: Connection, start: AttemptColumns, changes: AttemptColumns, *, weak: bool) -> str | None:
    """Write a return over its attempt, or as its first row, unless it is spent. The reference where it was written."""
    written = compiled.rows(db, _returning(db.dialect.name, tuple(changes), weak), {**start, **changes})
    return written[0][0] if written else None


@cache
def _returning(dialect: str, changes: tuple[str, ...], weak: bool) -> ReturningInsert[str]:
    statement = insert_for(dialect, Attempt)
    counted = {
        "returns": Attempt.returns + 1,
        "returned_at": func.coalesce(Attempt.returned_at, statement.excluded.returned_at),
    }
    undecided = or_(Attempt.outcome.is_(None), *(Attempt.detail == detail for detail in _WEAK))
    kept = and_(Attempt.spent_at.is_(None), undecided if weak else true())
    upsert = statement.on_conflict_do_update(
        index_elements=["id"], set_={**{name: statement.excluded[name] for name in changes}, **counted}, where=kept
    )
    return upsert.returning(Attempt.reference)


def close_failed(db: Connection, attempt_id: str, changes: AttemptColumns, at: int) -> bool:
    """Make a failure final, at `at` (ms), also over *interrupted*, which only says that none was heard of. False where
    the attempt has its outcome already."""
    failed: AttemptColumns = {**changes, "outcome": FAILED, "closed_at": at}
    return changed(db, update(Attempt).where(_OPEN), {"attempt_id": attempt_id, **failed})


def close_succeeded(db: Connection, attempt_id: str, changes: AttemptColumns, at: int) -> None:
    """Make a success final, at `at` (ms), also over *interrupted*: the process was slow, not dead."""
    decided: AttemptColumns = {**_UNDECIDED, **changes, "step": "stored", "outcome": SUCCEEDED, "closed_at": at}
    compiled.changed(db, _CLOSE, {"attempt_id": attempt_id, **decided})


def close_interrupted(db: Connection, at: int, known: Collection[str] = ()) -> list[str]:
    """Close the attempts whose process died after it spent the state, at `at` (ms), but for those whose outcome is
    `known` and only not written yet. Returns their references."""
    verdict = {"outcome": FAILED, "reason": "internal_error", "detail": "interrupted", "code": "interrupted"}
    statement = (
        update(Attempt)
        .where(Attempt.closed_at.is_(None), Attempt.spent_at <= at - INTERRUPTED_AFTER, Attempt.id.not_in(known))
        .values({**verdict, "closed_at": at})
    )
    return list(db.execute(statement.returning(Attempt.reference)).scalars())
