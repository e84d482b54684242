"""Writes what may wait, behind the answer: starts, returns that belong to no start, repeats. Bounded everywhere.

Nothing depends on these rows: a return has all it needs in its state. What does not fit is counted and logged.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from dashboard.core import reference
from dashboard.core.clock import DAY, now
from dashboard.core.db import Database
from dashboard.core.errors import frames
from dashboard.core.pace import Pace
from dashboard.core.text import subscriber
from dashboard.install import attempts
from dashboard.install.allowance import Allowance
from dashboard.install.attempt_columns import AttemptColumns
from dashboard.install.attempts import Repeat

LONGEST_QUEUE = 10_000
LARGEST_BATCH = 500
PAUSE_AFTER_FAILURE = 1.0  # seconds
# By subscriber and app, in a process. An office behind one address begins hundreds of installations on its first day;
# who begins a thousand and goes on gets to Slack, and leaves one row every REFILL seconds, 50 MB a day.
STARTS = 1_000
JUNK = 60  # returns that prove nothing, or repeat
REFILL = 10.0

T = TypeVar("T")

log = structlog.get_logger("dashboard.recorder")


@dataclass(frozen=True, slots=True)
class NotStored:
    """Starts and returns of an app that were not kept: how many, the first, and the last of them (ms)."""

    count: int
    since: int
    last: int


class Recorder:
    """One queue and one task of a process. `run` it in the lifespan; `flush` before the database closes."""

    def __init__(self, database: Database, pace: Pace) -> None:
        self._database = database
        self._gather = pace.starts_gather
        self._started: list[AttemptColumns] = []
        self._unverified: list[AttemptColumns] = []
        self._repeats: list[Repeat] = []
        self._filled = asyncio.Event()
        self._not_stored: dict[str, NotStored] = {}
        self._untold: Counter[str] = Counter()
        self._starts_allowed = Allowance(STARTS, REFILL)
        self._returns_allowed = Allowance(STARTS, REFILL)
        self._junk_allowed = Allowance(JUNK, REFILL)

    def started(self, row: AttemptColumns, address: str) -> None:
        """Keep a start, unless its sender has begun too many. The state has all that its return needs."""
        if self._may_write(self._starts_allowed, row["client_id"], address, "started"):
            self._add(self._started, row, "started")

    def may_note(self, client_id: str, address: str) -> bool:
        """Whether a return that spends nothing, such as a cancel, may be written on its attempt."""
        return self._may_write(self._returns_allowed, client_id, address, "returned")

    def may_say(self, client_id: str, address: str) -> bool:
        """Whether what a visitor says on a failure page may be kept: within the allowance of returns that prove
        nothing, which lead to such a page, too."""
        return self._takes(self._junk_allowed, client_id, address, "said")

    def not_stored(self) -> dict[str, NotStored]:
        """What starts and returns were not kept, by client id, if it happened in the last day."""
        return {client_id: lost for client_id, lost in self._not_stored.items() if now() - lost.last < DAY}

    def unverified(self, row: AttemptColumns, address: str) -> None:
        """Keep a junk return, unless its sender has sent too many."""
        if self._takes(self._junk_allowed, row["client_id"], address, "unverified"):
            self._add(self._unverified, row, "unverified")

    def repeated(self, repeat: Repeat, address: str) -> None:
        """Count a return that changes nothing, within the same allowance."""
        if self._takes(self._junk_allowed, repeat["attempt_id"], address, "repeated"):
            self._add(self._repeats, repeat, "repeated")

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
        self, started: list[AttemptColumns], unverified: list[AttemptColumns], repeats: list[Repeat]
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
        self._untold["refused"] += 1
        return None

    def _add(self, queue: list[T], item: T, name: str) -> None:
        if len(queue) >= LONGEST_QUEUE:
            self._untold[name] += 1
            return
        queue.append(item)
        self._filled.set()

    def _may_write(self, allowance: Allowance, client_id: str, address: str, name: str) -> bool:
        if self._takes(allowance, client_id, address, name):
            return True
        at = now()
        lost = self.not_stored().get(client_id) or NotStored(0, since=at, last=at)
        self._not_stored[client_id] = NotStored(lost.count + 1, lost.since, at)
        return False

    def _takes(self, allowance: Allowance, of: str, address: str, name: str) -> bool:
        """Use up one of a subscriber's allowance; what it does not reach is counted, and told with the next batch."""
        if allowance.take(f"{of} {subscriber(address)}"):
            return True
        self._untold[name] += 1
        self._filled.set()
        return False

    def _report(self) -> None:
        if self._untold:
            log.warning("attempts.not_stored", **self._untold)
            self._untold.clear()


def _write_batches(
    db: Connection,
    started: list[AttemptColumns],
    unverified: list[AttemptColumns],
    repeats: list[Repeat],
) -> None:
    if started:
        attempts.write_started(db, started)
    if unverified:
        attempts.write_unverified(db, unverified)
    attempts.count_repeats(db, repeats)
