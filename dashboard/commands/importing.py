"""`dashboard import`: slack_sdk's other stores move in."""

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dashboard.commands import acts
from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError

if TYPE_CHECKING:
    from dashboard.apps.app import App
    from dashboard.slack.importing import Source


@click.group("import")
def importing() -> None:
    """Move in what another of slack_sdk's stores holds, tokens and history included. Safe to repeat."""


_dry = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@importing.command("sqlite3")
@click.argument("file", type=click.Path(path_type=Path))
@_dry
def from_sqlite3(file: Path, dry_run: bool) -> None:
    """Move in the FILE of slack_sdk's SQLite3InstallationStore. The file is only read."""
    from dashboard.slack import importing as store

    settings, apps = _ground()
    _move(settings, apps, store.read_sqlite3(file), dry_run)


@importing.command("file")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--app", "slug", metavar="SLUG", help="Whose it is.  [default: the app of the folder's name, or the only one]"
)
@_dry
def from_files(folder: Path, slug: str | None, dry_run: bool) -> None:
    """Move in the FOLDER of slack_sdk's FileInstallationStore. It is only read."""
    from dashboard.slack import importing as store

    settings, apps = _ground()
    source = store.Source()
    for place, app in _folders(folder, slug, apps):
        found = store.read_files(place, app.client_id)
        source.tenants |= found.tenants
        source.damaged += found.damaged
    _move(settings, apps, source, dry_run)


def _ground() -> "tuple[Settings, Mapping[str, App]]":
    from dashboard.apps import registry
    from dashboard.core import schema
    from dashboard.core.engines import transaction

    settings = Settings.from_env(os.environ)
    settings.require_secret_key()
    with transaction(settings.database_url) as connection:
        schema.require_current(connection)
        return settings, registry.load(connection, settings)


def _folders(folder: Path, slug: str | None, apps: "Mapping[str, App]") -> "list[tuple[Path, App]]":
    """Each app's folder: the one given, or those below it that are named by a client id."""
    by_client = {app.client_id: app for app in apps.values()}
    if slug and slug not in apps:
        raise DashboardError(f"There is no app '{slug[:40]}'.", "`dashboard app list` shows those there are.")
    below = [(folder / client_id, app) for client_id, app in by_client.items() if (folder / client_id).is_dir()]
    if slug:
        app = apps[slug]
        return [(place, found) for place, found in below if found is app] or [(folder, app)]
    if below:
        return below
    if folder.resolve().name in by_client:
        return [(folder, by_client[folder.resolve().name])]
    if len(apps) == 1:
        return [(folder, next(iter(apps.values())))]
    raise DashboardError("It is not clear which app these installations belong to.", "Name the app with --app SLUG.")


def _move(settings: Settings, apps: "Mapping[str, App]", source: "Source", dry_run: bool) -> None:
    names = {app.client_id: slug for slug, app in apps.items()}
    counted = Counter(tenant.client_id for tenant in source.tenants)
    for client_id, count in sorted(counted.items()):
        of = f"the app '{names[client_id]}'" if client_id in names else f"client id {client_id}: no app here, left out"
        click.echo(f"Read: {count:,} workspaces and organizations of {of}")
    for place, why in source.damaged:
        click.echo(f"Cannot be read: {place}: {why}", err=True)
    if not dry_run:
        _write(settings, apps, source, counted)
    if source.damaged:
        raise DashboardError(f"{len(source.damaged):,} could not be read; the others were.", "See the lines above.")
    if not counted:
        raise DashboardError("It holds no installation.", "Check the path.")
    left_out = [client_id for client_id in counted if client_id not in names]
    if left_out:
        raise DashboardError(
            f"Installations of {', '.join(left_out)} were left out.",
            "Add the app with `dashboard app add`, and repeat.",
        )


def _write(settings: Settings, apps: "Mapping[str, App]", source: "Source", counted: Mapping[str, int]) -> None:
    """Add what was read, `counted` by client id."""
    from dashboard.core.steps import now_and_then, small_transactions
    from dashboard.slack import importing as store

    def tell(done: int, total: int) -> None:
        click.echo(f"{done:,} of {total:,}")

    moved = [app for app in apps.values() if app.client_id in counted]
    for app in moved:
        read = f"begun: {counted[app.client_id]:,} workspaces and organizations read"
        acts.record_for_each(settings, "import", [app], read)
    vaults = {app.client_id: app.vault for app in apps.values()}
    with small_transactions(settings.database_url) as step:
        result = store.write(step, source, vaults, now_and_then(tell))
    added = f"added {result.rows:,} rows, left out {result.there:,} that are here or were uninstalled since"
    acts.record_for_each(settings, "import", moved, added + (f", of {len(moved)} apps" if len(moved) > 1 else ""))
    click.echo(f"Added {result.rows:,} rows of {result.tenants:,} workspaces and organizations.")
    if result.there:
        click.echo(f"Left out {result.there:,} rows that are here already, or were uninstalled here since.")
