"""`dashboard doctor`: looks at everything an installation needs, and says of each finding how to mend it."""

import asyncio
import urllib.parse
from collections.abc import Iterator, Mapping

import aiohttp
from sqlalchemy import Connection

from dashboard.access import second_factor
from dashboard.apps import registry
from dashboard.apps.app import App, token_roots
from dashboard.core import schema
from dashboard.core.config import Settings
from dashboard.core.disk import disk_of
from dashboard.core.engines import transaction
from dashboard.core.errors import ConfigurationError, DashboardError
from dashboard.desk import app_checks
from dashboard.desk.app_checks import MEND, NOTE, OK, Finding
from dashboard.slack import sealed
from dashboard.slack.api import Slack
from dashboard.web.kit.connections import DESCRIPTORS_WANTED, raise_descriptors, room_in
from dashboard.web.kit.security import UNTOLD_PROXY

CONNECTIONS_NEEDED = 256
_OWN_ANSWER = aiohttp.ClientTimeout(total=5)


def examine(environment: Mapping[str, str]) -> list[Finding]:
    """Every finding, in the order in which to mend them; what an earlier one makes moot is left out."""
    try:
        settings = Settings.from_env(environment)
        settings.require_secret_key()
    except ConfigurationError as error:
        return [Finding(MEND, sentence, error.next_step) for sentence in error.sentence.splitlines()]
    findings = [Finding(NOTE, sentence) for sentence in settings.warnings()]
    findings.append(Finding(OK, "The configuration can be read."))
    findings.append(_descriptors())
    findings += _disk(settings)
    try:
        with transaction(settings.database_url, write=True) as db:
            schema.require_current(db)
            findings.append(Finding(OK, f"The database can be written to and is at revision {schema.revision(db)}."))
            apps = registry.load(db, settings)
            problems = [app.problem for app in apps.values() if app.problem]
            findings += [Finding(MEND, problem.sentence, problem.next_step) for problem in problems]
            apps = {slug: app for slug, app in apps.items() if not app.problem}
            findings += _keys(db, apps)
            findings += _second_factors(db, settings)
    except DashboardError as error:
        return [*findings, Finding(MEND, error.sentence, error.next_step)]
    findings += _redirect_urls(settings, apps)
    return findings + asyncio.run(_network(settings, apps))


def _descriptors() -> Finding:
    """Whether a process under the limits of this one may hold as many connections as the service takes at most."""
    descriptors = raise_descriptors()
    room = f"A process may open {descriptors:,} files here, enough for {room_in(descriptors):,} connections."
    if descriptors >= DESCRIPTORS_WANTED:
        return Finding(OK, room)
    fix = f"Allow {DESCRIPTORS_WANTED:,} where the service is started: `ulimit -n`, or LimitNOFILE= of systemd."
    return Finding(MEND if room_in(descriptors) < CONNECTIONS_NEEDED else NOTE, room, fix)


def _disk(settings: Settings) -> Iterator[Finding]:
    disk = disk_of(settings.database_url, settings.disk_limits)
    if disk is None:
        return
    if not disk.is_low:
        yield Finding(OK, disk.sentence)
        return
    yield Finding(MEND if disk.is_full else NOTE, disk.sentence, disk.next_step)


def _keys(db: Connection, apps: Mapping[str, App]) -> Iterator[Finding]:
    missing = sealed.missing_keys(db, {app.client_id: app.vault.keyring for app in apps.values()})
    for client_id, key_id in missing:
        fix = "Add the older key behind the newer one in DASHBOARD_TOKEN_KEYS (or SECRET_KEY), separated by a comma."
        yield Finding(MEND, f"Tokens of the app {client_id} are sealed with key {key_id}, which is not given.", fix)
    if not missing:
        yield Finding(OK, "Every key that sealed tokens is given.")
    plain = sealed.count_plain(db, [app.client_id for app in apps.values() if app.vault.seal])
    if plain:
        fix = "Seal them with `dashboard keys seal`, once the Bolt app uses dashboard.bolt."
        yield Finding(NOTE, f"{plain} stored rows hold tokens that are not sealed.", fix)


def _second_factors(db: Connection, settings: Settings) -> Iterator[Finding]:
    for email in second_factor.unreadable(db, second_factor.keyring(token_roots(settings))):
        fix = f"Add the older key, or let the codes go: `dashboard operator reset {email} --second-factor`."
        yield Finding(MEND, f"The one-time codes of {email} are sealed with a key that is not given.", fix)


def _redirect_urls(settings: Settings, apps: Mapping[str, App]) -> Iterator[Finding]:
    if not apps:
        fix = "Set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, or add one with `dashboard app add`."
        yield Finding(NOTE, "There is no app to install yet.", fix)
    for app in apps.values():
        yield app_checks.redirect_url(settings, app)


async def _network(settings: Settings, apps: Mapping[str, App]) -> list[Finding]:
    slack = Slack(settings.slack_api_url, settings.pace)
    try:
        at_slack = await asyncio.gather(*(app_checks.at_slack(slack, settings, app) for app in apps.values()))
    finally:
        await slack.close()
    return [*at_slack, await _at_home(settings, apps), *await _proxies(settings)]


async def _at_home(settings: Settings, apps: Mapping[str, App]) -> Finding:
    """Whether PUBLIC_URL leads to this service, under the host and scheme that the cookie needs.

    A start with a wrong signature leaves no trace: it answers 400 where it is at home, and where it takes itself to be
    under another address, 302 to the right one.
    """
    path = next((app.path for app in apps.values() if not app.paused), "/slack")
    query = urllib.parse.urlencode({"metadata": "doctor", "sig": "doctor"})
    try:
        async with (
            aiohttp.ClientSession(timeout=_OWN_ANSWER) as session,
            session.get(f"{settings.public_url}{path}/start?{query}", allow_redirects=False) as answer,
        ):
            status, location = answer.status, answer.headers.get("Location", "")
            is_ours = "frame-ancestors 'none'" in answer.headers.get("Content-Security-Policy", "")
    except (aiohttp.ClientError, OSError, TimeoutError):
        fix = "Start it with `dashboard serve`; if it runs, check the proxy and DNS (this machine may be kept from it)."
        return Finding(NOTE, f"Nothing answers at {settings.public_url} from here.", fix)
    if status == 302 and "moved=1" in location:
        fix = (
            "Let the proxy pass on Host (or X-Forwarded-Host and -Proto), and set DASHBOARD_PROXY_HOPS to their number."
        )
        return Finding(MEND, f"The service does not see that it is reached at {settings.public_url}.", fix)
    if is_ours and status in (400, 404, 503):
        return Finding(OK, f"The service answers at {settings.public_url}.")
    fix = "Check where the proxy sends …/install, …/start, …/oauth_redirect, /apps, /brand, /ops and /static."
    return Finding(MEND, f"Something else answers at {settings.public_url} (status {status}).", fix)


async def _proxies(settings: Settings) -> list[Finding]:
    """Whether a proxy stands before PUBLIC_URL of which the service was not told; what came this way says so."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_OWN_ANSWER) as session,
            session.get(f"{settings.public_url}/readyz", allow_redirects=False) as answer,
        ):
            text = (await answer.content.read(2_000)).decode("utf-8", "replace")
    except (aiohttp.ClientError, OSError, TimeoutError):
        return []  # said already
    if UNTOLD_PROXY not in text:
        return []
    fix = "Set DASHBOARD_PROXY_HOPS to the number of proxies in front (docs/deploying.md, Proxy and TLS)."
    return [Finding(MEND, UNTOLD_PROXY, fix)]
