"""Workspaces, each across the apps that the operator may see: the list, and one of them."""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import ColumnElement, Connection, select, union

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.db import fetch, unindexed
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, Installation
from dashboard.core.text import is_blank
from dashboard.desk import customers, rows, timeline
from dashboard.desk.customers import CustomerRow
from dashboard.desk.filters import Filter, ListSpec
from dashboard.desk.installation_kinds import KINDS
from dashboard.desk.installation_search import has_short_words, search
from dashboard.desk.installations import STATUSES, has_status, holds_status
from dashboard.desk.rows import AttemptRow, InstallationRow
from dashboard.desk.timeline import Entry
from dashboard.slack import organization_workspaces

MOST_ATTEMPTS = 50
MOST_INSTALLATIONS = 200
MOST = {  # of each on the page of a workspace or organization, which says where there is more
    "installations": MOST_INSTALLATIONS,
    "attempts": MOST_ATTEMPTS,
    "in_timeline": timeline.MOST_INSTALLATIONS,
    "entries": timeline.MOST_OF_CUSTOMER,
}

LIST = ListSpec(
    name="workspaces",
    table=Installation,
    act="see_installations",
    row=CustomerRow,
    query=lambda _db, operator: customers.rows_of(Installation.team_id, operator),
    time=Installation.installed_at,
    sorts=customers.sorts(Installation.team_id),
    filters=(
        Filter(
            "enterprise", "Organization", lambda _db, value: Installation.enterprise_id == value.upper(), is_rare=True
        ),
        Filter("status", "Latest", has_status, STATUSES, is_offered=False, holds=holds_status),
    ),
    search=search,
    has_short_words=has_short_words,
    facets=("status", "app"),
    kinds=KINDS,
    values_of=Installation.team_id,
    only=partial(customers.latest_of, Installation.team_id),
)


@dataclass(frozen=True, slots=True)
class WorkspacePage:
    """Everything the page of one workspace shows."""

    name: str | None
    url: str | None
    installations: list[InstallationRow]
    attempts: list[AttemptRow]
    timeline: list[Entry]


def page(db: Connection, operator: Operator, team_id: str) -> WorkspacePage:
    """Raises NotFoundError if the operator may see nothing of it."""
    here = select(Installation.id).where(Installation.team_id == team_id)
    there = Installation.id.in_(union(here, organization_workspaces.have_added(team_id)))
    installed = installations(db, operator, there)
    tried = attempts(db, operator, Attempt.team_id == team_id)
    if not installed and not tried:
        raise NotFoundError
    return WorkspacePage(
        name=next((row.team_name for row in installed if not is_blank(row.team_name)), None),
        url=next((row.url for row in installed if row.url), None),
        installations=installed,
        attempts=tried,
        timeline=timeline.of_customer(db, operator, installed, tried),
    )


def installations(db: Connection, operator: Operator, condition: ColumnElement[bool]) -> list[InstallationRow]:
    """The installations that the operator may see, by name."""
    query = rows.installations(db).where(visible_to(operator, unindexed(Installation.client_id)), condition)
    in_order = query.order_by(Installation.team_name, Installation.id)
    return fetch(db, in_order.limit(MOST_INSTALLATIONS), InstallationRow)


def attempts(db: Connection, operator: Operator, condition: ColumnElement[bool]) -> list[AttemptRow]:
    """The attempts that the operator may see, the newest first."""
    visible = visible_to(operator, unindexed(Attempt.client_id), "see_attempts")
    return rows.attempts(db, visible, condition, most=MOST_ATTEMPTS)
