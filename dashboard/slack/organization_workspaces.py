"""To which of its workspaces an organization has added an app that it installed as a whole, as Slack last said."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, select, update

from dashboard.core.db import fetch
from dashboard.core.models import Installation, OrganizationWorkspace
from dashboard.slack.tenant import Tenant


@dataclass(frozen=True, slots=True)
class Workspace:
    """One of them, and the app's client id."""

    client_id: str
    team_id: str
    name: str


def keep(db: Connection, organization: Tenant, workspaces: Mapping[str, str], at: int) -> None:
    """Keep what Slack says at `at` (ms): names by id, in place of what was known."""
    here = Installation.client_id == organization.client_id, Installation.tenant == organization.key
    db.execute(update(Installation).where(*here).values(workspaces_at=at))  # who keeps others at once waits here
    forget(db, organization)
    whose = {"client_id": organization.client_id, "enterprise_id": organization.enterprise_id}
    rows = [{**whose, "team_id": team_id, "name": name} for team_id, name in workspaces.items()]
    if rows:
        db.execute(insert(OrganizationWorkspace), rows)


def forget(db: Connection, organization: Tenant) -> None:
    of_it = (
        OrganizationWorkspace.client_id == organization.client_id,
        OrganizationWorkspace.enterprise_id == organization.enterprise_id,
    )
    db.execute(delete(OrganizationWorkspace).where(*of_it))


def of_organization(db: Connection, enterprise_id: str, visible: ColumnElement[bool]) -> list[Workspace]:
    """By name. `visible` is the condition on `OrganizationWorkspace.client_id` that keeps to what may be seen."""
    columns = OrganizationWorkspace.client_id, OrganizationWorkspace.team_id, OrganizationWorkspace.name
    query = select(*columns).where(OrganizationWorkspace.enterprise_id == enterprise_id, visible)
    return fetch(db, query.order_by(OrganizationWorkspace.name, OrganizationWorkspace.team_id), Workspace)


def have_added(team_id: str) -> Select[*tuple[object, ...]]:
    """Selects the ids of the installations of organizations that have added them to this workspace."""
    key = OrganizationWorkspace.enterprise_id + "/"
    same = and_(OrganizationWorkspace.client_id == Installation.client_id, Installation.tenant == key)
    added = select(Installation.id).join(OrganizationWorkspace, same)
    return added.where(OrganizationWorkspace.team_id == team_id, Installation.is_enterprise_install)
