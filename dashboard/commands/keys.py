"""`dashboard keys`: what seals the stored tokens."""

import os
from typing import TYPE_CHECKING

import click

from dashboard.commands import acts
from dashboard.core.config import Settings

if TYPE_CHECKING:
    from dashboard.apps.app import App


@click.group()
def keys() -> None:
    """Seal stored tokens, or seal them anew."""


_one_app = click.option("--app", "slug", metavar="SLUG", help="One app's tokens.  [default: those of every app]")


@keys.command()
@_one_app
def seal(slug: str | None) -> None:
    """Seal the tokens that are stored plain. The Bolt app must use dashboard.bolt before."""
    _run("seal", slug, "Sealed")


@keys.command()
@_one_app
def rotate(slug: str | None) -> None:
    """Seal with the newest key what an older one sealed. Afterwards the older ones may go."""
    _run("rotate", slug, "Sealed anew")


@keys.command()
@_one_app
@click.option("--yes", is_flag=True, help="Do it.")
def unseal(slug: str | None, yes: bool) -> None:
    """Store every token plain again, for slack_sdk's own classes. Needs --yes."""
    if not yes:
        raise click.UsageError("This stores every token in clear. Say --yes if that is what you want.")
    _run("unseal", slug, "Opened")


def _run(mode: str, slug: str | None, word: str) -> None:
    from dashboard.commands import sealing
    from dashboard.core.errors import DashboardError
    from dashboard.core.steps import now_and_then, small_transactions

    settings = Settings.from_env(os.environ)
    settings.require_secret_key()
    apps = _apps(settings, slug)

    def tell(run: sealing.Run) -> None:
        click.echo(f"{run.rows:,} rows so far")

    verb = f"keys.{mode}"
    acts.record_for_each(settings, verb, apps, "begun")  # it goes in small steps: broken off, some of it is done
    with small_transactions(settings.database_url) as step:
        done = sealing.run(step, settings, apps, mode, now_and_then(tell))
    result = f"{word}: {done.changed:,} of {done.rows:,} rows"
    lost = f"{done.lost:,} values cannot be opened: their key is not given, or they were moved."
    of_all = "" if len(apps) == 1 else f", of {len(apps)} apps"
    details = f"{result}{of_all}" + (f"; {lost}" if done.lost else "")
    acts.record_for_each(settings, verb, apps, details, failed=bool(done.lost))
    click.echo(f"{result}.")
    if done.lost:
        add = "Add the older key behind the newer one in DASHBOARD_TOKEN_KEYS (or SECRET_KEY), and repeat."
        raise DashboardError(lost, add)


def _apps(settings: Settings, slug: str | None) -> "list[App]":
    """The app of that slug, or all. Raises DashboardError if there is none."""
    from dashboard.apps import registry
    from dashboard.core import schema
    from dashboard.core.engines import transaction
    from dashboard.core.errors import DashboardError

    with transaction(settings.database_url) as connection:
        schema.require_current(connection)
        known = registry.load(connection, settings)
        apps = [registry.require(connection, settings, slug)] if slug else list(known.values())
    if not apps:
        raise DashboardError("There is no app here yet.", "Set SLACK_CLIENT_ID, or add an app.")
    return apps
