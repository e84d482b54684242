"""The organizations that have installations, and of which apps: counted as they change. What is deleted is not
counted."""

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Label, Select, func, literal, select, true, union_all

from dashboard.access.permissions import OPERATORS, Operator, visible_to
from dashboard.core import tally
from dashboard.core.db import without_index
from dashboard.core.models import Installation, InstallationOrganization, InstallationOrganizationChange
from dashboard.core.tally import Tally
from dashboard.desk.kinds import Query
from dashboard.slack.tenant import DELETED

TALLY = Tally(
    counts=InstallationOrganization,
    changes=InstallationOrganizationChange,
    key=("client_id", "enterprise_id"),
    lock=0x6F726773,
)


def latest(dialect: str, rows: Query, operator: Operator, client_id: str | None) -> Query:
    """A query of rows, of them the latest installation that each organization has of each app, or of one, and
    `is_latest`: whether it is the organization's latest. It is of those that the operator may see."""
    pair = _pairs(operator, client_id).subquery()
    theirs = (
        Installation.enterprise_id == pair.c.enterprise_id,
        without_index(Installation.client_id == pair.c.client_id),
        Installation.status != DELETED,
    )
    newest_first = Installation.installed_at.desc(), Installation.id.desc()
    if dialect == "postgresql":
        at = Installation.installed_at.label("its_time"), Installation.id.label("its_id")
        each = rows.add_columns(*at).where(*theirs).order_by(*newest_first).limit(1).correlate(pair).lateral()
        *columns, time, id_ = each.c
        later = pair.c.enterprise_id, (time.desc(), id_.desc())
        return select(*columns, _is_first(*later)).select_from(pair.join(each, true()))
    # SQLite has no LATERAL: it finds the row by its id once more.
    newest = select(Installation.id).where(*theirs).order_by(*newest_first).limit(1).correlate(pair)
    ids = select(newest.scalar_subquery().label("id")).select_from(pair).subquery()
    return rows.add_columns(_is_first(Installation.enterprise_id, newest_first)).join(ids, ids.c.id == Installation.id)


def _is_first(value: Any, order: tuple[Any, ...]) -> Label[bool]:
    return (func.row_number().over(partition_by=value, order_by=order) == 1).label("is_latest")


def count_by_app(db: Connection, operator: Operator) -> dict[str, int]:
    """How many organizations have each app, by client id, of the apps that the operator may see and that some have."""
    return dict(db.execute(_by_app(operator)).all())


def installations(db: Connection, operator: Operator, client_id: str | None) -> int:
    """How many installations organizations have, of those that the operator may see; of one app if it is named."""
    counted = union_all(*tally.parts(TALLY)).subquery()
    visible = visible_to(operator, counted.c.client_id, only=client_id)
    return db.scalar(select(tally.total(counted)).where(visible)) or 0


def recount(db: Connection) -> int:
    """Count them all from the rows again. How many counts were wrong."""
    rows = select(Installation.client_id, Installation.enterprise_id, literal(1, BigInteger).label("many"))
    wrong = tally.correct(db, TALLY, rows.where(Installation.enterprise_id > "", Installation.status != DELETED))
    tally.fold(db, TALLY)
    return wrong


@lru_cache(OPERATORS)
def _by_app(operator: Operator) -> Select[*tuple[Any, ...]]:
    pair = _pairs(operator, None).subquery()
    return select(pair.c.client_id, func.count()).group_by(pair.c.client_id)


def _pairs(operator: Operator, client_id: str | None) -> Select[str, str]:
    counted = union_all(*tally.parts(TALLY)).subquery()
    key = counted.c.client_id, counted.c.enterprise_id
    visible = select(*key).where(visible_to(operator, counted.c.client_id, only=client_id))
    return visible.group_by(*key).having(tally.total(counted) > 0)
