"""Failure groups: the attempts of one app that failed at the same step with the same code.

What a group shows is counted from its attempts. What is stored is what people decided about it: its row appears when
`failure_updates` first sees such a failure, and its address is the row's id. Only attempts whose return was verified
count: anybody can make up the others.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    bindparam,
    case,
    func,
    literal_column,
    not_,
    select,
    union_all,
    update,
)

from dashboard.access import audit, operators
from dashboard.access.permissions import OPERATORS, Operator, require, visible_to
from dashboard.core import tally
from dashboard.core.clock import DAY, HOUR
from dashboard.core.db import fetch, fetch_one
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.models import Attempt, AuditEntry, FailureGroup
from dashboard.desk import figures, hours, incident, rows
from dashboard.desk.ends import SHOWN, Ends
from dashboard.desk.figures import Figures
from dashboard.desk.grouping import UNCATALOGUED, is_code, is_group, latest
from dashboard.desk.incident import Beginning
from dashboard.desk.rows import AttemptRow
from dashboard.install import catalogue

OPEN, REGRESSED, ACKNOWLEDGED, MUTED, RESOLVED = "open", "regressed", "acknowledged", "muted", "resolved"
STATES = (OPEN, REGRESSED, ACKNOWLEDGED, MUTED, RESOLVED)
WAITING = (OPEN, REGRESSED)  # for somebody to look at them
ANY_WAITING = "waiting"  # either of these, where a state is asked for

_SETTLED = case({OPEN: 0, REGRESSED: 0, ACKNOWLEDGED: 1, MUTED: 2, RESOLVED: 3}, value=FailureGroup.state)


def _has_any(codes: Collection[str]) -> ColumnElement[bool]:
    """The condition that a group has one of these codes, of ours, which stand in the statement as they are: as values
    they would be put into it anew each time, a hundred of them."""
    return FailureGroup.code.in_([literal_column(f"'{code}'") for code in codes])


_WHOSE = case(*((_has_any(codes), rank) for rank, codes in enumerate(catalogue.THEIRS.values())), else_=0)

MOST_SHOWN = 20  # of a group's attempts, and of what happened to it
MOST_CODES = 20  # shown of a group that gathers several
MOST_GATHERED = 100  # looked at

_WAITING = (
    select(FailureGroup.client_id, func.count()).where(FailureGroup.state.in_(WAITING)).group_by(FailureGroup.client_id)
)
_IS_OURS = not_(_has_any((*catalogue.THEIRS["Slack's"], *catalogue.THEIRS["the customer's"])))
_HISTORY = (
    select(AuditEntry.at, AuditEntry.who, AuditEntry.verb, AuditEntry.outcome, AuditEntry.details)
    .where(
        AuditEntry.client_id == bindparam("client_id"),
        AuditEntry.object_type == "failure",
        AuditEntry.object_id == bindparam("id"),
    )
    .order_by(AuditEntry.id.desc())
    .limit(MOST_SHOWN)
)


@dataclass(frozen=True, slots=True)
class Happening:
    """A line of a group's history; `at` in ms."""

    at: int
    who: str
    verb: str
    outcome: str
    details: str | None


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Everything the page of one group shows."""

    group: FailureGroup
    figures: Figures
    hours: list[tuple[int, int]]  # of the last day: (begin in ms, failures)
    days: list[tuple[int, int]]  # of the last 14
    attempts: list[AttemptRow]
    history: list[Happening]
    codes: list[tuple[str, int]]  # what it gathers: (code, failures), the commonest first; its own code alone: empty
    people: list[str]  # who can be given the group
    beginning: Beginning


def listed(
    db: Connection, operator: Operator, client_id: str | None, state: str | None, *, now: int, most: int
) -> list[tuple[FailureGroup, Figures]]:
    """The first groups that the operator may see, each with its figures at `now` (ms): of one app or of all, in one
    state or in any. Those that wait come first; of these what is ours to fix, then what is Slack's, then the
    customers'; the operator's own before others'; then the latest."""
    groups = fetch(db, _first(operator, client_id, state, most), FailureGroup)
    return list(zip(groups, figures.of_groups(db, groups, now), strict=True))


@lru_cache(OPERATORS)
def _first(operator: Operator, client_id: str | None, state: str | None, most: int) -> Select[*tuple[Any, ...]]:
    query = select(FailureGroup).where(_visible(operator))
    if client_id:
        query = query.where(FailureGroup.client_id == client_id)
    if state:
        query = query.where(FailureGroup.state.in_(WAITING) if state == ANY_WAITING else FailureGroup.state == state)
    own_first = case((FailureGroup.assignee == operator.email, 0), else_=1)
    in_order = query.order_by(_SETTLED, _WHOSE, own_first, FailureGroup.last_seen_at.desc())
    return in_order.limit(most)


def unsettled(db: Connection, operator: Operator, client_id: str | None) -> list[FailureGroup]:
    """The groups that nobody has settled, of those that `listed` has first."""
    first = fetch(db, _first(operator, client_id, None, MOST_SHOWN), FailureGroup)
    return [group for group in first if group.state not in (MUTED, RESOLVED)]


def incidents(
    db: Connection, groups: Sequence[FailureGroup], ends: Ends, now: int
) -> list[tuple[FailureGroup, Figures]]:
    """Those of some groups that are an incident at `now` (ms). `ends`: of their apps."""
    risen = figures.risen(ends, groups)
    return [each for each in zip(risen, figures.of_groups(db, risen, now, ends), strict=True) if each[1].is_incident]


def page(db: Connection, operator: Operator, group_id: int, now: int) -> GroupPage:
    """One group at `now` (ms). Raises NotFoundError or NotAllowedError if the operator may not see it."""
    group = get(db, operator, group_id)
    codes = _codes(db, group)
    return GroupPage(
        group=group,
        figures=figures_of(db, group, now),
        hours=figures.bars(db, group, now, HOUR, 24),
        days=figures.bars(db, group, now, DAY, 14),
        attempts=_latest(db, group, list(codes)),
        history=_history(db, group),
        codes=list(_codes(db, group, now - SHOWN).items())[:MOST_CODES] if group.code == UNCATALOGUED else [],
        people=people(db, group),
        beginning=incident.beginning(db, group, list(codes), now),
    )


def waiting(db: Connection) -> dict[str, int]:
    """How many groups of each app, by client id, wait for somebody to look at them and are ours to fix."""
    return dict(db.execute(_WAITING.where(_IS_OURS)).all())


def waiting_of(db: Connection, client_ids: Collection[str]) -> Counter[str]:
    """How many groups of each of some apps wait, whosever they are to fix."""
    return Counter(dict(db.execute(_WAITING.where(FailureGroup.client_id.in_(client_ids))).all()))


def get(db: Connection, operator: Operator, group_id: int) -> FailureGroup:
    """Raises NotFoundError if it is none of the operator's apps', NotAllowedError if the role does not reach."""
    group = fetch_one(db, _any(operator), FailureGroup, {"id": group_id})
    if group is None:
        raise NotFoundError
    require(operator, "see_attempts", group.client_id, "failure", group_id)
    return group


@lru_cache(OPERATORS)
def _any(operator: Operator) -> Select[*tuple[Any, ...]]:
    visible = visible_to(operator, FailureGroup.client_id)
    return select(FailureGroup).where(FailureGroup.id == bindparam("id"), visible)


def of_attempt(db: Connection, operator: Operator, attempt: Attempt) -> FailureGroup | None:
    """The group an attempt belongs to; None if it did not fail, or has not been noticed yet."""
    if attempt.outcome != "failed" or not attempt.verified:
        return None
    code = attempt.code or ""
    same = is_group(attempt.client_id, attempt.step, code if catalogue.is_catalogued(code) else UNCATALOGUED)
    return fetch_one(db, select(FailureGroup).where(same, _visible(operator)), FailureGroup)


def figures_of(db: Connection, group: FailureGroup, now: int) -> Figures:
    """A group's figures at `now` (ms)."""
    return figures.of_groups(db, [group], now)[0]


def _history(db: Connection, group: FailureGroup) -> list[Happening]:
    """What happened to a group and who did it, the latest first. For whoever sees the group."""
    return fetch(db, _HISTORY, Happening, {"client_id": group.client_id, "id": str(group.id)})


def _codes(db: Connection, group: FailureGroup, since: int = 0) -> dict[str, int]:
    """How many of a group's failures since then (ms) have which code, the commonest first. A code of its own is
    not counted."""
    if group.code != UNCATALOGUED:
        return {group.code: 0}
    counted = hours.within(since)
    met = db.execute(_by_code(counted.table), {**counted.values, **figures.of_group(group)})
    return dict([(code, count) for code, count in met if is_code(code, group.code)][:MOST_GATHERED])


@lru_cache(hours.SHAPES)
def _by_code(counted: Subquery) -> Select[*tuple[Any, ...]]:
    count = tally.total(counted)
    failed = select(counted.c.code, count).where(*figures.is_of(counted, is_gathered=True)).group_by(counted.c.code)
    return failed.having(count > 0).order_by(count.desc(), counted.c.code).limit(MOST_GATHERED + len(catalogue.ENTRIES))


def _latest(db: Connection, group: FailureGroup, codes: list[str]) -> list[AttemptRow]:
    if not codes:
        return []
    newest = union_all(*latest([Attempt.id], group, codes, most=MOST_SHOWN))
    return rows.attempts(db, Attempt.id.in_(newest), most=MOST_SHOWN)


def people(db: Connection, group: FailureGroup) -> list[str]:
    """The addresses of everybody who may work on the group."""
    return operators.who_may(db, "triage", group.client_id)


def acknowledge(db: Connection, operator: Operator, group_id: int, now: int) -> None:
    """Acknowledge the group and assign it to the caller."""
    _decide(db, operator, group_id, "acknowledge", changed_at=now, state=ACKNOWLEDGED, assignee=operator.email)


def resolve(db: Connection, operator: Operator, group_id: int, now: int) -> None:
    """Mark the group as mended. A failure that begins after `now` (ms) reopens it, as regressed."""
    _decide(db, operator, group_id, "resolve", changed_at=now, state=RESOLVED)


def reopen(db: Connection, operator: Operator, group_id: int, now: int) -> None:
    _decide(db, operator, group_id, "reopen", changed_at=now, state=OPEN, assignee=None)


def assign(db: Connection, operator: Operator, group_id: int, assignee: str | None) -> None:
    """Assign the group to somebody, by e-mail address, or to nobody. The state stays.

    Raises DashboardError if that is nobody who may work on it.
    """
    if assignee and assignee not in people(db, get(db, operator, group_id)):
        raise DashboardError(f"{assignee} does not work on this app.", "Choose one of its members.")
    _decide(db, operator, group_id, "assign", details=assignee or "nobody", assignee=assignee)


def mute(db: Connection, operator: Operator, group_id: int, now: int, *, days: int, rate: int | None) -> None:
    """Leave the group out of the queue for so many days, or until so many failures in an hour.

    Raises DashboardError if neither can be meant: 1 to 90 days, at least 1 an hour.
    """
    if not 1 <= days <= 90 or (rate is not None and not 1 <= rate <= 1_000_000):
        raise DashboardError("It can be muted for 1 to 90 days, or until at least 1 failure an hour.", "Choose again.")
    details = f"for {days} days" + (f" or until {rate} an hour" if rate else "")
    until = now + days * DAY
    _decide(
        db, operator, group_id, "mute", details=details, changed_at=now, state=MUTED, muted_until=until, muted_rate=rate
    )


def _decide(
    db: Connection, operator: Operator, group_id: int, verb: str, *, details: str | None = None, **changes: object
) -> None:
    group = get(db, operator, group_id)
    require(operator, "triage", group.client_id, "failure", group_id)
    if "state" in changes:
        changes = {"muted_until": None, "muted_rate": None, **changes}
    db.execute(update(FailureGroup).where(FailureGroup.id == group_id).values(changes))
    audit.record(db, operator, f"failure.{verb}", "failure", group_id, client_id=group.client_id, details=details)


def _visible(operator: Operator) -> ColumnElement[bool]:
    return visible_to(operator, FailureGroup.client_id, "see_attempts")
