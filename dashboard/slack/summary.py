"""The summary, worked out from slack_sdk's rows. What a row of `dashboard_installations` says is decided here alone.

`store` calls `keep` in the transaction that changed slack_sdk's rows. Whoever else changes them, a Bolt app with
slack_sdk's own class or a person with SQL, leaves a note by a trigger, and `catching_up` does the same a moment later.
`docs/decisions/0008` says why.

What only we know survives: `to_check`, `url`, an earlier first installation, everything on a tombstone. An absent id is
NULL in our rows and may be '' in those that others wrote: to the summary it is the same tenant.
"""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

import structlog
from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    and_,
    bindparam,
    case,
    column,
    delete,
    func,
    null,
    or_,
    select,
    text,
    update,
)

from dashboard.core import compiled
from dashboard.core.clock import now
from dashboard.core.db import insert_for
from dashboard.core.errors import frames
from dashboard.core.models import Change, Installation, SlackBot, SlackInstallation
from dashboard.slack import deciding, turns
from dashboard.slack.deciding import State
from dashboard.slack.tenant import ACTIVE, REVOKED, SUSPENDED, UNINSTALLED, Tenant, scope_set, search_text, sort_name

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.dialects import sqlite as sqlite_dialect

TOGETHER = 20  # tenants or more are read together

log = structlog.get_logger("dashboard.summary")

_UNSAID: dict[str, object] = {"to_check": False, "installer_id": ""}  # where nobody says it
_NAMED = ("team_name", "enterprise_name", "team_id", "enterprise_id")
_SEARCHED = ("team_name", "enterprise_name", "team_id", "enterprise_id", "app_id", "installer_id", "url")

_NOTES = and_(*(getattr(Change, name) == bindparam(name) for name in Tenant._fields))
_TAKE_OUT_NOTES = delete(Change).where(Change.id.in_(select(Change.id).where(_NOTES).with_for_update(skip_locked=True)))


class Facts(TypedDict, total=False):
    """What is known of an installation and stands in no row of slack_sdk's."""

    to_check: bool
    url: str


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """Summary rows by their shape, which is the status and the columns; and who has no row of slack_sdk's any more,
    noticed when (ms)."""

    of_shape: dict[tuple[str, ...], list[dict[str, object]]] = field(default_factory=dict)
    without_rows: list[tuple[Tenant, int]] = field(default_factory=list)


def keep(
    db: Connection,
    tenant: Tenant,
    facts: Facts | None = None,
    *,
    gone: str = UNINSTALLED,
    announced: bool = False,
) -> None:
    """Bring a tenant's summary up to what its rows say, in the transaction that changed them.

    `gone` is the status where no row is left; `announced`, whether `turns.announce` was called before the rows were
    changed.
    """
    if not (announced and db.dialect.name == "postgresql"):
        ids = (tenant.client_id, tenant.enterprise_id or "", tenant.team_id or "")
        compiled.changed(db, _TAKE_OUT_NOTES, dict(zip(Tenant._fields, ids, strict=True)))
    if not announced:
        turns.take(db, [tenant])
    write(db, work_out(db, {tenant: now()}, facts), gone)


def sum_up(db: Connection, seen_at: Mapping[Tenant, int]) -> None:
    """Bring the summary of many tenants up to what their rows say. If a tenant has none any more, it went at the time
    given (ms)."""
    turns.take(db, seen_at)
    write(db, work_out(db, seen_at))


def work_out(db: Connection, noted_at: Mapping[Tenant, int], facts: Facts | None = None) -> WorkedOut:
    """The summary rows of tenants, whose removal is noticed at the time given (ms). Changes nothing."""
    worked_out = WorkedOut()
    for tenant, state in _states(db, list(noted_at)):
        if state is None:
            worked_out.without_rows.append((tenant, noted_at[tenant]))
            continue
        status = ACTIVE if state.active else REVOKED
        row: dict[str, object] = {
            "client_id": tenant.client_id,
            "tenant": tenant.key,
            "enterprise_id": tenant.enterprise_id or None,
            "team_id": tenant.team_id or None,
            "status": status,
            "removed_at": None if state.active else noted_at[tenant],
            "bot_scopes": state.bot_scopes,
            "user_scopes": state.user_scopes,
            **state.columns,
            **((facts or {}) if state.active else {}),
        }
        row["scope_set"] = scope_set(state.bot_scopes, state.user_scopes)
        row["sort_name"] = sort_name(*(str(row[name]) for name in _NAMED if row.get(name)))
        row["search"] = search_text(*(str(row[name]) for name in _SEARCHED if row.get(name)))
        worked_out.of_shape.setdefault((status, *row), []).append(row)
    return worked_out


def write(db: Connection, worked_out: WorkedOut, gone: str = UNINSTALLED) -> None:
    """Write what was worked out; `gone` is the status of those that have no row left."""
    for tenant, at in worked_out.without_rows:
        _bury(db, tenant, gone, at)
    for (status, *columns), rows in worked_out.of_shape.items():
        if db.dialect.name == "postgresql" and len(rows) >= TOGETHER:
            # One statement, and so one run of its triggers, for all.
            db.execute(_upsert_many(status, tuple(columns)), {"rows": json.dumps([_UNSAID | row for row in rows])})
        else:
            compiled.many(db, _upsert(db.dialect.name, status, tuple(columns)), rows)


def _states(db: Connection, tenants: list[Tenant]) -> Iterator[tuple[Tenant, State | None]]:
    """What their rows say of tenants; those whose rows nobody can read are told and left out."""
    if len(tenants) >= TOGETHER:
        try:
            installations, bots = (deciding.of_many(db, table, tenants) for table in (SlackInstallation, SlackBot))
            states = [deciding.state(installations[tenant], bots[tenant]) for tenant in tenants]
        except (ValueError, TypeError):
            pass  # whose they are is found below
        else:
            yield from zip(tenants, states, strict=True)
            return
    for tenant in tenants:
        try:
            yield tenant, deciding.state(*deciding.of_tenant(db, tenant))
        except (ValueError, TypeError) as error:  # SQLite lets anybody write anything where a time belongs
            log.error("summary.unreadable", client_id=tenant.client_id, tenant=tenant.key, trace=frames(error))


@functools.cache
def _upsert(dialect: str, status: str, columns: tuple[str, ...]) -> Insert:
    """Writes a summary row."""
    values = _UNSAID | {column: bindparam(column) for column in columns}
    return _over_former(insert_for(dialect, Installation).values(values), status, columns)


@functools.cache
def _upsert_many(status: str, columns: tuple[str, ...]) -> Insert:
    """Writes many that have the same columns, given as `rows`, a list in JSON."""
    names = list(dict.fromkeys((*_UNSAID, *columns)))
    rows = text(
        f"SELECT {', '.join(names)}"  # noqa: S608 - our own names
        " FROM json_populate_recordset(CAST(NULL AS dashboard_installations), CAST(:rows AS json))"
    )
    typed = rows.columns(*(column(name, Installation.__table__.c[name].type) for name in names)).subquery()
    statement = insert_for("postgresql", Installation).from_select(names, select(typed))
    return _over_former(statement, status, columns)


def _over_former(
    statement: "sqlite_dialect.Insert | postgresql.Insert", status: str, columns: tuple[str, ...]
) -> Insert:
    """Of a row that is there and now removed nothing else changes: its facts are history."""
    table = Installation.__table__.c
    new = statement.excluded
    first = case(
        (table.first_installed_at < new.first_installed_at, table.first_installed_at), else_=new.first_installed_at
    )
    changes: dict[str, ColumnElement[Any]] = {column: new[column] for column in columns}
    changes["first_installed_at"] = first
    for known in ("installer_id", "url"):
        if known not in columns:  # it is known from another time, and found by it still
            word = func.lower(func.nullif(table[known], ""))
            changes["search"] = changes["search"] + func.coalesce(" " + word, "")
    where = table.status != SUSPENDED  # its rows are in the archive; slack_sdk's own class can write others
    if status == ACTIVE:
        changes["held_at"] = null()  # of a deleted one that somebody has installed anew
    if status == REVOKED:
        changes = {"status": new.status, "removed_at": func.coalesce(table.removed_at, new.removed_at)}
        where = or_(table.status == ACTIVE, table.status == UNINSTALLED)  # `in_` cannot be run for many rows at once
    return statement.on_conflict_do_update(index_elements=["client_id", "tenant"], set_=changes, where=where)


def _bury(db: Connection, tenant: Tenant, status: str, at: int) -> None:
    """Leave the tombstone: no row is left, noticed at `at` (ms).

    Slack tells of an uninstall and of the revoked tokens in any order; the uninstall is what happened.
    """
    there = [ACTIVE] if status == REVOKED else [ACTIVE, REVOKED]
    db.execute(
        update(Installation)
        .where(
            Installation.client_id == tenant.client_id,
            Installation.tenant == tenant.key,
            Installation.status.in_(there),
        )
        .values(status=status, removed_at=func.coalesce(Installation.removed_at, at))
    )
