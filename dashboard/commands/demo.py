"""`dashboard demo`: the whole service on this machine, against a simulated Slack, on a database that is thrown away."""

import asyncio
import contextlib
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
import uvicorn
from aiohttp import web

from dashboard import __version__, server
from dashboard.access import operators, passwords, permissions
from dashboard.apps import registry
from dashboard.apps.app import DEFAULT_SLUG
from dashboard.commands import migrate
from dashboard.commands.samples import Pasted, Samples
from dashboard.core import log, parse
from dashboard.core.config import Settings
from dashboard.core.db import transaction
from dashboard.core.errors import DashboardError
from dashboard.simulator import SimulatedApp, Simulator
from dashboard.web.kit.connections import Connections

OWNER = "owner@example.com"
CLIENT_ID, CLIENT_SECRET = "1000000000.2000000000", "not-a-secret-in-the-demo"

BRAND = {
    "name": "Acme Bot",
    "sentence": "Answers your team's questions where they are asked.",
    "how_it_works": "Mention @Acme Bot in a channel, and it answers in the thread.",
    "next_steps": "Invite @Acme Bot to a channel, then ask it something.",
    "scope_reasons": "app_mentions:read to hear when you ask\nchat:write to answer you\ncommands to offer /acme",
    "accent": "#1f7a5c",
    "support": "support@example.com",
}

TO_TRY = """\
  Install page      {url}/slack/install
  Straight to Slack {url}/slack/start
  The desk          {url}/ops
                    sign in as {email} with the password {password}

  Things to try, at the simulated Slack:
    Allow in a workspace, then reload the page you come back to
    Choose "Globex Corporation (the whole organization)"
    Cancel, go back, then Allow
    Choose what shall happen after Allow: every failure has its own page, with a reference
  Things to try at the desk, which has thirty days of samples: paste into the look-up what a customer sent:
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
        password = _let_the_owner_in(settings)
        said = {"email": OWNER, "password": password, "command": sys.argv[0], **vars(_write_samples(settings))}
        click.echo(TO_TRY.format(url=url, database=database_url, **said))
        with contextlib.suppress(KeyboardInterrupt), server.must_start():
            asyncio.run(_serve(settings, *listeners))


async def _serve(settings: Settings, listener: socket.socket, slack_listener: socket.socket) -> None:
    app = SimulatedApp(CLIENT_ID, CLIENT_SECRET, (f"{settings.public_url}/slack/oauth_redirect",))
    runner = web.AppRunner(Simulator([app], knows_every_app=True).web_app(), access_log=None)
    await runner.setup()
    await web.SockSite(runner, slack_listener).start()
    try:
        await uvicorn.Server(server.configuration(settings, Connections())).serve(sockets=[listener])
    finally:
        await runner.cleanup()


def _let_the_owner_in(settings: Settings) -> str:
    """Give the demo's app its row, and its owner an account; the password."""
    password = secrets.token_urlsafe(12)
    with transaction(settings.database_url, write=True) as db:
        registry.note_environment(db, settings)
        registry.edit(db, settings, DEFAULT_SLUG, BRAND)
        owner = operators.add(db, permissions.command_line(), OWNER, owner=True)
        operators.set_password(db, owner, passwords.hashed(password))
    return password


def _write_samples(settings: Settings) -> Pasted:
    with transaction(settings.database_url, write=True) as db:
        app = registry.require(db, settings, DEFAULT_SLUG)
        return Samples(db, app, __version__).write()


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
