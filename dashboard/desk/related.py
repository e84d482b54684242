"""What else was tried by the same browser or customer, whether it was solved, and what is only possibly related."""

from dataclasses import dataclass, fields
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, bindparam, or_, select

from dashboard.access.permissions import OPERATORS, Operator, visible_to
from dashboard.core.clock import HOUR, WEEK
from dashboard.core.db import fetch, fetch_one, unindexed
from dashboard.core.models import Attempt
from dashboard.desk import rows
from dashboard.desk.rows import AttemptRow, InstallationRow
from dashboard.install.attempts import SUCCEEDED

MOST = 10

_OF_APP = unindexed(Attempt.client_id) == bindparam("client_id")

Customer = tuple[str | None, str | None]  # workspace and organization, as `evidence.customer_of` knows them


@dataclass(frozen=True, slots=True)
class Solution:
    """The later attempt that succeeded: its reference, and when (ms)."""

    reference: str
    closed_at: int


@dataclass(frozen=True, slots=True)
class Account:
    """The vendor's account that a signed link named, and the attempt that was stored with it."""

    metadata: str
    reference: str


@dataclass(frozen=True, slots=True)
class _Candidate(AttemptRow):
    browser_digest: str | None


@dataclass(frozen=True, slots=True)
class Related:
    """Another attempt, and why it is shown."""

    attempt: AttemptRow
    reason: str


def solution(db: Connection, attempt: Attempt, customer: Customer) -> Solution | None:
    """The first attempt within a week that succeeded after this one did not, of the same browser or customer."""
    same = _same_customer_or_browser(attempt, customer)
    if attempt.outcome == SUCCEEDED or not same:
        return None
    within = {"client_id": attempt.client_id, "after": attempt.seen_at, "until": attempt.seen_at + WEEK}
    return fetch_one(db, _later_success(tuple(same)), Solution, {**within, **same})


@cache
def _later_success(same: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    seen_at = unindexed(Attempt.seen_at)
    later = seen_at > bindparam("after"), seen_at <= bindparam("until"), Attempt.outcome == SUCCEEDED
    by_any = rows.attempts_by(*(getattr(Attempt, name) == bindparam(name) for name in same))
    query = select(Attempt.reference, Attempt.closed_at).where(_OF_APP, *later, by_any)
    return query.order_by(Attempt.seen_at).limit(1)


def to(db: Connection, operator: Operator, attempt: Attempt, customer: Customer) -> list[Related]:
    """Other attempts of the same customer or browser within a week, or from the same network within an hour: these are
    possibly related, and no more."""
    same = _same_customer_or_browser(attempt, customer)
    network = attempt.ip_prefix or attempt.return_ip_prefix
    if not same and not network:
        return []
    at = attempt.seen_at
    within = {"week_before": at - WEEK, "week_after": at + WEEK, "hour_before": at - HOUR, "hour_after": at + HOUR}
    values = {**within, **same, "client_id": attempt.client_id, "id": attempt.id, "network": network}
    found = fetch(db, _others(operator, tuple(same), by_network=bool(network)), _Candidate, values)
    return [Related(each, _reason(each, attempt, customer)) for each in found]


@lru_cache(OPERATORS)
def _others(operator: Operator, same: tuple[str, ...], *, by_network: bool) -> Select[*tuple[Any, ...]]:
    near = unindexed(Attempt.seen_at).between(bindparam("week_before"), bindparam("week_after"))
    conditions = [and_(near, getattr(Attempt, name) == bindparam(name)) for name in same]
    if by_network:
        close = Attempt.seen_at.between(bindparam("hour_before"), bindparam("hour_after"))
        network = bindparam("network", type_=Text)
        there = or_(unindexed(Attempt.ip_prefix) == network, Attempt.return_ip_prefix == network)
        conditions.append(and_(Attempt.client_id == bindparam("client_id"), close, there))
    columns = (getattr(Attempt, column.name) for column in fields(_Candidate))
    visible = visible_to(operator, unindexed(Attempt.client_id), "see_attempts")
    others = _OF_APP, Attempt.id != bindparam("id"), rows.attempts_by(*conditions)
    return select(*columns).where(visible, *others).order_by(Attempt.seen_at.desc()).limit(MOST)


def _reason(other: _Candidate, attempt: Attempt, customer: Customer) -> str:
    team_id, enterprise_id = customer
    if attempt.browser_digest and other.browser_digest == attempt.browser_digest:
        return "same browser"
    if team_id and other.team_id == team_id:
        return "same workspace"
    if enterprise_id and other.enterprise_id == enterprise_id:
        return "same organization"
    return "possibly: same network within the hour"


def account_before(db: Connection, attempt: Attempt) -> Account | None:
    """With which of the vendor's accounts the same workspace was connected before this attempt, if a signed link named
    another one then: a rule of the vendor's may refuse it now."""
    same = _same_place((attempt.team_id, attempt.enterprise_id))
    if same is None or not attempt.metadata_signed:
        return None
    before = _accounts(db, attempt.client_id, same, unindexed(Attempt.seen_at) < attempt.seen_at)
    return before[0] if before and before[0].metadata != attempt.link_metadata else None


def accounts(db: Connection, operator: Operator, installation: InstallationRow) -> list[Account]:
    """The vendor's accounts that signed links named when a place installed the app, the latest first; one that is named
    again and again is there once. None for somebody who may not see attempts."""
    place = Attempt.enterprise_id == installation.enterprise_id
    if installation.team_id:
        place = Attempt.team_id == installation.team_id
    visible = visible_to(operator, unindexed(Attempt.client_id), "see_attempts")
    named = _accounts(db, installation.client_id, visible, place)
    return list({each.metadata: each for each in reversed(named)}.values())[::-1]


def _accounts(db: Connection, client_id: str, *conditions: ColumnElement[bool]) -> list[Account]:
    """What the signed links of successes named, the latest first."""
    signed = Attempt.metadata_signed.is_(True), Attempt.link_metadata.is_not(None), Attempt.outcome == SUCCEEDED
    of_app = unindexed(Attempt.client_id) == client_id
    query = select(Attempt.link_metadata.label("metadata"), Attempt.reference).where(of_app, *conditions, *signed)
    return fetch(db, query.order_by(Attempt.seen_at.desc()).limit(MOST), Account)


def _same_place(customer: Customer) -> ColumnElement[bool] | None:
    team_id, enterprise_id = customer
    if team_id:
        return Attempt.team_id == team_id
    return Attempt.enterprise_id == enterprise_id if enterprise_id else None


def _same_customer_or_browser(attempt: Attempt, customer: Customer) -> dict[str, str]:
    """The columns by any of which another attempt is of the same customer, or of the same browser: it holds the same
    secret. An address or a user agent that is alike proves nothing."""
    team_id, enterprise_id = customer
    place = {"team_id": team_id} if team_id else {"enterprise_id": enterprise_id}
    return {name: value for name, value in {**place, "browser_digest": attempt.browser_digest}.items() if value}
