"""The summary: one row for each app in each workspace or organization, kept in the transaction that changes Slack's."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select, update

from dashboard.db import insert
from dashboard.models import Installation

ACTIVE, REVOKED, UNINSTALLED = "active", "revoked", "uninstalled"
STATUSES = (ACTIVE, REVOKED, UNINSTALLED)


@dataclass(frozen=True, slots=True)
class Tenant:
    """Where an app is installed: a workspace, a workspace inside an organization, or a whole organization."""

    client_id: str
    enterprise_id: str | None
    team_id: str | None

    @property
    def key(self) -> str:
        return f"{self.enterprise_id or ''}/{self.team_id or ''}"


def find(db: Connection, tenant: Tenant) -> Any | None:
    """The summary row of a tenant, or None where the app was never installed there."""
    return db.execute(select(*Installation.__table__.columns).where(*_is(tenant))).one_or_none()


def record(db: Connection, tenant: Tenant, installed_at: int, facts: dict[str, Any]) -> None:
    """Note that the app is installed there, since `installed_at` (ms), with whatever facts are known this time.

    The time of the first installation stays. A save of an older row (a rotation, an import) changes nothing.
    """
    values = {**facts, "status": ACTIVE, "installed_at": installed_at, "removed_at": None}
    statement = insert(db, Installation).values(
        client_id=tenant.client_id,
        tenant=tenant.key,
        enterprise_id=tenant.enterprise_id,
        team_id=tenant.team_id,
        first_installed_at=installed_at,
        **{"to_check": False, **values},
    )
    newest = statement.excluded.installed_at >= Installation.installed_at
    db.execute(statement.on_conflict_do_update(index_elements=["client_id", "tenant"], set_=values, where=newest))


def remove(db: Connection, tenant: Tenant, status: str, at: int) -> None:
    """Leave the tombstone: the app is no longer there, since `at` (ms).

    Slack tells of an uninstall and of the revoked tokens in any order; the uninstall is what happened.
    """
    there = [ACTIVE] if status == REVOKED else [ACTIVE, REVOKED]
    db.execute(
        update(Installation)
        .where(*_is(tenant), Installation.status.in_(there))
        .values(status=status, removed_at=func.coalesce(Installation.removed_at, at))
    )


def _is(tenant: Tenant) -> tuple[Any, ...]:
    return Installation.client_id == tenant.client_id, Installation.tenant == tenant.key
