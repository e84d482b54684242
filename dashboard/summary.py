"""The summary, worked out from slack_sdk's rows. What a row of `dashboard_installations` says is decided here alone.

`store` calls `keep` in the transaction that changed slack_sdk's rows. Whoever else changes them, a Bolt app with
slack_sdk's own class or a person with SQL, leaves a note by a trigger, and `catch_up` does the same a moment later.
`docs/decisions/0008` says why.

What only we know survives: `to_check`, `url`, an earlier first installation, everything on a tombstone. An absent id is
NULL in our rows and may be '' in those that others wrote: to the summary it is the same tenant.
"""

import functools
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)

from dashboard.clock import now
from dashboard.db import insert
from dashboard.installations import ACTIVE, REVOKED, UNINSTALLED, Tenant
from dashboard.models import Change, Installation, SlackBot, SlackInstallation

BATCH = 50  # tenants: a return may have to wait until they are written
CHUNK = 5_000  # rows of slack_sdk's noted at once
TURNS = 512

_LOCK_SPACE = 0x64617368  # "dash"
_TENANT = ("client_id", "enterprise_id", "team_id")
_OF_NEWEST = ("app_id", "enterprise_name", "team_name", "is_enterprise_install")


def keep(db: Connection, tenant: Tenant, facts: Mapping[str, Any] | None = None, *, gone: str = UNINSTALLED) -> None:
    """Bring a tenant's summary up to what its rows say, in the transaction that changed them.

    `facts` are columns the rows do not know: `to_check`, `url`. `gone` is the status where no row is left.
    """
    ids = (tenant.client_id, tenant.enterprise_id or "", tenant.team_id or "")
    noted = and_(*(getattr(Change, name) == value for name, value in zip(_TENANT, ids, strict=True)))
    mine = select(Change.id).where(noted).with_for_update(skip_locked=True)
    db.execute(delete(Change).where(Change.id.in_(mine)))
    _take_turns(db, [tenant])
    _sum_up(db, tenant, facts or {}, gone, now())


def any_noted(db: Connection) -> bool:
    """Whether somebody changed slack_sdk's rows and the summary has yet to catch up."""
    return bool(db.scalar(select(exists(select(Change.id)))))


def catch_up(db: Connection, up_to: int | None = None) -> int:
    """Bring the summary up to date for a batch of the notes, the oldest first, and take them out. How many it took.

    Processes that do this at the same time take different notes. `up_to` is the id of the last one to take.
    """
    query = select(*Change.__table__.columns).order_by(Change.id).limit(BATCH).with_for_update(skip_locked=True)
    notes = db.execute(query if up_to is None else query.where(Change.id <= up_to)).all()
    if not notes:
        return 0
    db.execute(delete(Change).where(Change.id.in_([note.id for note in notes])))
    noted_at = {Tenant(n.client_id, n.enterprise_id or None, n.team_id or None): n.noted_at for n in notes}
    _take_turns(db, noted_at)
    for tenant, at in noted_at.items():
        _sum_up(db, tenant, {}, UNINSTALLED, at)
    return len(notes)


def reindex(
    run: Callable[[Callable[[Connection], Any]], Any], told: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """Rebuild the whole summary from slack_sdk's rows. How many tenants were looked at.

    `run` runs a step on a Connection and gives its result: each in a transaction of its own where the service runs, or
    all in the caller's, as `reindex(lambda step: step(connection))`. `told` hears (done, in all) after each batch.
    Who has no row any more becomes a tombstone; tombstones stay. It may be broken off, and repeated, at any time.
    """
    for table in (SlackInstallation, SlackBot, Installation):
        after: int | None = 0
        while after is not None:
            after = run(functools.partial(_note_chunk, table=table, after=after))
    last, total = run(lambda db: db.execute(select(func.max(Change.id), func.count(Change.id))).one())
    done = 0
    while total and (taken := run(functools.partial(catch_up, up_to=last))):
        done += taken
        told(done, total)
    return done


def _note_chunk(db: Connection, table: type[Any], after: int) -> int | None:
    """Note the tenants of the next rows of a table. The id to go on after, None at the end."""
    last = db.scalar(select(table.id).where(table.id > after).order_by(table.id).offset(CHUNK - 1).limit(1))
    tenant = [func.coalesce(getattr(table, name), "").label(name) for name in _TENANT]
    rows = [table.id > after, table.id <= last if last else true()]
    if table is Installation:
        rows.append(Installation.status == ACTIVE)  # a tombstone has no rows to look for
    noted = exists().where(*(getattr(Change, column.name) == column for column in tenant))
    found = select(*tenant, literal(now())).where(*rows, ~noted).distinct()
    db.execute(insert(db, Change).from_select([*_TENANT, "noted_at"], found))
    return last


def _take_turns(db: Connection, tenants: Iterable[Tenant]) -> None:
    """Let no two transactions sum up the same tenant at once: the later one must see the rows of the earlier.

    On PostgreSQL by locks until the transaction's end, always taken in the same order, and few enough for one
    transaction to hold them all. SQLite has one writer.
    """
    if db.dialect.name != "postgresql":
        return
    turns = {zlib.crc32(f"{tenant.client_id}/{tenant.key}".encode()) % TURNS for tenant in tenants}
    lock = text("SELECT pg_advisory_xact_lock(:space, turn) FROM unnest(CAST(:turns AS integer[])) AS turn")
    db.execute(lock, {"space": _LOCK_SPACE, "turns": sorted(turns)})


def _sum_up(db: Connection, tenant: Tenant, facts: Mapping[str, Any], gone: str, at: int) -> None:
    state = _state(_deciding(db, SlackInstallation, tenant), _deciding(db, SlackBot, tenant))
    if state is None:
        _bury(db, tenant, gone, at)
    elif state["status"] == ACTIVE:
        _write(db, tenant, {**state, **facts, "removed_at": None})
    else:
        _write(db, tenant, {**state, "removed_at": at})


def _deciding(db: Connection, table: type[SlackBot] | type[SlackInstallation], tenant: Tenant) -> Sequence[Any]:
    """The rows of a tenant that decide its state, newest first."""
    query = _deciding_query(table, tenant.enterprise_id is None, tenant.team_id is None)
    return db.execute(
        query, {"client_id": tenant.client_id, "enterprise_id": tenant.enterprise_id, "team_id": tenant.team_id}
    ).all()


@functools.cache
def _deciding_query(
    table: type[SlackBot] | type[SlackInstallation], no_enterprise: bool, no_team: bool
) -> Select[*tuple[Any, ...]]:
    """The newest row, the oldest, and the newest that holds a token, for each way to write an absent id.

    Each is found by slack_sdk's index from one of its ends, however long the history between them is.
    """
    holds_bot = table.bot_token.is_not(None)
    holds_user = table.user_token.is_not(None) if table is SlackInstallation else false()
    newest, oldest = (table.installed_at.desc(), table.id.desc()), (table.installed_at, table.id)
    wanted = [(true(), newest), (true(), oldest), (or_(holds_bot, holds_user), newest)]
    columns = [getattr(table, name) for name in (*_OF_NEWEST, "installed_at", "bot_scopes")]
    if table is SlackInstallation:
        wanted.append((holds_user, newest))
        columns += [table.enterprise_url, table.user_id, table.user_scopes]
    ids = [
        select(table.id).where(place, condition).order_by(*order).limit(1).scalar_subquery()
        for place in _places(table, no_enterprise, no_team)
        for condition, order in wanted
    ]
    holds = (holds_bot.label("holds_bot"), holds_user.label("holds_user"))
    return select(*columns, *holds).where(table.id.in_(ids)).order_by(*newest)


def _places(table: type[Any], no_enterprise: bool, no_team: bool) -> list[Any]:
    enterprises: tuple[Any, ...] = (None, "") if no_enterprise else (bindparam("enterprise_id"),)
    teams: tuple[Any, ...] = (None, "") if no_team else (bindparam("team_id"),)
    return [
        and_(table.client_id == bindparam("client_id"), table.enterprise_id == enterprise, table.team_id == team)
        for enterprise, team in product(enterprises, teams)
    ]


def _state(installations: Sequence[Any], bots: Sequence[Any]) -> dict[str, Any] | None:
    """What a tenant's rows, newest first in each list, say of it. None where there are none.

    A bot's scopes are those of the newest bot's row that holds a token, since others write that one too; only where
    there is none, those of the installation.
    """
    if not installations and not bots:
        return None
    history = installations or bots
    newest = history[0]
    holding = next((row for row in installations if row.holds_bot or row.holds_user), None)
    person = next((row for row in installations if row.holds_user), None)
    bot = next((row for row in (*bots, holding) if row and row.holds_bot), None)
    state = {column: getattr(newest, column) for column in _OF_NEWEST}
    if installations:
        state |= {"enterprise_url": newest.enterprise_url, "installer_id": newest.user_id}
    return state | {
        "status": ACTIVE if bot or holding else REVOKED,
        "bot_scopes": bot.bot_scopes if bot else None,
        "user_scopes": person.user_scopes if person else None,
        "installed_at": _milliseconds(newest.installed_at),
        "first_installed_at": _milliseconds(history[-1].installed_at),
    }


def _write(db: Connection, tenant: Tenant, state: Mapping[str, Any]) -> None:
    """Write the summary row. Of one that is removed nothing changes but that: its facts are history."""
    statement = insert(db, Installation).values(
        client_id=tenant.client_id,
        tenant=tenant.key,
        enterprise_id=tenant.enterprise_id,
        team_id=tenant.team_id,
        **{"to_check": False, "installer_id": "", **state},
    )
    first = case(
        (Installation.first_installed_at < state["first_installed_at"], Installation.first_installed_at),
        else_=statement.excluded.first_installed_at,
    )
    changes: dict[str, Any] = {**state, "first_installed_at": first}
    where = None
    if state["status"] == REVOKED:
        changes = {"status": REVOKED, "removed_at": func.coalesce(Installation.removed_at, state["removed_at"])}
        where = Installation.status.in_((ACTIVE, UNINSTALLED))
    db.execute(statement.on_conflict_do_update(index_elements=["client_id", "tenant"], set_=changes, where=where))


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


def _milliseconds(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp() * 1000)
