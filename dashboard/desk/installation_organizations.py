"""The organizations that have installations, and of which apps: counted as they change. What is deleted is not
counted."""

from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, func, literal, select, true, union_all

from dashboard.access.permissions import OPERATORS, Operator, visible_to
from dashboard.core import tally
from dashboard.core.models import Installation, InstallationOrganization, InstallationOrganizationChange
from dashboard.core.tally import Tally
from dashboard.slack.tenant import DELETED

TALLY = Tally(
    counts=InstallationOrganization,
    changes=InstallationOrganizationChange,
    key=("client_id", "enterprise_id"),
    lock=0x6F726773,
)


def ids(operator: Operator, client_id: str | None) -> Select[str]:
    """The query of the ids of those with an installation that the operator may see; of one app if it is named."""
    counted = union_all(*tally.parts(TALLY)).subquery()
    of_app = counted.c.client_id == client_id if client_id else true()
    visible = select(counted.c.enterprise_id).where(visible_to(operator, counted.c.client_id), of_app)
    return visible.group_by(counted.c.enterprise_id).having(tally.total(counted) > 0)


def count_by_app(db: Connection, operator: Operator) -> dict[str, int]:
    """How many organizations have each app, by client id, of the apps that the operator may see and that some have."""
    return dict(db.execute(_by_app(operator)).all())


def recount(db: Connection) -> int:
    """Count them all from the rows again. How many counts were wrong."""
    rows = select(Installation.client_id, Installation.enterprise_id, literal(1, BigInteger).label("many"))
    wrong = tally.correct(db, TALLY, rows.where(Installation.enterprise_id > "", Installation.status != DELETED))
    tally.fold(db, TALLY)
    return wrong


@lru_cache(OPERATORS)
def _by_app(operator: Operator) -> Select[*tuple[Any, ...]]:
    counted = union_all(*tally.parts(TALLY)).subquery()
    pairs = select(counted.c.client_id).where(visible_to(operator, counted.c.client_id))
    some = pairs.group_by(counted.c.client_id, counted.c.enterprise_id).having(tally.total(counted) > 0).subquery()
    return select(some.c.client_id, func.count()).group_by(some.c.client_id)
