"""The attempts as the desk shows them: the list, and each with what happened when and what else happened there."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from dashboard.access.permissions import OPERATORS, Operator, require, visible_to
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.db import fetch_one, without_index
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, AttemptEntry, CodeNote, FailureGroup, Installation
from dashboard.desk import attempt_verdict, code_notes, evidence, failures, related, rows, sentences
from dashboard.desk.attempt_kinds import KINDS
from dashboard.desk.figures import Figures
from dashboard.desk.filters import Filter, ListSpec, Searched, Sort
from dashboard.desk.grouping import has_code, is_code
from dashboard.desk.installation_search import COMMON, has_short_words, search
from dashboard.desk.related import Account, Related, Solution
from dashboard.desk.rows import ABANDONED_AFTER, ATTEMPTS, AttemptRow, InstallationRow
from dashboard.desk.verdict import Verdict
from dashboard.install import attempts, entries

MOST_PLACES = 200  # whose attempts are looked for by a name

OUTCOMES = {
    "succeeded": "Succeeded",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "abandoned": "Never came back",
    "running": "Underway",
}
STEPS = dict(
    zip(attempts.STEPS, ("Started", "Returned", "Verified", "Exchanged", "Token verified", "Stored"), strict=True)
)
SOURCES = {"page": "Install page", "direct": "Direct link", "link": "Signed link", "invited": "One-time link"}
MOMENTS = {
    "started_at": "Started",
    "returned_at": "Came back",
    "spent_at": "Verified",
    "exchanged_at": "Exchanged",
    "token_verified_at": "Token verified",
    "closed_at": "Closed",
}
# What is told elsewhere on the page, or means nothing to a reader.
_NOT_LISTED = {
    *MOMENTS,
    "id",
    "reference",
    "client_id",
    "seen_at",
    "last_returned_at",
    "browser_digest",
    "return_browser_digest",
    "ip_hash",
    "return_ip_hash",
    "repeat_ip_hash",
    "outcome",
}

_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]{5,20}")


@dataclass(frozen=True, slots=True)
class ListedAttempt(AttemptRow):
    """An attempt in the list. Times are ms."""

    id: str
    workspace: str | None  # its name, where the app was ever installed there
    user_id: str | None
    started_at: int | None
    closed_at: int | None
    source: str | None
    verified: bool

    @property
    def milliseconds(self) -> int | None:
        """How long it took, from the start to the outcome."""
        return self.closed_at - self.started_at if self.closed_at and self.started_at else None


def _outcome(_db: Connection, value: str) -> ColumnElement[bool]:
    gone = and_(Attempt.step == "started", Attempt.seen_at < now() - ABANDONED_AFTER)
    if value == "abandoned":
        return and_(Attempt.outcome.is_(None), gone)
    if value == "running":
        return and_(Attempt.outcome.is_(None), ~gone)
    return Attempt.outcome == value


def _verified(_db: Connection, value: str) -> ColumnElement[bool]:
    return Attempt.verified.is_(value == "1")


def _search(db: Connection, operator: Operator, text: str) -> Searched:
    """A reference in any spelling, an id of Slack's, a code, a network, or the words of a place where the app is or was
    installed."""
    stored = reference.parse(text)
    if stored:
        return Searched(Attempt.reference == stored, are_few=True)
    known: list[ColumnElement[bool]] = [Attempt.code == text, Attempt.slack_error == text, Attempt.ip_prefix == text]
    id_ = text.upper()
    if _SLACK_ID.fullmatch(id_):  # some names look like one
        known += [Attempt.team_id == id_, Attempt.enterprise_id == id_, Attempt.user_id == id_, Attempt.team == id_]
    visible = without_index(visible_to(operator, Installation.client_id)), search(db, operator, text).condition
    places = select(Installation.team_id, Installation.enterprise_id).where(*visible)
    newest = db.execute(places.order_by(Installation.installed_at.desc()).limit(MOST_PLACES)).all()
    teams = {row.team_id for row in newest if row.team_id}
    enterprises = {row.enterprise_id for row in newest if not row.team_id}
    known += [Attempt.team_id.in_(teams), Attempt.enterprise_id.in_(enterprises)]
    if _is_common(db, Attempt.code == text) or _is_common(db, Attempt.slack_error == text):
        return Searched(without_index(or_(*known)), are_few=False)  # the newest are found by reading all in order
    return Searched(rows.attempts_by(*known), are_few=True)


def _is_common(db: Connection, condition: ColumnElement[bool]) -> bool:
    return len(db.execute(select(Attempt.id).where(condition).limit(COMMON + 1)).all()) > COMMON


_workspace = (
    select(func.coalesce(Installation.team_name, Installation.enterprise_name))
    .where(
        Installation.client_id == Attempt.client_id,
        Installation.tenant == func.coalesce(Attempt.enterprise_id, "") + "/" + func.coalesce(Attempt.team_id, ""),
    )
    .correlate(Attempt)
    .scalar_subquery()
    .label("workspace")
)

_LISTED = ATTEMPTS.add_columns(
    Attempt.id,
    _workspace,
    Attempt.user_id,
    Attempt.started_at,
    Attempt.closed_at,
    Attempt.source,
    Attempt.verified,
)

_PROOFS = {"1": "Verified return", "0": "Return not verified"}

LIST = ListSpec(
    name="attempts",
    table=Attempt,
    act="see_attempts",
    row=ListedAttempt,
    query=lambda _db, _operator: _LISTED,
    time=Attempt.seen_at,
    sorts={"seen": Sort("Time", Attempt.seen_at, "seen_at")},
    filters=(
        Filter("outcome", "Outcome", _outcome, OUTCOMES, holds=lambda kind, value: kind.outcome == value),
        Filter(
            "step",
            "Step",
            lambda _db, value: Attempt.step == value,
            STEPS,
            holds=lambda kind, value: kind.step == value,
        ),
        Filter(
            "code",
            "Code",
            lambda _db, value: has_code(Attempt.code, value),
            holds=lambda kind, value: is_code(kind.code, value),
        ),
        Filter(
            "verified",
            "Return",
            _verified,
            _PROOFS,
            is_offered=False,
            holds=lambda kind, value: kind.verified == (value == "1"),
        ),
        Filter(
            "source",
            "From",
            lambda _db, value: Attempt.source == value,
            SOURCES,
            holds=lambda kind, value: kind.source == value,
        ),
    ),
    search=_search,
    has_short_words=has_short_words,
    facets=("outcome",),
    kinds=KINDS,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A step: what, when (ms), and how long after the one before (ms; None for the first)."""

    word: str
    at: int
    took: int | None


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """Everything the page of one attempt shows."""

    attempt: Attempt
    timeline: list[Moment]
    installation: InstallationRow | None  # at the place it was about, whatever its state
    solution: Solution | None
    related: list[Related]
    account_before: Account | None  # with which the same workspace was connected before, if with another one
    group: FailureGroup | None
    incident: Figures | None  # of the group
    kept: dict[str, object]  # every other column that has a value
    verdict: Verdict
    entries: list[AttemptEntry]
    read: frozenset[str]  # what the customer read on Slack's page, by what it means: just told, or kept as a note
    unnoted: frozenset[str]  # of it what is not kept
    code_note: CodeNote | None  # what the app's people have to say of its code
    may_act: bool


def page(
    db: Connection, operator: Operator, settings: Settings, stored_reference: str, *, now: int, read: frozenset[str]
) -> AttemptPage:
    """One attempt, as of `now` (ms), with what the customer read on Slack's page, by code.

    Raises NotFoundError or NotAllowedError if the operator may not see it.
    """
    attempt = get(db, operator, stored_reference)
    group = failures.of_attempt(db, operator, attempt)
    written = entries.of_attempt(db, attempt.reference)
    noted = sentences.read_by_notes(written)
    known = evidence.gather(db, operator, settings, attempt, now=now, read=read | noted)
    customer = evidence.customer(known)
    installation = attempt_verdict.installation_at(db, attempt)
    return AttemptPage(
        attempt=attempt,
        timeline=timeline(attempt),
        installation=installation,
        solution=related.solution(db, attempt, customer),
        related=related.to(db, operator, attempt, customer),
        account_before=related.account_before(db, attempt),
        group=group,
        incident=failures.figures_of(db, group, now) if group else None,
        kept=_kept(attempt),
        verdict=attempt_verdict.by_evidence(db, settings, known, installation),
        entries=written,
        read=read | noted,
        unnoted=read - noted,
        code_note=code_notes.find(db, attempt.client_id, attempt.code),
        may_act=operator.may("triage", attempt.client_id),
    )


@lru_cache(OPERATORS)
def _any(operator: Operator) -> Select[*tuple[Any, ...]]:
    visible = visible_to(operator, Attempt.client_id)
    return select(Attempt).where(Attempt.reference == bindparam("reference"), visible)


def get(db: Connection, operator: Operator, stored_reference: str) -> Attempt:
    """Raises NotFoundError if it is none of the operator's apps', NotAllowedError if the role does not reach."""
    attempt = fetch_one(db, _any(operator), Attempt, {"reference": stored_reference})
    if attempt is None:
        raise NotFoundError
    require(operator, LIST.act, attempt.client_id, "attempt", reference.display(stored_reference))
    return attempt


def timeline(attempt: Attempt) -> list[Moment]:
    """The steps that the attempt took, in their order."""
    moments: list[Moment] = []
    for name, word in MOMENTS.items():
        at = getattr(attempt, name)
        if at is not None:
            moments.append(Moment(word, at, at - moments[-1].at if moments else None))
    return moments


def _kept(attempt: Attempt) -> dict[str, object]:
    return {name: value for name, value in attempts.values(attempt).items() if name not in _NOT_LISTED}
