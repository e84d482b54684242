"""How a failure began: the first after a day without it, what changed in the hour before, the last success before."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from dashboard.core.clock import DAY, HOUR
from dashboard.core.db import fetch, fetch_one
from dashboard.core.models import App, Attempt, AuditEntry
from dashboard.core.words import moment
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


_SEEN = select(*(getattr(Attempt, name) for name in _Seen.__dataclass_fields__))


def beginning(db: Connection, client_id: str, failed_so: ColumnElement[bool], now: int) -> Beginning:
    """How the failures of an app that meet a condition began, of those of the last 14 days as of `now` (ms)."""
    latest = _SEEN.where(failed_so, Attempt.seen_at >= now - LOOKS_BACK).order_by(Attempt.seen_at.desc())
    first = _first(fetch(db, latest.limit(LOOKED_AT), _Seen))
    if first is None:
        return Beginning()
    before = _SEEN.where(Attempt.client_id == client_id, Attempt.verified, Attempt.seen_at < first.seen_at)
    newest = before.order_by(Attempt.seen_at.desc()).limit(1)
    success = fetch_one(db, newest.where(Attempt.outcome == SUCCEEDED), _Seen)
    changes = [*_between(fetch_one(db, newest, _Seen), first), *_settings(db, client_id, first.seen_at)]
    return Beginning(
        at=first.seen_at,
        first=first.reference,
        changes=tuple(changes),
        success=success.reference if success else "",
        success_at=success.seen_at if success else None,
    )


def _first(latest: list[_Seen]) -> _Seen | None:
    """The first after a day without, of failures from the latest back."""
    first = None
    for each in latest:
        if first is not None and first.seen_at - each.seen_at > DAY:
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
    hour = AuditEntry.at.between(at - HOUR, at)
    of_app = AuditEntry.client_id == client_id, AuditEntry.object_type == "app"
    acts = select(AuditEntry.verb, AuditEntry.at).where(hour, *of_app).order_by(AuditEntry.id)
    changes = [f"{verb}, {moment(done_at)}" for verb, done_at in db.execute(acts.limit(MOST_CHANGES))]
    app = fetch_one(db, select(App).where(App.client_id == client_id), App)
    if app is None:
        return changes
    if app.client_secret_changed_at and at - HOUR <= app.client_secret_changed_at <= at:
        changes.append(f"the client secret, {moment(app.client_secret_changed_at)}")
    if at - HOUR <= app.changed_at <= at:
        changes.append(f"the app's settings here, {moment(app.changed_at)}")
    return changes


def _scopes(seen: _Seen) -> str:
    return ", ".join(part for part in (seen.scopes, seen.user_scopes) if part) or "none"
