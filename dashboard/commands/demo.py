"""`dashboard demo`: the whole service on this machine, against a simulated Slack, on a database that is thrown away."""

import asyncio
import contextlib
import secrets
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import uvicorn
from aiohttp import web

from dashboard import __version__, server
from dashboard.access import operators, passwords, permissions
from dashboard.app import create_app
from dashboard.apps import registry
from dashboard.apps.app import DEFAULT_SLUG
from dashboard.commands import demo_brand, migrate
from dashboard.commands.sample_installations import SampleInstallations
from dashboard.commands.samples import Pasted, Samples
from dashboard.core import log, parse
from dashboard.core.config import Settings
from dashboard.core.engines import transaction
from dashboard.core.errors import DashboardError
from dashboard.core.steps import small_transactions
from dashboard.desk import app_settings
from dashboard.simulator import SimulatedApp, Simulator
from dashboard.web.kit.connections import Connections

OWNER = "owner@example.com"
ROLES = permissions.ROLES
SECOND = {
    "client_id": "1000000000.3000000000",
    "client_secret": "not-a-secret-in-the-demo-either",
    "scopes": "chat:write,commands,reactions:read",
}
SECOND_SLUG = "nota-bene"
MANY = {DEFAULT_SLUG: 2_400, SECOND_SLUG: 600}  # sample installations
AT_ONCE, PAUSE = 10, 0.03  # of them in a transaction, and seconds after each, for the service to write
CLIENT_ID, CLIENT_SECRET = "1000000000.2000000000", "not-a-secret-in-the-demo"

TO_TRY = """\
  Install page      {url}/slack/install
  Straight to Slack {url}/slack/start
  The desk          {url}/ops
                    sign in as {email} with the password {password}
                    or, with the same, as what you want to see it as:
                    {others}@example.com

  Things to try, at the simulated Slack:
    Allow in a workspace, then reload the page you come back to
    Choose "Globex Corporation (the whole organization)"
    Cancel, go back, then Allow
    Choose what shall happen after Allow: every failure has its own page, with a reference
  Things to try at the desk, which has two apps, thirty days of attempts, and three thousand
  installations, of which the last come half a minute after the start:
    Sort the installations, tick some, and act on them; revoked, suspended and lacking ones are among them
    Paste into the look-up what a customer sent:
    {mail}
    {sentence}
    {memory}
  Add an app of your own there, under Apps: any client id and secret will do, the simulated Slack knows it at once
  What is kept of it, in another terminal:
    DATABASE_URL={database} {command} attempt REFERENCE

  Stop with Ctrl-C; the database is thrown away then.
"""


def run(host: str, port: int) -> None:
    """Serve at `port`, simulated Slack at the next one, until interrupted."""
    name = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host  # noqa: S104 - a comparison
    if not parse.is_loopback(name):
        raise DashboardError(
            f"--host {host} is an address in a network; the demo speaks plain http, which is for this machine alone.",
            "Leave --host out; the real service can stand in a network, behind https (docs/deploying.md).",
        )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the default would leave the database behind
    with _database() as database_url:
        click.echo("Setting up a database")
        migrate.migrate(database_url)
        listeners = server.listen(host, port), server.listen(host, port + 1)
        url, slack_url = f"http://{name}:{port}", f"http://{name}:{port + 1}"
        settings = Settings.from_env(_environment(database_url, url, slack_url))
        log.configure(settings.log_level)
        click.echo("Starting the dashboard and a simulated Slack\n")
        password = _let_people_in(settings)
        pasted = _write_attempts(settings)
        said = {
            "email": OWNER,
            "password": password,
            "others": ", ".join(ROLES),
            "command": sys.argv[0],
            **vars(pasted),
        }
        click.echo(TO_TRY.format(url=url, database=database_url, **said))
        with contextlib.suppress(KeyboardInterrupt), server.must_start():
            asyncio.run(_serve(settings, *listeners))


async def _serve(settings: Settings, listener: socket.socket, slack_listener: socket.socket) -> None:
    app = SimulatedApp(CLIENT_ID, CLIENT_SECRET, (f"{settings.public_url}/slack/oauth_redirect",))
    slack = Simulator([app], knows_every_app=True)
    runner = web.AppRunner(slack.web_app(), access_log=None)
    await runner.setup()
    await web.SockSite(runner, slack_listener).start()
    stopped = threading.Event()
    installing = asyncio.create_task(asyncio.to_thread(_write_installations, settings, slack, stopped))
    try:
        served = server.configuration(create_app(settings), settings, Connections())
        await uvicorn.Server(served).serve(sockets=server.doors(listener))
    finally:
        stopped.set()
        await installing
        await runner.cleanup()


def _let_people_in(settings: Settings) -> str:
    """Give the demo its two apps, its owner an account, and another to somebody of each role; their password."""
    password = secrets.token_urlsafe(12)
    hashed, maker = passwords.hashed(password), permissions.command_line()
    with transaction(settings.database_url, write=True) as db:
        registry.note_environment(db, settings)
        registry.edit(db, settings, DEFAULT_SLUG, demo_brand.acme())
        registry.add(db, settings, SECOND_SLUG, {**SECOND, **demo_brand.nota_bene()})
        operators.set_password(db, operators.add(db, maker, OWNER, owner=True), hashed)
        for role in ROLES:
            person = operators.add(db, maker, f"{role}@example.com", owner=False)
            operators.set_password(db, person, hashed)
            for slug in (DEFAULT_SLUG, SECOND_SLUG):
                operators.set_role(db, maker, person, app_settings.current(db, slug).id, role)
    return password


def _write_attempts(settings: Settings) -> Pasted:
    """What three customers sent."""
    with transaction(settings.database_url, write=True) as db:
        return Samples(db, registry.require(db, settings, DEFAULT_SLUG), __version__).write()


def _write_installations(settings: Settings, slack: Simulator, stopped: threading.Event) -> None:
    """Beside the running service, which shows how they become more. Slack is told of each token."""
    with small_transactions(settings.database_url) as step:
        for slug, count in MANY.items():
            samples = SampleInstallations(step(registry.require, settings, slug), permissions.service())
            for first in range(0, count, AT_ONCE):
                if stopped.wait(PAUSE):
                    return
                for sample in step(samples.write, range(first, min(first + AT_ONCE, count))):
                    slack.give(sample.token, sample.client_id, sample.place, sample.scopes)


@contextlib.contextmanager
def _database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="dashboard-demo-") as folder:
        yield f"sqlite+aiosqlite:///{Path(folder) / 'demo.db'}"


def _environment(database_url: str, url: str, slack_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PUBLIC_URL": url,
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SCOPES": "app_mentions:read,chat:write,commands",
        "SLACK_API_URL": f"{slack_url}/api/",
        "SLACK_AUTHORIZE_URL": f"{slack_url}/oauth/v2/authorize",
        "DASHBOARD_LOG_LEVEL": "warning",
    }
