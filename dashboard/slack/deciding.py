"""What slack_sdk's rows say of a tenant: which of them decide its state, and what that is.

Of one tenant the rows that decide are found by index, however long the history between them is; of many at once all are
read, and the same is decided.
"""

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    bindparam,
    false,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)

from dashboard.core import any_of, compiled
from dashboard.core.models import SlackBot, SlackInstallation
from dashboard.slack.tenant import Tenant

Table = type[SlackBot] | type[SlackInstallation]


class DecidingRow(NamedTuple):
    """What a row of slack_sdk's says of its tenant's state. A bot's row names no person."""

    app_id: str
    enterprise_name: str | None
    team_name: str | None
    is_enterprise_install: bool | None
    installed_at: datetime
    bot_scopes: str | None
    enterprise_url: str | None
    user_id: str | None
    user_scopes: str | None
    holds_bot: bool
    holds_user: bool


@dataclass(frozen=True, slots=True)
class State:
    """What a tenant's rows say of it. `active`: one of them holds a token."""

    active: bool
    bot_scopes: str | None
    user_scopes: str | None
    columns: dict[str, object]  # all others


def of_tenant(db: Connection, tenant: Tenant) -> tuple[list[DecidingRow], list[DecidingRow]]:
    """The rows that decide a tenant's state, newest first: the installations', and the bots'."""
    ids = {"client_id": tenant.client_id, "enterprise_id": tenant.enterprise_id, "team_id": tenant.team_id}
    found = compiled.rows(db, query(not tenant.enterprise_id, not tenant.team_id), ids)
    rows = {(is_bot, id_): DecidingRow(*values) for *values, id_, is_bot in found}  # the newest may be the oldest, too
    newest_first = sorted(rows.items(), key=lambda item: (item[1].installed_at, item[0]), reverse=True)
    installations = [row for (is_bot, _), row in newest_first if not is_bot]
    return installations, [row for (is_bot, _), row in newest_first if is_bot]


@functools.cache
def query(no_enterprise: bool, no_team: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """Of each table the newest row, the oldest, and the newest that holds a token, for each way to write an absent id.

    Each is found by slack_sdk's index from one of its ends, however long the history between them is, and read where it
    is found: PostgreSQL, asked for the rows with these ids, reads a table that it takes for small from end to end.
    """
    forms = Tenant("", "" if no_enterprise else "E", "" if no_team else "T").forms
    return union_all(*_deciding(SlackInstallation, forms), *_deciding(SlackBot, forms))


def _deciding(table: Table, forms: Sequence[Tenant]) -> Iterator[Select[*tuple[Any, ...]]]:
    holds_bot, holds_user = _holds(table)
    newest, oldest = (table.installed_at.desc(), table.id.desc()), (table.installed_at, table.id)
    one: ColumnElement[int] = literal_column("1")
    wanted = [(true(), newest), (true(), oldest), (or_(holds_bot, holds_user), newest)]
    if table is SlackInstallation:
        wanted.append((holds_user, newest))
    rows = _rows(table).add_columns(table.id, (true() if table is SlackBot else false()).label("is_bot"))
    for form in forms:
        for condition, order in wanted:
            yield select(rows.where(_place(table, form), condition).order_by(*order).limit(one).subquery())


def of_many(db: Connection, table: Table, tenants: Sequence[Tenant]) -> dict[Tenant, list[DecidingRow]]:
    """All rows of many tenants, newest first: a few queries for each app, not two for each tenant."""
    found: dict[Tenant, list[tuple[int, DecidingRow]]] = {tenant: [] for tenant in tenants}
    for *values, client_id, enterprise_id, team_id, id_ in _rows_of_many(db, table, tenants):
        tenant = Tenant(client_id, enterprise_id or None, team_id or None)
        if tenant in found:  # an organization's and another's workspace are a pair that nobody asked for
            found[tenant].append((id_, DecidingRow._make(values)))
    for rows in found.values():
        rows.sort(key=lambda row: (row[1].installed_at, row[0]), reverse=True)
    return {tenant: [row for _, row in rows] for tenant, rows in found.items()}


def _rows_of_many(db: Connection, table: Table, tenants: Sequence[Tenant]) -> Iterator[tuple[Any, ...]]:
    """By app and by which ids they have, an absent one in either way to write that."""
    alike: dict[tuple[str, bool, bool], list[Tenant]] = {}
    for tenant in tenants:
        alike.setdefault((tenant.client_id, bool(tenant.enterprise_id), bool(tenant.team_id)), []).append(tenant)
    kind, absent = db.dialect.name, (None, "")
    for (client_id, has_enterprise, has_team), some in alike.items():
        listed = {
            "client_id": client_id,
            "enterprise_id": any_of.value(kind, {tenant.enterprise_id for tenant in some}),
            "team_id": any_of.value(kind, {tenant.team_id for tenant in some}),
        }
        forms = itertools.product(("E",) if has_enterprise else absent, ("T",) if has_team else absent)
        for enterprise_id, team_id in forms:
            yield from compiled.rows(db, _of_many(kind, table, enterprise_id, team_id), listed)


@functools.cache
def _of_many(kind: str, table: Table, enterprise_id: str | None, team_id: str | None) -> Select[*tuple[Any, ...]]:
    """Of one app, for a kind of database: each id is among those listed, or as it is where it is absent."""
    ids = {"enterprise_id": enterprise_id, "team_id": team_id}
    places = [
        any_of.condition(kind, getattr(table, name), name) if id_ else getattr(table, name) == id_
        for name, id_ in ids.items()
    ]
    place = (table.client_id, table.enterprise_id, table.team_id, table.id)
    return _rows(table).add_columns(*place).where(table.client_id == bindparam("client_id"), *places)


def _rows(table: Table) -> Select[*tuple[Any, ...]]:
    """What DecidingRow holds, in its order."""
    holds_bot, holds_user = _holds(table)
    return select(
        table.app_id,
        table.enterprise_name,
        table.team_name,
        table.is_enterprise_install,
        table.installed_at,
        table.bot_scopes,
        *(getattr(table, name, null()).label(name) for name in ("enterprise_url", "user_id", "user_scopes")),
        holds_bot.label("holds_bot"),
        holds_user.label("holds_user"),
    )


def _holds(table: Table) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether a row holds a bot's token, and whether it holds a person's."""
    return table.bot_token.is_not(None), table.user_token.is_not(None) if table is SlackInstallation else false()


def _place(table: Table, form: Tenant) -> ColumnElement[bool]:
    ids = {name: bindparam(name) if getattr(form, name) else getattr(form, name) for name in Tenant._fields[1:]}
    return and_(table.client_id == bindparam("client_id"), *(getattr(table, name) == id_ for name, id_ in ids.items()))


def state(installations: Sequence[DecidingRow], bots: Sequence[DecidingRow]) -> State | None:
    """What a tenant's rows, newest first in each list, say of it. None if there are none.

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
    columns: dict[str, object] = {
        "app_id": newest.app_id,
        "enterprise_name": newest.enterprise_name,
        "team_name": newest.team_name,
        "is_enterprise_install": bool(newest.is_enterprise_install),
        "installed_at": _milliseconds(newest.installed_at),
        "first_installed_at": _milliseconds(history[-1].installed_at),
    }
    if installations:
        columns |= {"enterprise_url": newest.enterprise_url, "installer_id": newest.user_id}
    return State(
        active=bool(bot or holding),
        bot_scopes=bot.bot_scopes if bot else None,
        user_scopes=person.user_scopes if person else None,
        columns=columns,
    )


def _milliseconds(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp() * 1000)
