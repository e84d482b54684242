"""Attempts: one row for each begun installation, and for each return that belongs to none.

Rows that may wait are written behind the answer (`recorder.py`); whatever a verified return decides is committed before
it is answered. An attempt is *spent* when its state is used up, and *closed* when its outcome is final.

Statements are built once and values handed over when they run: building one costs ten times what running it does.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Row, and_, bindparam, func, select, true, update
from sqlalchemy.sql.dml import ReturningInsert

from dashboard import __version__
from dashboard.core import reference
from dashboard.core.db import changed, insert_for
from dashboard.core.models import Attempt
from dashboard.core.text import seen
from dashboard.install.state import State, new_attempt_id

STEPS = ("started", "returned", "verified", "exchanged", "token_verified", "stored")
# Where an attempt failed that got no further than the step.
FAILED_AT = {
    "started": "before Slack",
    "returned": "on the way back",
    "verified": "at Slack's exchange",
    "exchanged": "when the token was checked",
    "token_verified": "when it was stored",
    "stored": "after it was stored",
}
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"
INTERRUPTED_AFTER = 60_000  # ms without an outcome after which the process that spent the state is taken for dead

_TRAITS = ("user_agent", "browser", "system", "ip_prefix", "ip_hash", "referrer_host")
_WEAK = ("no_cookie", "cookie_mismatch", "state_expired")  # details of a return that proves nothing
_UNDECIDED = dict.fromkeys(("outcome", "reason", "detail", "code", "slack_error", "slack_description", "error_class"))


def columns_of(state: State, scopes: Sequence[str], user_scopes: Sequence[str]) -> dict[str, Any]:
    """What a state tells of its start: enough for a whole row when the start's own was lost."""
    return {
        "id": state.attempt_id,
        "reference": state.reference,
        "client_id": state.client_id,
        "verified": True,
        "release": __version__,
        "step": "started",
        "seen_at": state.issued_at,
        "started_at": state.issued_at,
        "source": state.source,
        "team": state.team,
        "link_metadata": state.metadata and (seen(state.metadata) or None),  # for people to read
        "metadata_signed": state.metadata_signed if state.metadata else None,
        "redirect_uri": state.redirect_uri,
        "scopes": ",".join(scopes) or None,
        "user_scopes": ",".join(user_scopes) or None,
        "browser_digest": state.browser,
    }


def return_columns(traits: Mapping[str, Any], cookie: str, at: int) -> dict[str, Any]:
    """What every return leaves on its attempt: when (ms), from whom, and whether the browser was the same."""
    returned = {f"return_{name}": value for name, value in traits.items()}
    return {**returned, "cookie": cookie, "returned_at": at, "last_returned_at": at, "returns": 1}


_THIS = Attempt.id == bindparam("attempt_id")
_OPEN = _THIS & Attempt.spent_at.is_not(None) & (Attempt.closed_at.is_(None) | (Attempt.detail == "interrupted"))
_SELECT = select(*Attempt.__table__.columns).where(_THIS)
_COUNT_REPEAT = update(Attempt).where(_THIS).values(returns=Attempt.returns + 1, last_returned_at=bindparam("at"))


def find(db: Connection, attempt_id: str) -> Row[Any] | None:
    return db.execute(_SELECT, {"attempt_id": attempt_id}).one_or_none()


def get(db: Connection, attempt_id: str) -> Row[Any]:
    """The attempt, which is known to be there."""
    return db.execute(_SELECT, {"attempt_id": attempt_id}).one()


def find_by_reference(db: Connection, stored_reference: str) -> Row[Any] | None:
    return db.execute(select(*Attempt.__table__.columns).where(Attempt.reference == stored_reference)).one_or_none()


def outcome_of(code: str) -> str:
    """How a return that spends nothing leaves its attempt: a person who pressed Cancel is no failure."""
    return CANCELLED if code == "access_denied" else FAILED


def write_started(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a batch of starts. One that comes after its return only fills in who began it."""
    db.execute(_starting(db.dialect.name), rows)


@cache
def _starting(dialect: str) -> Insert:
    statement = insert_for(dialect, Attempt)
    begun = {name: func.coalesce(getattr(Attempt, name), statement.excluded[name]) for name in (*_TRAITS, "locale")}
    return statement.on_conflict_do_update(index_elements=["id"], set_=begun)


def write_unverified(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a batch of returns that belong to no start of ours. A batch written again changes nothing."""
    db.execute(insert_for(db.dialect.name, Attempt).on_conflict_do_nothing(index_elements=["id"]), rows)


def unverified_columns(client_id: str, at: int) -> dict[str, Any]:
    """The key and reference of a return without a state of ours, at `at` (ms)."""
    return {
        "id": new_attempt_id(),
        "reference": reference.new(),
        "client_id": client_id,
        "verified": False,
        "release": __version__,
        "step": "returned",
        "seen_at": at,
    }


def count_repeats(db: Connection, repeats: Sequence[tuple[str, int]]) -> None:
    """Count returns, given as (attempt id, ms), that changed nothing else."""
    for attempt_id, at in repeats:
        db.execute(_COUNT_REPEAT, {"attempt_id": attempt_id, "at": at})


def note_return(db: Connection, start: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Note a return that spends nothing, such as a cancel: the last word until a later one.

    A spent attempt keeps its outcome, and a return that could not prove its browser or came too late changes no other
    one; it is only counted.
    """
    if _return(db, start, {"step": "returned", **changes}, weak=changes["detail"] in _WEAK) is None:
        count_repeats(db, [(start["id"], changes["last_returned_at"])])


def spend(db: Connection, start: Mapping[str, Any], changes: Mapping[str, Any]) -> str | None:
    """Use up a state. Of all callers, in any number of processes, one gets the attempt's reference; others None."""
    spent = {**_UNDECIDED, **changes, "step": "verified", "spent_at": changes["last_returned_at"]}
    return _return(db, start, spent, weak=False)


def _return(db: Connection, start: Mapping[str, Any], changes: Mapping[str, Any], *, weak: bool) -> str | None:
    """Write a return over its attempt, or as its first row, unless it is spent. The reference where it was written."""
    return db.execute(_returning(db.dialect.name, tuple(changes), weak), {**start, **changes}).scalar()


@cache
def _returning(dialect: str, changes: tuple[str, ...], weak: bool) -> ReturningInsert[str]:
    statement = insert_for(dialect, Attempt)
    counted = {
        "returns": Attempt.returns + 1,
        "returned_at": func.coalesce(Attempt.returned_at, statement.excluded.returned_at),
    }
    undecided = Attempt.outcome.is_(None) | Attempt.detail.in_(_WEAK)
    kept = and_(Attempt.spent_at.is_(None), undecided if weak else true())
    upsert = statement.on_conflict_do_update(
        index_elements=["id"], set_={**{name: statement.excluded[name] for name in changes}, **counted}, where=kept
    )
    return upsert.returning(Attempt.reference)


def close_failed(db: Connection, attempt_id: str, changes: Mapping[str, Any], at: int) -> bool:
    """Make a failure final, at `at` (ms), also over *interrupted*, which only says that none was heard of. False where
    the attempt has its outcome already."""
    failed = {**changes, "outcome": FAILED, "closed_at": at}
    return changed(db, update(Attempt).where(_OPEN), {"attempt_id": attempt_id, **failed})


def close_succeeded(db: Connection, attempt_id: str, changes: Mapping[str, Any], at: int) -> None:
    """Make a success final, at `at` (ms), also over *interrupted*: the process was slow, not dead."""
    decided = {**_UNDECIDED, **changes, "step": "stored", "outcome": SUCCEEDED, "closed_at": at}
    db.execute(update(Attempt).where(_THIS), {"attempt_id": attempt_id, **decided})


def close_interrupted(db: Connection, now: int) -> list[str]:
    """Close the attempts whose process died after it spent the state, at `now` (ms). Returns their references."""
    verdict = {"outcome": FAILED, "reason": "internal_error", "detail": "interrupted", "code": "interrupted"}
    statement = (
        update(Attempt)
        .where(Attempt.closed_at.is_(None), Attempt.spent_at <= now - INTERRUPTED_AFTER)
        .values({**verdict, "closed_at": now})
    )
    return list(db.execute(statement.returning(Attempt.reference)).scalars())
