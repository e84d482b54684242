"""Writes what may wait, behind the answer: starts, returns that belong to no start, repeats. Bounded everywhere.

Nothing depends on these rows: a return has all it needs in its state. What does not fit is counted and logged.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from dashboard.core import reference
from dashboard.core.db import Database
from dashboard.core.errors import frames
from dashboard.core.pace import Pace
from dashboard.core.text import subscriber
from dashboard.install import attempts
from dashboard.install.attempts import AttemptColumns

LONGEST_QUEUE = 10_000
LARGEST_BATCH = 500
PAUSE_AFTER_FAILURE = 1.0  # seconds
UNVERIFIED_A_MINUTE = 60  # by subscriber and app
MOST_ADDRESSES = 10_000

T = TypeVar("T")

log = structlog.get_logger("dashboard.recorder")


class Recorder:
    """One queue and one task of a process. `run` it in the lifespan; `flush` before the database closes."""

    def __init__(self, database: Database, pace: Pace) -> None:
        self._database = database
        self._gather = pace.starts_gather
        self._started: list[AttemptColumns] = []
        self._unverified: list[AttemptColumns] = []
        self._repeats: list[tuple[str, int]] = []
        self._filled = asyncio.Event()
        self._not_stored: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._minute = 0

    def started(self, row: AttemptColumns) -> None:
        self._add(self._started, row, "started")

    def unverified(self, row: AttemptColumns, address: str) -> None:
        """Keep a junk return, unless its sender has sent too many this minute."""
        if self._allows(f"{row['client_id']} {subscriber(address)}"):
            self._add(self._unverified, row, "unverified")
        else:
            self._not_stored["unverified"] += 1

    def repeated(self, attempt_id: str, at: int, address: str) -> None:
        """Count a return that changes nothing, within the same allowance."""
        if self._allows(f"{attempt_id} {subscriber(address)}"):
            self._add(self._repeats, (attempt_id, at), "repeated")
        else:
            self._not_stored["repeated"] += 1

    async def run(self) -> None:
        """Write batches until cancelled."""
        while True:
            await self._filled.wait()
            await asyncio.sleep(self._gather)
            if not await self.flush():
                await asyncio.sleep(PAUSE_AFTER_FAILURE)

    async def flush(self) -> bool:
        """Write what waits; False if the database failed, and the rows wait on."""
        while self._started or self._unverified or self._repeats:
            started, unverified, repeats = (
                self._started[:LARGEST_BATCH],
                self._unverified[:LARGEST_BATCH],
                self._repeats[:LARGEST_BATCH],
            )
            try:
                await self._write(started, unverified, repeats)
            except Exception as error:  # noqa: BLE001 - whatever is wrong, the rows stay for the next try
                log.warning("attempts.not_written", error_class=type(error).__name__, trace=frames(error))
                return False
            del self._started[: len(started)]
            del self._unverified[: len(unverified)]
            del self._repeats[: len(repeats)]
        self._filled.clear()
        self._report()
        return True

    async def _write(
        self, started: list[AttemptColumns], unverified: list[AttemptColumns], repeats: list[tuple[str, int]]
    ) -> None:
        try:
            await self._database.write(_write_batches, started, unverified, repeats)
        except (IntegrityError, DataError):
            # One row spoils the batch: its reference is taken, about once in a million rows. Find it.
            await self._database.write(_write_batches, [], [], repeats)
            for row in started:
                await self._write_one(attempts.write_started, row)
            for row in unverified:
                await self._write_one(attempts.write_unverified, row)

    async def _write_one(self, write: Callable[[Connection, list[AttemptColumns]], None], row: AttemptColumns) -> None:
        with_another_reference: AttemptColumns = {**row, "reference": reference.new()}
        for candidate in (row, with_another_reference):
            with contextlib.suppress(IntegrityError, DataError):
                return await self._database.write(write, [candidate])
        self._not_stored["refused"] += 1
        return None

    def _add(self, queue: list[T], item: T, name: str) -> None:
        if len(queue) >= LONGEST_QUEUE:
            self._not_stored[name] += 1
            return
        queue.append(item)
        self._filled.set()

    def _allows(self, key: str) -> bool:
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute = minute
            self._seen.clear()
        if key not in self._seen and len(self._seen) >= MOST_ADDRESSES:
            return False
        self._seen[key] += 1
        return self._seen[key] <= UNVERIFIED_A_MINUTE

    def _report(self) -> None:
        if self._not_stored:
            log.warning("attempts.not_stored", **self._not_stored)
            self._not_stored.clear()


def _write_batches(
    db: Connection,
    started: list[AttemptColumns],
    unverified: list[AttemptColumns],
    repeats: list[tuple[str, int]],
) -> None:
    if started:
        attempts.write_started(db, started)
    if unverified:
        attempts.write_unverified(db, unverified)
    attempts.count_repeats(db, repeats)
