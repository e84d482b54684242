"""Keeps failure groups in step with the attempts: opens them, opens them again, ends a silence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from dashboard.access import audit
from dashboard.access.permissions import service
from dashboard.core.db import changed, insert
from dashboard.core.models import Attempt, FailureGroup
from dashboard.core.models.attempt import HAS_FAILED
from dashboard.desk import failures
from dashboard.desk.failures import MUTED, OPEN, REGRESSED, RESOLVED

_OVERLAP = 300_000  # ms before the last failure noticed that are looked at again: rows are written behind answers
_KEY = (Attempt.client_id, Attempt.step, Attempt.code)


@dataclass(frozen=True, slots=True)
class Change:
    """What `notice` did to a group: opened, regressed, or back from being muted."""

    group: Row[Any]
    what: str


def is_behind(db: Connection, now: int) -> bool:
    """Whether there is a failure no group knows of: most looks find none, and need not write."""
    seen = {(group.client_id, group.step, group.code): group.last_seen_at for group in db.execute(_groups)}
    return any(found.last > seen.get(tuple(found[:3]), 0) for found in _failing(db, now))


def notice(db: Connection, now: int) -> list[Change]:
    """Bring the groups up to the failures that were written since the last look; what changed by it.

    Any process may do it at any time, several too: a change is reported by the one that made it.
    """
    changes = [_notice(db, found, now) for found in _failing(db, now)]
    return [change for change in changes if change]


_groups = select(*(getattr(FailureGroup, name) for name in ("client_id", "step", "code", "last_seen_at")))


def _failing(db: Connection, now: int) -> list[Row[Any]]:
    """What failed since the last look: client id, step, code, and when first and last (ms)."""
    looked = db.scalar(select(func.max(FailureGroup.last_seen_at))) or now - failures.SHOWN
    first, last = func.min(Attempt.seen_at).label("first"), func.max(Attempt.last_returned_at).label("last")
    recent = select(*_KEY, first, last).where(HAS_FAILED, Attempt.last_returned_at >= looked - _OVERLAP)
    return list(db.execute(recent.group_by(*_KEY)))


def _notice(db: Connection, found: Row[Any], now: int) -> Change | None:
    key = {"client_id": found.client_id, "step": found.step, "code": found.code}
    group = db.execute(select(*FailureGroup.__table__.columns).where(failures.is_group(key))).one_or_none()
    if group is None:
        return _open(db, key, found, now)
    if found.last > group.last_seen_at:
        db.execute(update(FailureGroup).where(failures.is_group(key)).values(last_seen_at=found.last))
    what = _unsettled(db, group, found.last, now)
    if what is None:
        return None
    state = REGRESSED if what == "regressed" else OPEN
    change = update(FailureGroup).where(FailureGroup.id == group.id, FailureGroup.state == group.state)
    made = changed(db, change.values(state=state, changed_at=now, muted_until=None, muted_rate=None))
    return _told(db, group.id, what) if made else None


def _open(db: Connection, key: Mapping[str, str], found: Row[Any], now: int) -> Change | None:
    known = select(func.count()).where(FailureGroup.client_id == key["client_id"])
    if (db.scalar(known) or 0) >= failures.MOST_GROUPS:
        return None
    row = {**key, "state": OPEN, "first_seen_at": found.first, "last_seen_at": found.last, "changed_at": now}
    added = insert(db, FailureGroup).values(row).on_conflict_do_nothing().returning(FailureGroup.id)
    group_id = db.execute(added).scalar()
    return _told(db, group_id, "opened") if group_id else None


def _unsettled(db: Connection, group: Row[Any], last: int, now: int) -> str | None:
    """Why a group that was settled is not any more, by a failure at `last` (ms)."""
    if group.state == RESOLVED and last > group.changed_at and _began_after(db, group):
        return "regressed"
    if group.state != MUTED:
        return None
    if group.muted_until <= last:
        return "unmuted"
    if group.muted_rate is None:
        return None
    hour = select(1).where(failures.attempts_of(group), Attempt.seen_at > now - failures.HOUR)
    enough = len(db.execute(hour.limit(group.muted_rate)).all()) == group.muted_rate
    return "unmuted" if enough else None


def _began_after(db: Connection, group: Row[Any]) -> bool:
    """Whether an attempt that began after the group was resolved failed alike. One that was underway proves nothing."""
    later = select(1).where(failures.attempts_of(group), Attempt.seen_at > group.changed_at)
    return db.execute(later.limit(1)).first() is not None


def _told(db: Connection, group_id: int, what: str) -> Change:
    group = db.execute(select(*FailureGroup.__table__.columns).where(FailureGroup.id == group_id)).one()
    details = f"{group.code} at {group.step}"
    audit.record(db, service(), f"failure.{what}", "failure", group_id, client_id=group.client_id, details=details)
    return Change(group, what)
