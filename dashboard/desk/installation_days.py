"""How many installations were last installed on each day, in UTC: counted as they change. What is deleted is not
counted."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, bindparam, literal, select, union_all

from dashboard.core import tally
from dashboard.core.clock import DAY
from dashboard.core.models import Installation, InstallationDay, InstallationDayChange
from dashboard.core.tally import Tally
from dashboard.slack.tenant import DELETED

TALLY = Tally(
    counts=InstallationDay,
    changes=InstallationDayChange,
    key=("client_id", "begins_at"),
    lock=0x64617973,
)


def since(db: Connection, client_ids: Collection[str], first: int) -> dict[str, dict[int, int]]:
    """How many of some apps, by client id and by when the day begins (ms), from `first` on; of days that have any."""
    found: dict[str, dict[int, int]] = {client_id: {} for client_id in client_ids}
    for client_id, day, many in db.execute(_since(), {"client_ids": list(client_ids), "first": first}):
        found[client_id][day] = many
    return found


@cache
def _since() -> Select[*tuple[Any, ...]]:
    days = union_all(*tally.parts(TALLY)).subquery()
    key, many = [days.c[name] for name in TALLY.key], tally.total(days)
    asked_for = days.c.client_id.in_(bindparam("client_ids", expanding=True)), days.c.begins_at >= bindparam("first")
    return select(*key, many).where(*asked_for).group_by(*key).having(many > 0)


def recount(db: Connection) -> int:
    """Count them all from the rows again. How many counts were wrong."""
    day = Installation.installed_at - Installation.installed_at % DAY
    rows = select(Installation.client_id, day.label("begins_at"), literal(1, BigInteger).label("many"))
    wrong = tally.correct(db, TALLY, rows.where(Installation.status != DELETED))
    tally.fold(db, TALLY)
    return wrong
