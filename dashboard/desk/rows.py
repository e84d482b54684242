"""Attempts and installations as the desk's tables show them, a row each."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select, union

from dashboard.core.clock import DAY
from dashboard.core.db import fetch
from dashboard.core.models import Attempt, Installation, Lookup
from dashboard.core.text import is_blank
from dashboard.desk import attention
from dashboard.slack.tenant import ACTIVE

ABANDONED_AFTER = DAY  # without a return
ATTENTION = "attention"  # the status of an active installation that should be looked at


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt in a table of several. Times are ms."""

    reference: str
    client_id: str
    seen_at: int
    outcome: str | None
    step: str
    code: str | None
    team_id: str | None
    enterprise_id: str | None
    browser: str | None
    system: str | None


ATTEMPTS = select(
    Attempt.reference,
    Attempt.client_id,
    Attempt.seen_at,
    Attempt.outcome,
    Attempt.step,
    Attempt.code,
    Attempt.team_id,
    Attempt.enterprise_id,
    Attempt.browser,
    Attempt.system,
)


def attempts_by(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that an attempt meets any of some conditions, each of which is asked of its own index."""
    return Attempt.id.in_(union(*(select(Attempt.id).where(condition) for condition in conditions)))


def attempts(db: Connection, *conditions: ColumnElement[bool], most: int) -> list[AttemptRow]:
    """The newest attempts that meet all conditions. What the operator may see is one of them, for the caller to say."""
    return fetch(db, ATTEMPTS.where(*conditions).order_by(Attempt.seen_at.desc()).limit(most), AttemptRow)


def outcome_of(outcome: str | None, step: str, seen_at: int, now: int) -> str:
    """The outcome as people read it: an attempt without one is underway, or abandoned after a day at Slack."""
    if outcome:
        return outcome
    return "abandoned" if step == "started" and seen_at < now - ABANDONED_AFTER else "running"


@dataclass(frozen=True, slots=True)
class InstallationRow:
    """What the summary knows of one installation. Times are ms."""

    id: int
    client_id: str
    enterprise_id: str | None
    enterprise_name: str | None
    team_id: str | None
    team_name: str | None
    is_enterprise_install: bool
    status: str
    to_check: bool
    needs_attention: bool
    url: str | None
    installer_id: str
    bot_scopes: str | None
    user_scopes: str | None
    first_installed_at: int
    installed_at: int
    removed_at: int | None
    checked_at: int | None
    held_at: int | None
    workspaces_at: int | None
    last_seen_at: int  # when a Bolt app last asked for it; 0: never, as far as anybody noted
    sort_name: str

    @property
    def name(self) -> str:
        """The workspace or organization by name, else by id."""
        return readable(self.team_name, self.enterprise_name) or self.team_id or self.enterprise_id or ""

    @property
    def shown_status(self) -> str:
        return ATTENTION if self.status == ACTIVE and self.needs_attention else self.status

    @property
    def scopes(self) -> tuple[str, ...]:
        """What it may do: the bot's scopes and the person's."""
        granted = f"{self.bot_scopes or ''},{self.user_scopes or ''}"
        return tuple(dict.fromkeys(scope for scope in granted.split(",") if scope))


def readable(*names: str | None) -> str:
    """The first name of which anything can be seen; else empty."""
    return next((name.strip() for name in names if name and not is_blank(name)), "")


LAST_SEEN = func.coalesce(Lookup.looked_up_at, 0)
_INSTALLATIONS = select(
    Installation.id,
    Installation.client_id,
    Installation.enterprise_id,
    Installation.enterprise_name,
    Installation.team_id,
    Installation.team_name,
    Installation.is_enterprise_install,
    Installation.status,
    Installation.to_check,
    Installation.url,
    Installation.installer_id,
    Installation.bot_scopes,
    Installation.user_scopes,
    Installation.first_installed_at,
    Installation.installed_at,
    Installation.removed_at,
    Installation.checked_at,
    Installation.held_at,
    Installation.workspaces_at,
    LAST_SEEN.label("last_seen_at"),
    Installation.sort_name,
).outerjoin(Lookup, and_(Lookup.client_id == Installation.client_id, Lookup.tenant == Installation.tenant))


def installations(db: Connection) -> Select[*tuple[object, ...]]:
    """The query of rows of installations, for conditions to be added to. What the operator may see is one of them."""
    return _INSTALLATIONS.add_columns(attention.needed(db).label("needs_attention"))
