"""How a failure began: the first after a day without it, what changed in the hour before, the last success before."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Connection, Select, bindparam, literal_column, select

from dashboard.core import compiled
from dashboard.core.clock import DAY, HOUR
from dashboard.core.db import fetch_one
from dashboard.core.models import Attempt, AuditEntry, FailureGroup
from dashboard.core.models.attempt import HAS_FAILED
from dashboard.core.words import moment
from dashboard.desk import app_today
from dashboard.desk.grouping import latest_of_parts, values_of_parts
from dashboard.install.attempts import SUCCEEDED

LOOKED_AT = 2_000  # failures, from the latest back
MOST_CHANGES = 10
LOOKS_BACK = 14 * DAY


@dataclass(frozen=True, slots=True)
class Beginning:
    """When it began (ms; None: nothing of it is kept), by which attempt, what changed before, and the last success."""

    at: int | None = None
    first: str = ""
    changes: tuple[str, ...] = ()
    success: str = ""
    success_at: int | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    reference: str
    seen_at: int
    release: str
    scopes: str | None
    user_scopes: str | None
    redirect_uri: str | None
    key_id: str | None


_SEEN = select(*(getattr(Attempt, name) for name in _Seen.__dataclass_fields__)).where(
    Attempt.client_id == bindparam("client_id")
)
_ALIKE = _SEEN.where(
    Attempt.step == bindparam("step"),
    Attempt.code.in_(bindparam("codes", expanding=True)),
    Attempt.seen_at == bindparam("at"),
    HAS_FAILED,
)
_LAST = _SEEN.where(Attempt.verified, Attempt.seen_at < bindparam("at")).order_by(Attempt.seen_at.desc()).limit(1)
_LAST_SUCCESS = _LAST.where(Attempt.outcome == SUCCEEDED)
_ACTS = (
    select(AuditEntry.verb, AuditEntry.at)
    .where(AuditEntry.at.between(bindparam("since"), bindparam("until")))
    .where(AuditEntry.client_id == bindparam("client_id"), AuditEntry.object_type == "app")
    .order_by(AuditEntry.id)
    .limit(MOST_CHANGES)
)


def beginning(db: Connection, group: FailureGroup, codes: Collection[str], now: int) -> Beginning:
    """How the failures of a group began, of those of the last 14 days as of `now` (ms), which have these codes."""
    if not codes:
        return Beginning()
    parts = [(0, group, code) for code in codes]
    values = {**values_of_parts(parts), "since": now - LOOKS_BACK}
    began = _first([row[0] for row in compiled.rows(db, _moments(db.dialect.name, len(parts)), values)])
    if began is None:
        return Beginning()
    of_group = {"client_id": group.client_id, "step": group.step, "codes": list(codes)}
    first = fetch_one(db, _ALIKE, _Seen, {**of_group, "at": began})
    if first is None:
        return Beginning()
    before = {"client_id": group.client_id, "at": first.seen_at}
    success = fetch_one(db, _LAST_SUCCESS, _Seen, before)
    changes = [*_between(fetch_one(db, _LAST, _Seen, before), first), *_settings(db, group.client_id, first.seen_at)]
    return Beginning(
        at=first.seen_at,
        first=first.reference,
        changes=tuple(changes),
        success=success.reference if success else "",
        success_at=success.seen_at if success else None,
    )


@cache
def _moments(dialect: str, parts: int) -> Select[int]:
    moments = latest_of_parts(dialect, [Attempt.seen_at], parts, most=LOOKED_AT)
    most: ColumnElement[int] = literal_column(str(LOOKED_AT))
    return select(moments.c.seen_at).order_by(moments.c.seen_at.desc()).limit(most)


def _first(moments: list[int]) -> int | None:
    """The first after a day without, of the moments of failures from the latest back."""
    first = None
    for each in moments:
        if first is not None and first - each > DAY:
            break
        first = each
    return first


def _between(before: _Seen | None, first: _Seen) -> list[str]:
    """What the attempt before was begun with, and the first that failed no longer was."""
    if before is None:
        return []
    changes = []
    if before.release != first.release:
        changes.append(f"the release, from {before.release} to {first.release}")
    if (before.scopes, before.user_scopes) != (first.scopes, first.user_scopes):
        changes.append(f"the scopes, from {_scopes(before)} to {_scopes(first)}")
    if before.redirect_uri != first.redirect_uri:
        changes.append(f"the redirect URL, from {before.redirect_uri} to {first.redirect_uri}")
    if before.key_id and first.key_id and before.key_id != first.key_id:
        changes.append("the newest key of SECRET_KEY")
    return changes


def _settings(db: Connection, client_id: str, at: int) -> list[str]:
    """What was done to the app in the hour before, by the audit and by the app's own times."""
    acts = db.execute(_ACTS, {"client_id": client_id, "since": at - HOUR, "until": at})
    changes = [f"{verb}, {moment(done_at)}" for verb, done_at in acts]
    app = app_today.row_of(db, client_id)
    if app is None:
        return changes
    if app.client_secret_changed_at and at - HOUR <= app.client_secret_changed_at <= at:
        changes.append(f"the client secret, {moment(app.client_secret_changed_at)}")
    if at - HOUR <= app.changed_at <= at:
        changes.append(f"the app's settings here, {moment(app.changed_at)}")
    return changes


def _scopes(seen: _Seen) -> str:
    return ", ".join(part for part in (seen.scopes, seen.user_scopes) if part) or "none"
