"""The kinds of attempts: an app, how far they got, how they ended, and what else the desk filters by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, literal_column, select

from dashboard.core import compiled, tally
from dashboard.core.models import Attempt
from dashboard.desk import hours
from dashboard.desk.hours import SHAPES, Counted
from dashboard.desk.kinds import Kinds
from dashboard.desk.rows import ABANDONED_AFTER, outcome_of

_NAMED = ("client_id", "verified", "source", "step", "outcome", "code")
_COLUMNS = [getattr(Attempt, name) for name in _NAMED]
_BEGUN = ("started", "")  # the step and outcome of what is underway, and after a while abandoned


@dataclass(frozen=True, slots=True)
class Kind:
    """What they do not have is empty. The outcome is as people read it."""

    client_id: str
    verified: bool
    source: str
    step: str
    outcome: str
    code: str
    many: int
    border: int = 0  # between those that are underway and those that are abandoned: when they were first heard of (ms)


def _read(db: Connection, since: int | None, until: int | None, now: int) -> list[Kind] | None:
    border = now - ABANDONED_AFTER
    found = _grouped(db, hours.within(since or 0, until))
    lately: dict[tuple[str, ...], int] = {}
    if until is None or until > border:
        recent = _grouped(db, hours.within(max(since or 0, border), until))
        lately = {_key(kind): kind.many for kind in recent}
    kinds = [part for kind in found for part in _as_read(kind, lately.get(_key(kind), 0), border)]
    return [kind for kind in kinds if kind.many]


def _grouped(db: Connection, counted: Counted) -> list[Kind]:
    return [Kind(*row) for row in compiled.rows(db, _by_kind(counted.table), counted.values)]


@lru_cache(SHAPES)
def _by_kind(table: Subquery) -> Select[*tuple[Any, ...]]:
    key, many = [table.c[name] for name in _NAMED], tally.total(table)
    return select(*key, many).group_by(*key).having(many > literal_column("0"))


def _key(kind: Kind) -> tuple[str, ...]:
    return tuple(getattr(kind, name) for name in _NAMED)


def _as_read(kind: Kind, lately: int, border: int) -> list[Kind]:
    """A kind by its outcome as people read it; `lately` says how many are not yet thought to be abandoned."""
    if kind.outcome:
        return [kind]
    if (kind.step, kind.outcome) != _BEGUN:
        return [replace(kind, outcome="running")]
    underway = replace(kind, outcome="running", many=lately, border=border)
    return [underway, replace(underway, outcome="abandoned", many=kind.many - lately)]


def _is_of(kind: Kind) -> ColumnElement[bool]:
    stored = {name: getattr(kind, name) or None for name in ("source", "code")}
    stored["outcome"] = None if kind.outcome in ("running", "abandoned") else kind.outcome
    same = [
        Attempt.client_id == kind.client_id,
        Attempt.step == kind.step,
        Attempt.verified.is_(kind.verified),
        *(getattr(Attempt, name) == value for name, value in stored.items()),
    ]
    if kind.border:
        same.append(Attempt.seen_at < kind.border if kind.outcome == "abandoned" else Attempt.seen_at >= kind.border)
    return and_(*same)


def _rows(now: int) -> Select[*tuple[Any, ...]]:
    """Of when they were first heard of only so much as makes them abandoned: others that differ by it are alike."""
    border = now - ABANDONED_AFTER
    return select(*_COLUMNS, case((Attempt.seen_at < border, border - 1), else_=border).label("seen_at"))


def _of_rows(_db: Connection, rows: Sequence[Any], now: int) -> list[Kind]:
    return [
        Kind(client_id, verified, source or "", step, outcome_of(outcome, step, seen_at, now), code or "", many)
        for client_id, verified, source, step, outcome, code, seen_at, many in rows
    ]


KINDS = Kinds(_read, _is_of, _rows, _of_rows, by_time=True)
