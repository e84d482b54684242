"""The command line. Each command says what it did, or in one sentence what is wrong and what to do next."""

import contextlib
import gc
import itertools
import os
import sys
from collections.abc import Iterator

import click

from dashboard import __version__
from dashboard.commands import app, importing, keys, operator
from dashboard.core import parse
from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError, frames


class _Commands(click.Group):
    """Turns what a person can mend into a sentence; there is never a traceback."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        for before, given in itertools.pairwise(["", *args]):
            if not parse.is_encodable(given):
                named = given.partition("=")[0] if given.startswith("--") else before
                what = f"The value of {named}" if named.startswith("--") else "An argument"
                raise click.UsageError(f"{what} is not text in UTF-8.")
        return super().parse_args(context, args)

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except DashboardError as error:
            click.echo(error.sentence, err=True)
            if error.next_step:
                click.echo(error.next_step, err=True)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - a person reads this; what to report is in it
            _say(error)
        sys.exit(1)


def _say(error: Exception) -> None:
    """What a person can do about an error that no command foresees."""
    from dashboard.core import database_error

    trouble = database_error.kind(error)
    if trouble in database_error.MENDABLE:
        click.echo(f"It was broken off by the database: {database_error.WORDS[trouble]}.", err=True)
        click.echo("What was done before stays done. Put that right, and run the command again.", err=True)
        return
    click.echo(f"Something unforeseen failed: {type(error).__name__} at {frames(error)[-2]}.", err=True)
    click.echo("Please report this line; it holds no secret.", err=True)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dashboard")
def main() -> None:
    """The installations of Slack apps: install pages, records and the support desk."""


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """Load a thousand modules with the garbage collector at rest, which takes a third less: none of it is garbage, and
    the collector need not look at it in later rounds either. Without rich, which structlog would load, with pygments,
    to colour tracebacks; our log has none, and they take a tenth of a second and 5 MiB."""
    gc.disable()
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type] # as Python marks what cannot be imported
    try:
        yield
    finally:
        if not sys.modules["rich"]:
            del sys.modules["rich"]
        gc.freeze()
        gc.enable()


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on.  [default: PORT, else 8000]")
def serve(host: str, port: int | None) -> None:
    """Run the web service, one process."""
    with _loading():
        from dashboard import server

    settings = Settings.from_env(os.environ)
    server.serve(settings, host, settings.port if port is None else port)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(1, 65534), default=8000, show_default=True, help="Slack is at the next one."
)
def demo(host: str, port: int) -> None:
    """Run everything on this machine, with a simulated Slack and a database that is gone afterwards."""
    with _loading():
        from dashboard.commands import demo as demonstration

    demonstration.run(host, port)


@main.command()
def migrate() -> None:
    """Bring the database up to date."""
    with _loading():
        from dashboard.commands.migrate import migrate as run
        from dashboard.core.steps import now_and_then

    before, after = run(Settings.from_env(os.environ).database_url, now_and_then(click.echo))
    if before == after:
        click.echo(f"The database is up to date, at revision {after}.")
    else:
        click.echo(f"Brought the database from {before or 'nothing'} to revision {after}.")


@main.command()
def reindex() -> None:
    """Rebuild the summary of all installations from slack_sdk's rows, and the counts. Safe while the service runs."""
    with _loading():
        from dashboard.access import audit, permissions
        from dashboard.core import log, schema
        from dashboard.core.engines import transaction
        from dashboard.core.steps import now_and_then, small_transactions
        from dashboard.desk import hours, installation_days, installation_kinds, installation_organizations
        from dashboard.slack import catching_up

    def tell(done: int, total: int) -> None:
        click.echo(f"{done:,} of {total:,}")

    def tell_days(done: int, total: int) -> None:
        click.echo(f"Attempts: {done:,} of {total:,} days")

    log.configure("warning")
    database_url = Settings.from_env(os.environ).database_url
    with transaction(database_url, write=True) as connection:
        schema.require_current(connection)
    with small_transactions(database_url) as step:
        looked_at = catching_up.reindex(step, now_and_then(tell))
        details = f"the summary of {looked_at:,} workspaces and organizations"
        of_installations = installation_kinds, installation_days, installation_organizations
        wrong = sum(step(counted.recount) for counted in of_installations)
        wrong += hours.recount(step, now_and_then(tell_days))
        step(audit.record, permissions.command_line(), "reindex", details=details)
    click.echo(f"Worked out the summary of {looked_at:,} workspaces and organizations anew.")
    if wrong:
        click.echo(f"Of what is kept counted, {wrong:,} numbers were wrong, and are right now.")


@main.command()
def purge() -> None:
    """Take out attempts and audit older than DASHBOARD_KEEP_ATTEMPTS and DASHBOARD_KEEP_AUDIT say."""
    import asyncio

    from dashboard.desk import retention

    settings = Settings.from_env(os.environ)
    gone = asyncio.run(retention.run(settings, lambda done: click.echo(f"{done:,} so far")))
    click.echo(f"Took out {gone['attempts']:,} attempts and {gone['audit']:,} rows of the audit.")
    if gone["installations"]:
        click.echo(f"Destroyed {gone['installations']:,} installations that were forgotten more than 30 days ago.")


@main.command()
def doctor() -> None:
    """Check configuration, database, keys, apps, Slack and PUBLIC_URL. Exit status 1 where anything must be mended."""
    from dashboard.commands import doctor as examination
    from dashboard.desk.app_checks import MEND

    findings = examination.examine(os.environ)
    for finding in findings:
        click.echo(f"{finding.level:<5} {finding.sentence}")
        if finding.fix:
            click.echo(f"      → {finding.fix}")
    if any(finding.level == MEND for finding in findings):
        sys.exit(1)


@main.command()
def secret() -> None:
    """Make a SECRET_KEY."""
    import secrets

    click.echo(secrets.token_urlsafe(48))


@main.command()
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print it as data.")
def attempt(reference: str, as_json: bool) -> None:
    """Print what happened to the attempt with this REFERENCE, why, what to answer, and what is kept of it."""
    from dashboard.commands import attempt

    click.echo(attempt.attempt(Settings.from_env(os.environ), reference, as_json=as_json))


main.add_command(app.app)
main.add_command(importing.importing)
main.add_command(keys.keys)
main.add_command(operator.operator)


if __name__ == "__main__":
    main()
