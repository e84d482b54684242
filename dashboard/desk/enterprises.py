"""Organizations, each with its workspaces, across the apps that the operator may see: the list, and one of them."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, Installation, OrganizationWorkspace
from dashboard.core.text import is_blank
from dashboard.desk import customers, installation_kinds, installation_organizations, timeline, workspaces
from dashboard.desk.customers import CustomerRow
from dashboard.desk.filters import ROWS, FewValues, Filter, ListSpec
from dashboard.desk.installation_kinds import KINDS
from dashboard.desk.installation_search import has_short_words, search
from dashboard.desk.installations import STATUSES, has_status, holds_status
from dashboard.desk.rows import AttemptRow, InstallationRow
from dashboard.desk.timeline import Entry
from dashboard.slack import organization_workspaces
from dashboard.slack.organization_workspaces import Workspace


def _are_met_soon(db: Connection, operator: Operator, client_id: str | None) -> bool:
    theirs = installation_organizations.installations(db, operator, client_id)
    visible = (kind for kind in installation_kinds.counted(db) if operator.may("see_installations", kind.client_id))
    return theirs * theirs > ROWS * sum(kind.many for kind in visible if client_id in {None, kind.client_id})


LIST = ListSpec(
    name="enterprises",
    noun="organizations",
    table=Installation,
    act="see_installations",
    row=CustomerRow,
    query=lambda _db, operator: customers.rows_of(Installation.enterprise_id, operator),
    time=Installation.installed_at,
    sorts=customers.sorts(Installation.enterprise_id),
    filters=(Filter("status", "Latest", has_status, STATUSES, is_offered=False, holds=holds_status),),
    search=search,
    has_short_words=has_short_words,
    facets=("status", "app"),
    kinds=KINDS,
    values_of=Installation.enterprise_id,
    few_values=FewValues(installation_organizations.latest, installation_organizations.count_by_app, _are_met_soon),
    only=partial(customers.latest_of, Installation.enterprise_id),
)


@dataclass(frozen=True, slots=True)
class EnterprisePage:
    """Everything the page of one organization shows."""

    name: str | None
    url: str | None
    installations: list[InstallationRow]  # for the whole organization
    workspaces: list[InstallationRow]  # in single workspaces of it
    added: dict[str, list[Workspace]]  # where it added the apps that it has as a whole, by client id
    attempts: list[AttemptRow]
    timeline: list[Entry]


def page(db: Connection, operator: Operator, enterprise_id: str) -> EnterprisePage:
    """Raises NotFoundError if the operator may see nothing of it."""
    installed = workspaces.installations(db, operator, Installation.enterprise_id == enterprise_id)
    tried = workspaces.attempts(db, operator, Attempt.enterprise_id == enterprise_id)
    if not installed and not tried:
        raise NotFoundError
    added: dict[str, list[Workspace]] = {}
    visible = visible_to(operator, OrganizationWorkspace.client_id)
    for workspace in organization_workspaces.of_organization(db, enterprise_id, visible):
        added.setdefault(workspace.client_id, []).append(workspace)
    org_wide = [row for row in installed if row.is_enterprise_install]
    return EnterprisePage(
        name=next((row.enterprise_name for row in installed if not is_blank(row.enterprise_name)), None),
        url=next((row.url for row in org_wide if row.url), None),
        installations=org_wide,
        workspaces=[row for row in installed if not row.is_enterprise_install],
        added=added,
        attempts=tried,
        timeline=timeline.of_customer(db, operator, installed, tried),
    )
