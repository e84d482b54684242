"""Runs changes in threads that each hold a connection, and says when they are committed.

SQLite lets one transaction write at a time. Writers that compete poll for the lock and each pays for its own disk
flush; changes that queue here share both. PostgreSQL takes several at a time. On both a thread on the driver itself
costs a fraction of what a statement does that an event loop waits for. `docs/decisions/0002` has the measurements.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

TRUSTED_FOR = 1.0  # seconds after its last use; then the pool asks a connection whether it lives, a round trip

T = TypeVar("T")


class _Job:
    """One change, and who waits for its result, which is told only after the commit. `row`: the only one it locks, if
    it says so."""

    def __init__(self, change: Callable[[Connection], object], row: str) -> None:
        self.row = row
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()  # of what its change gives, which differs
        self._change = change
        self._result: object = None

    def run(self, connection: Connection) -> None:
        self._result = self._change(connection)

    def settle(self, error: BaseException | None) -> None:
        """In the event loop."""
        if self.future.done():  # nobody waits any more
            return
        if error:
            self.future.set_exception(error)
        else:
            self.future.set_result(self._result)


class Writer:
    """The threads and their queue. It owns the engine it is given and closes it. `together`: how many of the changes
    that wait are committed with one flush to the disk; on PostgreSQL more than one only of those that say which row
    they lock."""

    def __init__(self, engine: Engine, *, threads: int, together: int) -> None:
        self._engine = engine
        self._together = together
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name="writer", daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    async def run(self, change: Callable[[Connection], T], row: str = "") -> T:
        """The result of a change, once it is committed; its exception, once it is rolled back.

        Those committed together lock their rows in order: two transactions then never wait for one another.
        """
        job = _Job(change, row)
        self._jobs.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Finish what waits, then stop. Blocks until then."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        kept, used_at = None, 0.0
        while (job := self._jobs.get()) is not None:
            if kept and time.monotonic() - used_at > TRUSTED_FOR:
                _give_up(kept)
                kept = None
            batch = sorted([job, *self._waiting(self._together - 1)], key=lambda job: job.row)
            kept = self._commit([job for job in batch if not job.future.cancelled()], kept)
            used_at = time.monotonic()
        if kept:
            _give_up(kept)

    def _waiting(self, most: int) -> list[_Job]:
        jobs: list[_Job] = []
        while len(jobs) < most and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                self._jobs.put(None)
                break
            jobs.append(job)
        return jobs

    def _commit(self, batch: list[_Job], connection: Connection | None) -> Connection | None:
        """Run the changes of a batch and commit them; if one of them fails, each by itself. The connection, for the
        next one, if all went well."""
        failed: _Job | None = None
        error: BaseException | None = None
        try:
            connection = connection or self._engine.connect()
            with connection.begin():
                for job in batch:
                    failed = job
                    job.run(connection)
                failed = None
        except Exception as caught:  # noqa: BLE001 - whoever waits is told
            error = caught
            if connection:
                _give_up(connection)
            connection = None
        if failed and len(batch) > 1:  # not where it could not begin: each would wait for the same lock again
            return self._commit_apart(batch)
        _tell(batch, error)
        return connection

    def _commit_apart(self, batch: list[_Job]) -> Connection | None:
        """Nothing of the batch is committed. Savepoints would spare the others this; every installation would pay for
        them, since SQLite writes its index of names down at each."""
        connection = None
        for job in batch:
            connection = self._commit([job], connection)
        return connection


def _tell(batch: list[_Job], error: BaseException | None) -> None:
    """Those of one event loop together: each call wakes it up."""
    for loop in {job.loop for job in batch}:
        with contextlib.suppress(RuntimeError):  # it is closed, and nobody waits
            loop.call_soon_threadsafe(_settle, [job for job in batch if job.loop is loop], error)


def _settle(jobs: list[_Job], error: BaseException | None) -> None:
    for job in jobs:
        job.settle(error)


def _give_up(connection: Connection) -> None:
    """Give a connection back to the pool, which throws it away if it is broken."""
    with contextlib.suppress(SQLAlchemyError):  # whoever needed it is told; the thread goes on
        connection.close()
