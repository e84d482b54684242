"""When a Bolt app last asked for an installation: what tells a bot that is silent from one that never asks.

It is noted behind the answer, at most hourly for each tenant, by one thread of the process. If it cannot be noted, it
is tried again an hour later: no event waits for it, and none fails by it.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from dashboard.core.clock import now
from dashboard.core.db import insert
from dashboard.core.engines import writing
from dashboard.core.models import Lookup
from dashboard.slack.tenant import Tenant

EVERY = 3_600.0  # seconds
MOST = 10_000  # tenants remembered; beyond them some are noted sooner
END_WITHIN = 5.0  # seconds


class Lookups:
    """The notes of one process and one app. `engine` opens its connections only when something is noted."""

    def __init__(self, client_id: str, engine: Callable[[], Engine], logger: logging.Logger) -> None:
        self._client_id = client_id
        self._engine = engine
        self._logger = logger
        self._noted: dict[str, float] = {}
        self._waiting: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def note(self, enterprise_id: str | None, team_id: str | None) -> None:
        """Note that the installation of a tenant was asked for, and was there."""
        key, at = Tenant(self._client_id, enterprise_id, team_id).key, time.monotonic()
        if at - self._noted.get(key, -EVERY) < EVERY:
            return
        if len(self._noted) >= MOST:
            self._noted.clear()
        self._noted[key] = at
        if self._thread is None or not self._thread.is_alive():
            self._start()
        self._waiting.put(key)

    def _start(self) -> None:
        """At the first note; and in a process that was forked, which has no thread and no use of the parent's queue.
        Without a lock, which a fork could leave locked: if two start at once, one thread has nothing to do."""
        self._waiting = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, args=(self._waiting,), name="dashboard-lookups", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(END_WITHIN)
            self._thread = None

    def _run(self, waiting: "queue.SimpleQueue[str | None]") -> None:
        while (key := waiting.get()) is not None:
            try:
                with writing(self._engine()).begin() as connection:
                    keep(connection, self._client_id, key, now())
            except SQLAlchemyError as error:
                self._logger.debug("A look-up was not noted: %s", type(error).__name__)


def keep(db: Connection, client_id: str, tenant_key: str, at: int) -> None:
    """Note that the installation of a tenant (`Tenant.key`) was asked for at `at` (ms)."""
    row = {"client_id": client_id, "tenant": tenant_key, "looked_up_at": at}
    note = insert(db, Lookup).on_conflict_do_update(index_elements=["client_id", "tenant"], set_={"looked_up_at": at})
    db.execute(note, row)


_LAST = select(Lookup.looked_up_at).where(
    Lookup.client_id == bindparam("client_id"), Lookup.tenant == bindparam("tenant")
)


def last(db: Connection, tenant: Tenant) -> int | None:
    """When a tenant's installation was last asked for (ms); None: never, as far as anybody noted."""
    return db.scalar(_LAST, {"client_id": tenant.client_id, "tenant": tenant.key})
