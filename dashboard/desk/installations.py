"""The installations as the desk shows them: the list, and each with what it may do and how it came about."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, not_, or_

from dashboard.access.permissions import Operator, visible_to
from dashboard.apps.app import App
from dashboard.core.clock import DAY, now
from dashboard.core.config import Settings
from dashboard.core.db import fetch_one, unindexed
from dashboard.core.errors import NotFoundError
from dashboard.core.models import Attempt, Installation, Lookup
from dashboard.desk import attention, installed, related, rows, timeline, tokens
from dashboard.desk.attention import Required, holds
from dashboard.desk.filters import Filter, ListSpec, Sort
from dashboard.desk.installation_kinds import KINDS, Kind
from dashboard.desk.installation_search import has_short_words, search
from dashboard.desk.related import Account
from dashboard.desk.rows import ATTENTION, AttemptRow, InstallationRow
from dashboard.desk.timeline import Happening
from dashboard.desk.tokens import Expiry, Token
from dashboard.desk.verdict import Verdict
from dashboard.slack.tenant import ACTIVE, DELETED, REVOKED, SUSPENDED, UNINSTALLED

STATUSES = {
    ACTIVE: "Active",
    ATTENTION: "Attention",
    SUSPENDED: "Suspended",
    REVOKED: "Revoked",
    UNINSTALLED: "Uninstalled",
    DELETED: "Deleted",
}
TYPES = {"workspace": "Workspace", "org": "Organization"}
MOST_ATTEMPTS = 10


def has_status(db: Connection, value: str) -> ColumnElement[bool]:
    if value == ATTENTION:
        return and_(Installation.status == ACTIVE, attention.needed(db))
    if value == ACTIVE:
        return and_(Installation.status == ACTIVE, not_(attention.needed(db)))
    return Installation.status == value


def holds_status(kind: Kind, value: str) -> bool:
    """`has_status`, of a kind."""
    return value == (ATTENTION if kind.status == ACTIVE and kind.needs_attention else kind.status)


def _may(kind: Kind, scope: str) -> bool:
    return any(scope in (scopes or "").split(",") for scopes in kind.scopes)


def _type(_db: Connection, value: str) -> ColumnElement[bool]:
    return Installation.is_enterprise_install.is_(True) if value == "org" else not_(Installation.is_enterprise_install)


def _number(value: str) -> int:
    """An id as it was given; what is none is that of nothing."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _removed(_db: Connection, value: str) -> ColumnElement[bool]:
    """Within so many days."""
    return Installation.removed_at >= now() - int(value.removesuffix("d")) * DAY


def _scope(_db: Connection, value: str) -> ColumnElement[bool]:
    return or_(holds(Installation.bot_scopes, value), holds(Installation.user_scopes, value))


def _asked_for(db: Connection, operator: Operator) -> list[str]:
    """The scopes that the operator's apps require today."""
    mine = {app.client_id for app in operator.apps}
    wanted = [each for client_id, each in attention.required(db).items() if client_id in mine]
    return sorted({scope for each in wanted for scope in (*each.bot, *each.user)})


_SPANS = {"1d": "in 24 hours", "7d": "in 7 days", "30d": "in 30 days"}

LIST = ListSpec(
    name="installations",
    table=Installation,
    act="see_installations",
    row=InstallationRow,
    query=lambda db, _operator: rows.installations(db),
    time=Installation.installed_at,
    sorts={
        "installed": Sort("Installed", Installation.installed_at, "installed_at"),
        "first": Sort("First", Installation.first_installed_at, "first_installed_at"),
        "last_seen": Sort("Seen", rows.LAST_SEEN, "last_seen_at", rare=Lookup.looked_up_at),
        "name": Sort("Workspace", Installation.sort_name, "sort_name"),
    },
    filters=(
        Filter("status", "Status", has_status, STATUSES, holds=holds_status),
        Filter("type", "Type", _type, TYPES, holds=lambda kind, value: kind.is_enterprise_install == (value == "org")),
        Filter(
            "drift",
            "Scopes",
            lambda db, _value: attention.drifted(db),
            {"1": "Some missing"},
            holds=lambda kind, _value: kind.is_drifted,
        ),
        Filter("scope", "Scope", _scope, suggested=_asked_for, holds=_may),
        Filter("removed", "Removed", _removed, _SPANS, is_offered=False),
        Filter(
            "enterprise", "Organization", lambda _db, value: Installation.enterprise_id == value.upper(), is_rare=True
        ),
        Filter("id", "Ticked", lambda _db, value: Installation.id == _number(value)),
        Filter("team", "Workspace", lambda _db, value: Installation.team_id == value.upper(), is_rare=True),
    ),
    search=search,
    has_short_words=has_short_words,
    facets=("status", "type", "drift", "app", "scope"),
    hidden=("status", DELETED),
    kinds=KINDS,
)


@dataclass(frozen=True, slots=True)
class Scopes:
    """What an installation may do against what its app asks for today."""

    granted: tuple[str, ...]
    missing: tuple[str, ...]
    beyond: tuple[str, ...]  # granted, and not asked for any more


@dataclass(frozen=True, slots=True)
class InstallationPage:
    """Everything the page of one installation shows."""

    installation: InstallationRow
    app: App | None  # None if it is no longer registered
    scopes: Scopes
    timeline: list[Happening]  # the latest first
    tokens: list[Token]
    expiry: Expiry | None  # of the bot's token, if it expires
    attempts: list[AttemptRow]  # at the same place; none for somebody who may not see attempts
    verdict: Verdict
    accounts: list[Account]  # of the vendor's, that signed links named, the latest first


def page(
    db: Connection, operator: Operator, settings: Settings, apps: Mapping[str, App], installation_id: int
) -> InstallationPage:
    """One installation. `apps` are those of the deployment by client id.

    Raises NotFoundError if the operator may not see it.
    """
    installation = get(db, operator, installation_id)
    app = apps.get(installation.client_id)
    shown, expiry = tokens.of_installation(db, installation, app.vault) if app else ([], None)
    return InstallationPage(
        installation=installation,
        app=app,
        scopes=scopes(installation, app, attention.required_of(attention.required(db), installation.client_id)),
        timeline=timeline.of_installation(db, operator, installation),
        tokens=shown,
        expiry=expiry,
        attempts=_attempts(db, operator, installation),
        accounts=related.accounts(db, operator, installation),
        verdict=installed.verdict_of(db, settings, app, installation),
    )


def get(db: Connection, operator: Operator, installation_id: int) -> InstallationRow:
    """Raises NotFoundError if there is none that the operator may see."""
    visible = visible_to(operator, Installation.client_id, LIST.act)
    installation = fetch_one(
        db, rows.installations(db).where(Installation.id == installation_id, visible), InstallationRow
    )
    if installation is None:
        raise NotFoundError
    return installation


def scopes(installation: InstallationRow, app: App | None, wanted: Required) -> Scopes:
    """What was granted, and how that differs from what the app requires and asks for."""
    granted = installation.scopes
    missing = attention.missing(wanted, installation.bot_scopes, installation.user_scopes)
    if app is None:
        return Scopes(granted, missing, beyond=())
    asked_for = {*app.scopes, *app.user_scopes, *app.optional_scopes}
    return Scopes(granted, missing, beyond=tuple(scope for scope in granted if scope not in asked_for))


def _attempts(db: Connection, operator: Operator, installation: InstallationRow) -> list[AttemptRow]:
    visible = visible_to(operator, unindexed(Attempt.client_id), "see_attempts")
    here = Attempt.enterprise_id == installation.enterprise_id
    if installation.team_id:
        here = Attempt.team_id == installation.team_id
    return rows.attempts(db, visible, unindexed(Attempt.client_id) == installation.client_id, here, most=MOST_ATTEMPTS)
