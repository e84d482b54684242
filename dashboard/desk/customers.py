"""What the lists of workspaces and of organizations have in common: each is shown by its latest installation among
those that the operator may see. What is asked of them is built once for each operator: it is much to build."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, and_, exists, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from dashboard.access.permissions import OPERATORS, Operator, visible_to
from dashboard.core.db import without_index
from dashboard.core.models import Installation
from dashboard.desk import rows
from dashboard.desk.filters import Sort
from dashboard.slack.tenant import ACTIVE, DELETED

Column = InstrumentedAttribute[str | None]  # Installation.team_id, or Installation.enterprise_id


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A workspace or organization; what is not of all its installations is of the latest. Times are ms."""

    id: int
    client_id: str
    enterprise_id: str | None
    enterprise_name: str | None
    team_id: str | None
    team_name: str | None
    url: str | None
    status: str
    installed_at: int
    sort_name: str
    apps: int  # that it has installations of, as far as the operator may see them
    active: int  # installations

    @property
    def name(self) -> str:
        """The workspace by name, else by id."""
        return rows.readable(self.team_name) or self.team_id or self.enterprise

    @property
    def enterprise(self) -> str:
        """The organization by name, else by id; empty if there is none."""
        return rows.readable(self.enterprise_name) or self.enterprise_id or ""


# Of organizations there are few enough to sort them by what no index holds.
NAMES: Mapping[str, ColumnElement[str] | InstrumentedAttribute[str]] = {
    "team_id": Installation.sort_name,
    "enterprise_id": func.lower(func.coalesce(Installation.enterprise_name, Installation.enterprise_id)),
}


def sorts(column: Column) -> dict[str, Sort]:
    return {
        "installed": Sort("Latest", Installation.installed_at, "installed_at"),
        "name": Sort("Name", NAMES[column.key], "sort_name"),
    }


@lru_cache(OPERATORS)
def rows_of(column: Column, operator: Operator) -> Select[*tuple[object, ...]]:
    """The query of rows, for conditions to be added to; `latest_of` is one of them."""
    other = aliased(Installation)
    there = select(func.count(other.client_id.distinct())).where(*_of_same(column, other, operator))
    active = select(func.count()).where(*_of_same(column, other, operator), other.status == ACTIVE)
    return select(
        Installation.id,
        Installation.client_id,
        Installation.enterprise_id,
        Installation.enterprise_name,
        Installation.team_id,
        Installation.team_name,
        Installation.url,
        Installation.status,
        Installation.installed_at,
        NAMES[column.key].label("sort_name"),
        there.scalar_subquery().label("apps"),
        active.scalar_subquery().label("active"),
    )


@lru_cache(OPERATORS)
def latest_of(column: Column, operator: Operator, client_id: str | None) -> ColumnElement[bool]:
    """The condition that a row is the latest installation of its workspace or organization; of one app if it is named.
    Deleted ones are none. That it has one is said as a range: to look for what is not NULL SQLite reads every row."""
    other = aliased(Installation)
    later = tuple_(other.installed_at, other.id) > tuple_(Installation.installed_at, Installation.id)
    newer = exists().where(*_of_same(column, other, operator, client_id), later)
    return and_(column > "", Installation.status != DELETED, ~newer)


# An app has a hundred thousand rows and a workspace a few.
def _of_app(table: type[Installation], operator: Operator, client_id: str | None) -> tuple[ColumnElement[bool], ...]:
    return table.status != DELETED, without_index(visible_to(operator, table.client_id, only=client_id))


def _of_same(
    column: Column, other: type[Installation], operator: Operator, client_id: str | None = None
) -> tuple[ColumnElement[bool], ...]:
    """The conditions that another installation is of the same, and to be seen; of one app if it is named."""
    return (getattr(other, column.key) == column, *_of_app(other, operator, client_id))
