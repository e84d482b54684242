"""The installations as the desk lists them: `/ops/installations`."""

import re

from sqlalchemy import ColumnElement, Connection, and_, func, literal, not_, or_, select, table, text
from sqlalchemy.sql import column

from dashboard.core.models import Installation
from dashboard.listing import Filter, Noun
from dashboard.slack.tenant import ACTIVE, REVOKED, UNINSTALLED, fold

STATUSES = {"active": "Active", "attention": "Attention", "revoked": "Revoked", "uninstalled": "Uninstalled"}
TYPES = {"workspace": "Workspace", "org": "Organization"}
COMMON = 1_000  # more hits than that, and the newest are found sooner by reading rows in order than by the index

_SLACK_ID = re.compile(r"[A-Z][A-Z0-9]{5,20}")
_INDEX = table("dashboard_installations_search", column("rowid"))
_TRIGRAM = 3  # characters; a shorter word is in no trigram index


def _status(value: str) -> ColumnElement[bool]:
    if value == "attention":
        return and_(Installation.status == ACTIVE, Installation.to_check)
    if value == "active":
        return and_(Installation.status == ACTIVE, ~Installation.to_check)
    return Installation.status == {"revoked": REVOKED, "uninstalled": UNINSTALLED}[value]


def _scope(value: str) -> ColumnElement[bool]:
    return or_(_holds(Installation.bot_scopes, value), _holds(Installation.user_scopes, value))


def _holds(scopes: ColumnElement[str | None] | object, value: str) -> ColumnElement[bool]:
    return (literal(",") + func.coalesce(scopes, "") + ",").contains(f",{value},", autoescape=True)


def _search(db: Connection, words: str) -> ColumnElement[bool]:
    """An id of Slack's exactly; else every word, anywhere in the names, ids and address."""
    id_ = words.upper()
    if _SLACK_ID.fullmatch(id_):
        exactly = or_(Installation.team_id == id_, Installation.enterprise_id == id_)
        if db.execute(select(Installation.id).where(exactly).limit(1)).first():
            return exactly
    parts = fold(words).split()
    contains = and_(*(Installation.search.contains(part, autoescape=True) for part in parts))
    long = [part for part in parts if len(part) >= _TRIGRAM]
    if db.dialect.name != "sqlite" or not long or not _has_index(db):
        return contains
    phrases = " ".join('"' + part.replace('"', '""') + '"' for part in long)
    hits = select(_INDEX.c.rowid).where(
        text("dashboard_installations_search MATCH :phrases").bindparams(phrases=phrases)
    )
    if len(db.execute(hits.limit(COMMON + 1)).all()) > COMMON:
        return contains
    return and_(Installation.id.in_(hits), contains)


def _has_index(db: Connection) -> bool:
    found = text("SELECT 1 FROM sqlite_master WHERE name = 'dashboard_installations_search'")
    return db.execute(found).first() is not None


NOUN = Noun(
    name="installations",
    table=Installation,
    act="see_installations",
    columns=tuple(Installation.__table__.columns),
    time=Installation.installed_at,
    sorts={"installed": Installation.installed_at, "first": Installation.first_installed_at},
    filters=(
        Filter("status", "Status", _status, STATUSES),
        Filter(
            "type",
            "Type",
            lambda value: (
                Installation.is_enterprise_install.is_(True)
                if value == "org"
                else not_(Installation.is_enterprise_install)
            ),
            TYPES,
        ),
        Filter("scope", "Scope", _scope),
        Filter("enterprise", "Organization", lambda value: Installation.enterprise_id == value.upper()),
        Filter("team", "Workspace", lambda value: Installation.team_id == value.upper()),
    ),
    search=_search,
)
