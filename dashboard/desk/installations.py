"""The installations as the desk shows them: the list, and one of them with what it may do and how it came about."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal, not_, or_, select, table, text
from sqlalchemy.sql import column

from dashboard.access.permissions import Operator, visible_to
from dashboard.apps.app import App
from dashboard.core.crypto import Vault
from dashboard.core.errors import NotFoundError, SealError
from dashboard.core.models import Attempt, Installation, SlackInstallation
from dashboard.desk.filters import Filter, ListSpec
from dashboard.slack import store
from dashboard.slack.tenant import ACTIVE, REVOKED, UNINSTALLED, Tenant, fold

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


LIST = ListSpec(
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

MOST_HISTORY = 50
MOST_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Scopes:
    """What an installation may do against what its app asks for today."""

    granted: tuple[str, ...]
    missing: tuple[str, ...]
    beyond: tuple[str, ...]  # granted, and not asked for any more


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    hint: str  # its type and its last four characters: nothing to use, enough to compare


def get(db: Connection, operator: Operator, installation_id: int) -> Row[Any]:
    """Raises NotFoundError where it is none the operator may see."""
    mine = visible_to(operator, Installation.client_id)
    found = db.execute(select(*Installation.__table__.columns).where(Installation.id == installation_id, mine))
    row = found.one_or_none()
    if row is None:
        raise NotFoundError
    return row


def held(row: Row[Any]) -> tuple[str, ...]:
    """The scopes it has, the bot's and the person's."""
    both = ",".join(filter(None, (row.bot_scopes, row.user_scopes)))
    return tuple(dict.fromkeys(scope for scope in both.split(",") if scope))


def scopes(row: Row[Any], app: App | None) -> Scopes:
    granted = held(row)
    wanted = (*app.scopes, *app.user_scopes) if app else ()
    asked = {*wanted, *(app.optional_scopes if app else ())}
    missing = tuple(scope for scope in wanted if scope not in granted)
    return Scopes(granted, missing, tuple(scope for scope in granted if app and scope not in asked))


def history(db: Connection, row: Row[Any]) -> list[Row[Any]]:
    """slack_sdk's rows behind it, the latest first: who installed when, with which scopes."""
    columns = (SlackInstallation.id, SlackInstallation.user_id, SlackInstallation.installed_at)
    more = (SlackInstallation.bot_scopes, SlackInstallation.user_scopes)
    rows = select(*columns, *more).where(_at(SlackInstallation, row))
    return list(db.execute(rows.order_by(SlackInstallation.installed_at.desc()).limit(MOST_HISTORY)))


def tokens(db: Connection, row: Row[Any], vault: Vault) -> list[Token]:
    """What tokens there are, masked."""
    try:
        found = store.find_installation(db, vault, row.enterprise_id, row.team_id)
    except SealError:
        return [Token("Token", "sealed with a key that is not given")]
    if found is None:
        return []
    kinds = {"Bot token": found.bot_token, "Person's token": found.user_token, "Refresh token": found.bot_refresh_token}
    shown = [Token(kind, _masked(token)) for kind, token in kinds.items() if token]
    if found.bot_token_expires_at:
        until = datetime.fromtimestamp(found.bot_token_expires_at, UTC)
        shown.append(Token("Bot token expires", f"{until:%d %b %Y, %H:%M} UTC"))
    return shown


def attempts(db: Connection, operator: Operator, row: Row[Any]) -> list[Row[Any]]:
    """The latest attempts at the same place; none for somebody who may not see attempts."""
    place = Attempt.team_id == row.team_id if row.team_id else Attempt.enterprise_id == row.enterprise_id
    mine = and_(visible_to(operator, Attempt.client_id, "see_attempts"), Attempt.client_id == row.client_id, place)
    columns = (Attempt.reference, Attempt.outcome, Attempt.step, Attempt.code, Attempt.seen_at)
    return list(db.execute(select(*columns).where(mine).order_by(Attempt.seen_at.desc()).limit(MOST_ATTEMPTS)))


def _at(table: type[SlackInstallation], row: Row[Any]) -> Any:
    forms = Tenant(row.client_id, row.enterprise_id, row.team_id).forms
    ids = ("client_id", "enterprise_id", "team_id")
    return or_(*(and_(*(getattr(table, name) == getattr(form, name) for name in ids)) for form in forms))


def _masked(token: str) -> str:
    return f"{token.partition('-')[0]}-…{token[-4:]}"
