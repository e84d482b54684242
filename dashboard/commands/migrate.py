"""Brings a database up to date: `dashboard migrate`."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from dashboard.access import audit
from dashboard.access.permissions import command_line
from dashboard.core import log, schema, tally
from dashboard.core.db import transaction
from dashboard.core.errors import DatabaseNotReadyError
from dashboard.core.resources import resource_dir
from dashboard.core.steps import small_transactions
from dashboard.desk import hours, installation_kinds
from dashboard.slack import summary
from dashboard.slack.summary import Progress

_LOCK = 0x64617368  # "dash": any number will do, as long as every release uses the same


def migrate(database_url: str, told: Progress = lambda _done, _total: None) -> tuple[str | None, str]:
    """Run the migrations that are missing, all in one transaction; then work out the summary of rows that were adopted,
    in small ones. The revisions before and after.

    `told` hears how many workspaces and organizations are done, and how many there are. It may be broken off: what is
    left is done when it is run again, or by a service.

    Two processes that migrate at once take turns. Raises DatabaseNotReadyError if the database is newer than this
    release: it would be this release's mistake to touch it.
    """
    before = _upgrade(database_url)
    with small_transactions(database_url) as step:
        if before is None:
            summary.reindex(step, told, summary.LARGE_BATCH)
        else:
            summary.catch_up_with(step, told, summary.LARGE_BATCH)
        for counted in (hours.TALLY, installation_kinds.TALLY):
            while step(tally.fold, counted):
                pass
    return before, schema.newest_revision()


def _upgrade(database_url: str) -> str | None:
    """The revision before."""
    with transaction(database_url, write=True, create=True) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        before = schema.revision(connection)
        if before is not None and before > schema.newest_revision():
            raise DatabaseNotReadyError(
                f"The database is at revision {before}, which this release does not know.",
                "Run `dashboard migrate` of the newer release.",
            )
        command.upgrade(configuration(connection), "head")
        if before not in (None, schema.newest_revision()):
            log.configure("warning")
            details = f"from revision {before} to {schema.newest_revision()}"
            audit.record(connection, command_line(), "migrate", details=details)
        return before


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection, without a file: the migrations may be inside a wheel."""
    config = Config()
    config.set_main_option("script_location", str(resource_dir("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
