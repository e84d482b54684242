"""The verdict on an installation: why an app that is installed can be silent."""

from sqlalchemy import Connection, func, select

from dashboard.apps.app import App
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.models import Lookup, OrganizationWorkspace
from dashboard.core.words import moment
from dashboard.desk import app_today, attention, tokens, verdict
from dashboard.desk.rows import InstallationRow
from dashboard.desk.verdict import Verdict
from dashboard.install.catalogue.causes.installed import MOST_OTHERS, Installed
from dashboard.install.catalogue.not_failed import SUCCEEDED
from dashboard.slack import lookups
from dashboard.slack.tenant import Tenant


def gather(db: Connection, app: App | None, installation: InstallationRow) -> Installed:
    """What is known of an installation that the operator is known to be allowed to see. `app` is its app, if it is
    still registered."""
    tenant = Tenant(installation.client_id, installation.enterprise_id, installation.team_id)
    wanted = attention.required_of(attention.required(db), installation.client_id)
    _, expiry = tokens.of_installation(db, installation, app.vault) if app else ([], None)
    return Installed(
        name=installation.name,
        now=now(),
        stored_at=installation.installed_at,
        status=installation.status,
        removed_at=installation.removed_at,
        held_at=installation.held_at,
        is_organization=installation.is_enterprise_install,
        is_checked=not installation.to_check,
        scopes=installation.scopes,
        missing=attention.missing(wanted, installation.bot_scopes, installation.user_scopes),
        expires_at=expiry.at if expiry else None,
        can_be_renewed=expiry is not None and expiry.can_be_renewed,
        looked_up_at=lookups.last(db, tenant),
        workspaces=_workspaces(db, installation),
        workspaces_at=installation.workspaces_at,
        others_looked_up=_others(db, installation, tenant),
    )


def verdict_of(db: Connection, settings: Settings, app: App | None, installation: InstallationRow) -> Verdict:
    """The verdict on an installation that the operator is known to be allowed to see."""
    known = gather(db, app, installation)
    return verdict.made(
        SUCCEEDED,
        verdict.found_of(SUCCEEDED.causes, known),
        code="installed",
        headline=_headline(known),
        app=app_today.read(db, settings, installation.client_id),
    )


def _headline(known: Installed) -> str:
    when = moment(known.stored_at)
    if known.is_active:
        return f"It is installed since {when}."
    if known.held_at:
        return f"It was installed {when}, and is {known.status} here since {moment(known.held_at)}."
    return f"It was installed {when}, and is gone."


def _workspaces(db: Connection, installation: InstallationRow) -> int | None:
    if installation.workspaces_at is None:
        return None
    there = OrganizationWorkspace.client_id == installation.client_id
    here = OrganizationWorkspace.enterprise_id == installation.enterprise_id
    return db.scalar(select(func.count()).select_from(OrganizationWorkspace).where(there, here))


def _others(db: Connection, installation: InstallationRow, tenant: Tenant) -> int:
    """How many other installations of the app were looked up since this one was stored; more than MOST_OTHERS are not
    counted."""
    since = Lookup.looked_up_at >= installation.installed_at
    others = select(1).where(Lookup.client_id == tenant.client_id, Lookup.tenant != tenant.key, since)
    return db.scalar(select(func.count()).select_from(others.limit(MOST_OTHERS).subquery())) or 0
