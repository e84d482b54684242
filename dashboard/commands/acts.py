"""What a command changes stands in the audit, as what somebody does at the desk does: done, or failed and why."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dashboard.core.errors import DashboardError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dashboard.apps.app import App
    from dashboard.core.config import Settings


@contextmanager
def changing_app(settings: "Settings", verb: str, slug: str, details: str | None = None) -> Iterator["Connection"]:
    """A transaction that changes the app of that slug, on a database that is up to date and where the environment's app
    has its row."""
    from dashboard.apps import registry
    from dashboard.core import log, schema
    from dashboard.core.engines import transaction

    log.configure("warning")  # the audit's lines are for the service's log; here its rows suffice
    with transaction(settings.database_url, write=True) as db:
        schema.require_current(db)
        registry.note_environment(db, settings)
    client_id = None
    try:
        with transaction(settings.database_url, write=True) as db:
            client_id = registry.client_id_of(db, slug)
            yield db
            client_id = client_id or registry.client_id_of(db, slug)
            record(db, verb, slug, client_id, details)
    except DashboardError as error:
        with transaction(settings.database_url, write=True) as db:
            record(db, verb, slug, client_id, error.sentence, failed=True)
        raise


def record_for_each(settings: "Settings", verb: str, apps: "list[App]", details: str, *, failed: bool = False) -> None:
    """A row for each of some apps, in the audit of its own admin."""
    from dashboard.core import log
    from dashboard.core.engines import transaction

    log.configure("warning")
    with transaction(settings.database_url, write=True) as db:
        for app in apps:
            record(db, verb, app.slug, app.client_id, details, failed=failed)


def record(
    db: "Connection", verb: str, slug: str, client_id: str | None, details: str | None, *, failed: bool = False
) -> None:
    from dashboard.access import audit
    from dashboard.access.permissions import command_line

    outcome = audit.FAILED if failed else audit.OK
    audit.record(db, command_line(), verb, "app", slug, client_id=client_id, outcome=outcome, details=details)
