"""Brings a database up to date: `dashboard migrate`."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, func, select, text

from dashboard.access import audit
from dashboard.access.permissions import command_line
from dashboard.core import log, schema, side_by_side
from dashboard.core.engines import transaction
from dashboard.core.errors import DatabaseNotReadyError
from dashboard.core.models import SlackInstallation
from dashboard.core.resources import resource_dir
from dashboard.core.side_by_side import Spread
from dashboard.core.steps import Step, in_one_transaction, now_and_then, small_transactions
from dashboard.desk import tallies
from dashboard.slack import adopting, catching_up, installation_indexes

MANY = 5_000  # rows
_LOCK = 0x64617368  # "dash": any number will do, as long as every release uses the same


def migrate(database_url: str, tell: Callable[[str], None] = lambda _sentence: None) -> tuple[str | None, str]:
    """Run the migrations that are missing, all in one transaction, in which the summary of rows that were adopted is
    worked out; of many, in small transactions afterwards. The revisions before and after.

    `tell` hears how far it is. It may be broken off: what is left is done when it is run again.

    Two processes that migrate at once take turns. Raises DatabaseNotReadyError if the database is newer than this
    release: it would be this release's mistake to touch it.
    """
    before = upgrade(database_url)
    with small_transactions(database_url) as step:
        if step(installation_indexes.are_put_off):
            with side_by_side.spread(database_url, step) as spread:
                _adopt(step, spread, tell)
        tallies.add_up(step)
    return before, schema.newest_revision()


def _adopt(step: Step, spread: Spread, tell: Callable[[str], None]) -> None:
    add_up = now_and_then(lambda: tallies.add_up(step))

    def told(done: int, total: int) -> None:
        add_up()
        tell(f"{done:,} of {total:,} workspaces and organizations")

    adopting.sum_up_all(step, spread, told)
    for number, total in installation_indexes.make(step, spread):
        tell(f"Index {number} of {total}")


def upgrade(database_url: str) -> str | None:
    """Bring the schema up to date. The revision before."""
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
        if before is None and _has_many(connection):
            installation_indexes.put_off(connection)  # by which it is known that the summary has to be filled
        elif before is None:
            catching_up.reindex(in_one_transaction(connection))
        elif before != schema.newest_revision():
            log.configure("warning")
            details = f"from revision {before} to {schema.newest_revision()}"
            audit.record(connection, command_line(), "migrate", details=details)
        return before


def _has_many(db: Connection) -> bool:
    """Whether so many rows were adopted that their summary is better filled without its indexes."""
    some = select(SlackInstallation.id).limit(MANY).subquery()
    return db.scalar(select(func.count()).select_from(some)) == MANY


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection, without a file: the migrations may be inside a wheel."""
    config = Config()
    config.set_main_option("script_location", str(resource_dir("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
