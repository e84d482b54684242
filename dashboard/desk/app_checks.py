"""What is in order with one app and what is not, each with how to mend it: for its page, and for `dashboard doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from dashboard.apps.app import App
from dashboard.core.config import Settings
from dashboard.core.models import Attempt, Installation
from dashboard.core.words import many, moment
from dashboard.desk import attention
from dashboard.slack import sealed
from dashboard.slack.api import Slack, SlackRefusedError, SlackUnavailableError
from dashboard.slack.tenant import ACTIVE

OK, NOTE, MEND = "ok", "note", "mend"
_CREDENTIALS = {
    "invalid_client_id": ("its client id", "Compare the client id with Basic Information at Slack."),
    "bad_client_secret": ("its client secret", "Copy the client secret from Basic Information at Slack anew."),
}


@dataclass(frozen=True)
class Finding:
    """What one check found. `fix` is the next step, empty where all is well."""

    level: str
    sentence: str
    fix: str = ""


async def at_slack(slack: Slack, settings: Settings, app: App) -> Finding:
    """Whether Slack knows the app. A code that cannot exist is refused in any case; what counts is why."""
    try:
        await slack.exchange(app.client_id, app.client_secret, "dashboard-doctor", app.redirect_uri)
    except SlackUnavailableError as fault:
        fix = "Check the way out of this machine: DNS, firewall, proxy, SLACK_API_URL."
        return Finding(MEND, f"{app.slug}: Slack cannot be asked at {settings.slack_api_url} ({fault.detail}).", fix)
    except SlackRefusedError as refusal:
        if refusal.error not in _CREDENTIALS:
            return Finding(OK, f"{app.slug}: Slack can be reached and knows the app.")
        what, fix = _CREDENTIALS[refusal.error]
        return Finding(MEND, f"{app.slug}: Slack does not accept {what} ({refusal.error}).", fix)
    return Finding(NOTE, f"{app.slug}: Slack accepted a code that cannot exist.", "Check SLACK_API_URL.")


def redirect_url(settings: Settings, app: App) -> Finding:
    ours = f"{settings.public_url}{app.path}/oauth_redirect"
    if app.redirect_uri == ours:
        return Finding(OK, f"{app.slug}: the redirect URL to enter at Slack is {ours}")
    fix = f"Unless a proxy takes it to {ours}, set it to that, here and at Slack."
    return Finding(NOTE, f"{app.slug}: the redirect URL is {app.redirect_uri}, not the one we answer at.", fix)


def kept(db: Connection, app: App) -> Iterator[Finding]:
    """What our own records say of an app that can be served."""
    yield _accepted(db, app)
    yield _scopes(db, app)
    plain = sealed.count_plain(db, [app.client_id]) if app.vault.seal else 0
    if plain:
        fix = "Seal them with `dashboard keys seal`, once the Bolt app uses dashboard.bolt."
        yield Finding(NOTE, f"{many(plain, 'stored row')} of it hold tokens that are not sealed.", fix)
    if not app.brand.support:
        fix = "Enter an address under Brand: it is on every page that tells of a failure."
        yield Finding(NOTE, "Whoever cannot install it has nobody to write to.", fix)
    if app.paused:
        yield Finding(NOTE, "It is paused: nobody can install it.", "Resume it when they shall.")


def _accepted(db: Connection, app: App) -> Finding:
    """Whether Slack, which compares it, has given a token for the redirect URL of today."""
    at = select(func.max(Attempt.exchanged_at)).where(
        Attempt.client_id == app.client_id, Attempt.verified, Attempt.redirect_uri == app.redirect_uri
    )
    last = db.scalar(at)
    if last:
        return Finding(OK, f"Slack last gave a token for its redirect URL {moment(last)}.")
    fix = "Enter it at Slack under OAuth & Permissions, then install the app in a workspace of your own."
    return Finding(NOTE, "No installation has come back to its redirect URL yet, so Slack may not know it.", fix)


def _scopes(db: Connection, app: App) -> Finding:
    active = Installation.client_id == app.client_id, Installation.status == ACTIVE
    of = db.scalar(select(func.count()).where(*active)) or 0
    lacking = db.scalar(select(func.count()).where(*active, attention.drifted(db))) or 0
    there = many(of, "active installation")
    if not lacking:
        return Finding(OK, f"Every one of {there} has the scopes that it requires.")
    fix = "They get them when somebody installs the app again: their pages have a link for that."
    return Finding(NOTE, f"Scopes that it requires are missing in {lacking:,} of {there}.", fix)
