"""Keeps failure groups up to date with the attempts: opens, reopens and unmutes them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, update

from dashboard.access import audit
from dashboard.access.permissions import service
from dashboard.core.clock import HOUR, MINUTE
from dashboard.core.db import changed, fetch, fetch_one, insert
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, FailureGroup
from dashboard.core.models.attempt import HAS_FAILED
from dashboard.desk.ends import SHOWN
from dashboard.desk.failures import MUTED, OPEN, REGRESSED, RESOLVED
from dashboard.desk.grouping import attempts_of, group_code, is_group

_OVERLAP = 5 * MINUTE  # before the last failure noticed that are looked at again: rows are written behind answers


@dataclass(frozen=True, slots=True)
class Change:
    """What `notice` did to a group: `opened`, `regressed` or `unmuted`."""

    group: FailureGroup
    what: str


@dataclass(frozen=True, slots=True)
class Failing:
    """Attempts that failed alike since the last look, and when the first and the last did (ms)."""

    client_id: str
    step: str
    code: str
    first: int
    last: int

    @property
    def group(self) -> ColumnElement[bool]:
        """The condition that finds their group."""
        return is_group(self.client_id, self.step, self.code)


def is_behind(db: Connection, now: int) -> bool:
    """Whether there is a failure that no group counts yet. Most looks find none, and need not write."""
    groups = db.execute(select(FailureGroup.client_id, FailureGroup.step, FailureGroup.code, FailureGroup.last_seen_at))
    last_seen = {(client_id, step, code): last_seen_at for client_id, step, code, last_seen_at in groups}
    return any(each.last > last_seen.get((each.client_id, each.step, each.code), 0) for each in _failing(db, now))


def notice(db: Connection, now: int) -> list[Change]:
    """Bring the groups up to the failures that were written since the last look; what changed by it.

    Safe to run in several processes at once: a change is reported by the one that made it.
    """
    changes = [_notice(db, failing, now) for failing in _failing(db, now)]
    return [change for change in changes if change]


def _failing(db: Connection, now: int) -> list[Failing]:
    last_look = db.scalar(select(func.max(FailureGroup.last_seen_at))) or now - SHOWN
    recent = (
        select(
            # As values, not as columns: in the order of an index on these, SQLite would read every row there is.
            (Attempt.client_id + "").label("client_id"),
            (Attempt.step + "").label("step"),
            group_code(Attempt.code).label("code"),
            Attempt.seen_at,
            Attempt.last_returned_at,
        )
        .where(HAS_FAILED, Attempt.last_returned_at >= last_look - _OVERLAP)
        .subquery()
    )
    key = (recent.c.client_id, recent.c.step, recent.c.code)
    first, last = func.min(recent.c.seen_at).label("first"), func.max(recent.c.last_returned_at).label("last")
    return fetch(db, select(*key, first, last).group_by(*key), Failing)


def _notice(db: Connection, failing: Failing, now: int) -> Change | None:
    group = fetch_one(db, select(FailureGroup).where(failing.group), FailureGroup)
    if group is None:
        return _open(db, failing, now)
    if failing.last > group.last_seen_at:
        db.execute(update(FailureGroup).where(failing.group).values(last_seen_at=failing.last))
    what = _why_unsettled(db, group, failing.last, now)
    if what is None:
        return None
    state = REGRESSED if what == "regressed" else OPEN
    change = update(FailureGroup).where(FailureGroup.id == group.id, FailureGroup.state == group.state)
    is_ours = changed(db, change.values(state=state, changed_at=now, muted_until=None, muted_rate=None))
    return _recorded(db, group.id, what) if is_ours else None


def _open(db: Connection, failing: Failing, now: int) -> Change | None:
    row = {
        "client_id": failing.client_id,
        "step": failing.step,
        "code": failing.code,
        "state": OPEN,
        "first_seen_at": failing.first,
        "last_seen_at": failing.last,
        "changed_at": now,
    }
    added = insert(db, FailureGroup).values(row).on_conflict_do_nothing().returning(FailureGroup.id)
    group_id = db.execute(added).scalar()
    return _recorded(db, group_id, "opened") if group_id else None


def _why_unsettled(db: Connection, group: FailureGroup, last: int, now: int) -> str | None:
    """Why a settled group no longer is, given a failure at `last` (ms); None if it still is."""
    if group.state == RESOLVED and last > group.changed_at and _began_after(db, group):
        return "regressed"
    if group.state != MUTED:
        return None
    if group.muted_until is not None and group.muted_until <= last:
        return "unmuted"
    if group.muted_rate is None:
        return None
    hour = select(1).where(attempts_of(group), Attempt.seen_at > now - HOUR)
    enough = len(db.execute(hour.limit(group.muted_rate)).all()) == group.muted_rate
    return "unmuted" if enough else None


def _began_after(db: Connection, group: FailureGroup) -> bool:
    """Whether an attempt that began after the group was resolved failed alike. One that was underway proves nothing."""
    later = select(1).where(attempts_of(group), Attempt.seen_at > group.changed_at)
    return db.execute(later.limit(1)).first() is not None


def _recorded(db: Connection, group_id: int, what: str) -> Change:
    """The change, written into the audit."""
    group = fetch_one(db, select(FailureGroup).where(FailureGroup.id == group_id), FailureGroup)
    if group is None:
        raise NotFoundError
    details = f"{group.code} at {group.step}"
    audit.record(db, service(), f"failure.{what}", "failure", group_id, client_id=group.client_id, details=details)
    return Change(group, what)
