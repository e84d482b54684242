"""Whose turn it is to sum a tenant up: no two transactions may at once, since the later one must see the rows of the
earlier. On PostgreSQL by locks until the transaction's end; SQLite has one writer, and needs none."""

import zlib
from collections.abc import Iterable

from sqlalchemy import Connection, text

from dashboard.core import compiled
from dashboard.slack.tenant import Tenant

TURNS = 512  # few enough for one transaction to hold them all

_LOCK_SPACE = 0x64617368  # "dash"
_TAKE = text("SELECT pg_advisory_xact_lock(:space, turn) FROM unnest(CAST(:turns AS integer[])) AS turn")
_ANNOUNCE = text("SELECT set_config('dashboard.summed_up', :tenant, true), pg_advisory_xact_lock(:space, :turn)")


def take(db: Connection, tenants: Iterable[Tenant]) -> None:
    """Take the turns of some tenants, always in the same order."""
    if db.dialect.name != "postgresql":
        return
    turns = sorted({of(tenant) for tenant in tenants})
    compiled.changed(db, _TAKE, {"space": _LOCK_SPACE, "turns": turns})


def announce(db: Connection, tenant: Tenant) -> None:
    """Take the turn of a tenant whose rows this transaction is about to change and whose summary it will `keep`.

    On PostgreSQL the triggers leave no notes of that tenant then, up to the transaction's end.
    """
    if db.dialect.name != "postgresql":
        return
    compiled.changed(db, _ANNOUNCE, {"tenant": _name(tenant), "space": _LOCK_SPACE, "turn": of(tenant)})


def of(tenant: Tenant) -> int:
    """Which of the TURNS is a tenant's."""
    return zlib.crc32(_name(tenant).encode()) % TURNS


def _name(tenant: Tenant) -> str:
    """As the triggers spell it."""
    return f"{tenant.client_id}/{tenant.key}"
