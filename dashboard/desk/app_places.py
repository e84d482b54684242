"""Where an app is installed, and as which of Slack's apps, which the causes of a failure are compared with."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, literal, select, true

from dashboard.access.permissions import OPERATORS, Operator, visible_to
from dashboard.core.db import fetch
from dashboard.core.models import Installation
from dashboard.desk import installation_kinds
from dashboard.install.catalogue.evidence import Place
from dashboard.slack.tenant import ACTIVE

OTHER_APPS = 50

_PLACES = select(
    Installation.id,
    func.coalesce(
        Installation.team_name, Installation.enterprise_name, Installation.team_id, Installation.enterprise_id
    ).label("name"),
    Installation.enterprise_id,
    Installation.team_id,
    (Installation.status == literal(ACTIVE)).label("is_active"),
)
_WHICH: dict[str, ColumnElement[bool]] = {
    "all": true(),
    # That the organization is known is said, since there is an index of it.
    "whole organizations": and_(
        Installation.is_enterprise_install, Installation.enterprise_id.is_not(None), Installation.status == ACTIVE
    ),
    "the workspace": Installation.team_id == bindparam("id"),
    "the organization": and_(Installation.enterprise_id == bindparam("id"), Installation.team_id.is_(None)),
}


def first(
    db: Connection, operator: Operator, client_id: str, which: str = "all", *, most: int, id_: str | None = None
) -> tuple[Place, ...]:
    """The first places where an app was installed that the operator may see, of those that a key of _WHICH says."""
    return tuple(fetch(db, _first(operator, which, most), Place, {"client_id": client_id, "id": id_}))


def of_customer(
    db: Connection, operator: Operator, client_id: str, customer: tuple[str | None, str | None]
) -> tuple[Place, ...]:
    """What a customer, a workspace or an organization, has of the app."""
    team_id, enterprise_id = customer
    if team_id:
        return first(db, operator, client_id, "the workspace", most=2, id_=team_id)
    if enterprise_id:
        return first(db, operator, client_id, "the organization", most=2, id_=enterprise_id)
    return ()


def app_ids(db: Connection, operator: Operator, client_id: str) -> tuple[str, ...]:
    """The app that Slack named in all that is stored for a client id; of several, the first and the last."""
    first_and_last = db.execute(_ends_of_ids(operator), {"client_id": client_id}).one()
    return tuple(dict.fromkeys(id_ for id_ in first_and_last if id_))


def ids_of_others(db: Connection, operator: Operator, client_id: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the ids that are stored for other client ids, too."""
    others = sorted(installation_kinds.client_ids(db, operator) - {client_id})[:OTHER_APPS]
    return tuple(id_ for id_ in ids if db.scalar(_STORED, {"client_ids": others, "app_id": id_}) is not None)


# Built once, and for each operator: each would take longer to build than to answer.
_STORED = (
    select(Installation.id)
    .where(Installation.client_id.in_(bindparam("client_ids", expanding=True)))
    .where(Installation.app_id == bindparam("app_id"))
    .limit(1)
)


@lru_cache(OPERATORS)
def _first(operator: Operator, which: str, most: int) -> Select[*tuple[Any, ...]]:
    return _PLACES.where(_of_app(operator), _WHICH[which]).order_by(Installation.installed_at).limit(most)


@lru_cache(OPERATORS)
def _ends_of_ids(operator: Operator) -> Select[*tuple[Any, ...]]:
    known = _of_app(operator), Installation.app_id > ""
    return select(*(select(end(Installation.app_id)).where(*known).scalar_subquery() for end in (func.min, func.max)))


def _of_app(operator: Operator) -> ColumnElement[bool]:
    return (Installation.client_id == bindparam("client_id")) & visible_to(operator, Installation.client_id)
