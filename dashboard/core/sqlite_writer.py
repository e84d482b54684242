"""One writer for a SQLite file: a thread that runs changes one after another and commits those that wait together.

SQLite lets one transaction write at a time. Writers that compete poll for the lock and each pays for its own disk
flush; changes that queue here share both. `docs/decisions/0002` has the measurement.
"""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")

LARGEST_BATCH = 64


class _Job:
    """One change and the promise of its result, which is kept only after the commit."""

    def __init__(self, change: Callable[[Connection], object]) -> None:
        self._change = change
        self._result: object = None
        self._error: BaseException | None = None
        self.future: Future[Any] = Future()  # of what its change gives, which differs

    def run(self, connection: Connection) -> None:
        """Run inside a savepoint: a change that fails takes only itself back."""
        try:
            with connection.begin_nested():
                self._result = self._change(connection)
        except Exception as error:
            self._error = error  # for whoever waits for the future
            if not connection.connection.in_transaction:
                raise  # a full disk takes the whole transaction back, and with it the others' changes

    def settle(self, commit_error: BaseException | None) -> None:
        error = self._error or commit_error
        if error:
            self.future.set_exception(error)
        else:
            self.future.set_result(self._result)


class Writer:
    """The writer's thread and its queue. It owns the engine it is given and closes it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def run(self, change: Callable[[Connection], T]) -> T:
        """The result of a change, once it is committed; its exception, once it is rolled back."""
        job = _Job(change)
        self._jobs.put(job)
        result: T = await asyncio.wrap_future(job.future)
        return result

    def close(self) -> None:
        """Finish what waits, then stop. Blocks until then."""
        self._jobs.put(None)
        self._thread.join()
        self._engine.dispose()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            batch = [job, *self._waiting(LARGEST_BATCH - 1)]
            self._commit([job for job in batch if job.future.set_running_or_notify_cancel()])

    def _waiting(self, most: int) -> list[_Job]:
        jobs: list[_Job] = []
        while len(jobs) < most and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                self._jobs.put(None)
                break
            jobs.append(job)
        return jobs

    def _commit(self, batch: list[_Job]) -> None:
        commit_error: BaseException | None = None
        try:
            with self._engine.begin() as connection:
                for job in batch:
                    job.run(connection)
        except Exception as error:  # noqa: BLE001 - every change of the batch is told
            commit_error = error
        for job in batch:
            job.settle(commit_error)
