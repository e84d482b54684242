"""The database's revision against this release's, without loading alembic: migrations are numbered in sequence."""

from sqlalchemy import Connection, inspect, text

from dashboard.core.errors import DatabaseNotReadyError
from dashboard.core.resources import resource_dir

VERSION_TABLE = "dashboard_alembic_version"  # a Bolt app on the same database may have an alembic of its own


def newest_revision() -> str:
    """The number of the last migration in this release, such as `0003`."""
    return max(file.name[:4] for file in (resource_dir("migrations") / "versions").glob("[0-9]*.py"))


def revision(db: Connection) -> str | None:
    """The revision the database is at; None if it was never migrated."""
    if not inspect(db).has_table(VERSION_TABLE):
        return None
    stored = db.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our constant
    return str(stored) if stored else None


def require_current(db: Connection) -> None:
    """Raise DatabaseNotReadyError if the database is older than this release needs. A newer one will do:
    while a new release is rolled out, the old one runs on."""
    current, needed = revision(db), newest_revision()
    if current is None:
        raise DatabaseNotReadyError("The database has not been set up yet.", "Run `dashboard migrate`.")
    if current < needed:
        raise DatabaseNotReadyError(
            f"The database is at revision {current}; this release needs {needed}.", "Run `dashboard migrate`."
        )
