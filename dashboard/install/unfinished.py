"""Closes attempts that were left open: their process died, or their outcome could not be written."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import structlog
from sqlalchemy import Connection

from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.errors import frames
from dashboard.core.models import Attempt
from dashboard.install import attempts

LOOK_AGAIN = 0.25  # seconds
MOST_UNWRITTEN = 1000  # outcomes kept for the next try; each has had its line in the log

P = ParamSpec("P")

log = structlog.get_logger("dashboard.watch")


class Unfinished:
    """One of a process. However many repeats wait for the same return, the database is asked for one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looks: dict[str, asyncio.Task[Attempt]] = {}
        self._unwritten: deque[tuple[str, Callable[[Connection], object]]] = deque(maxlen=MOST_UNWRITTEN)
        self._sweeping = asyncio.Lock()

    async def look(self, attempt_id: str) -> Attempt:
        """The attempt as it is in a moment; a look that is under way already is shared."""
        if attempt_id not in self._looks:
            self._looks[attempt_id] = asyncio.create_task(self._look(attempt_id))
        return await asyncio.shield(self._looks[attempt_id])

    async def _look(self, attempt_id: str) -> Attempt:
        try:
            await asyncio.sleep(LOOK_AGAIN)
            return await self._now(attempt_id)
        finally:
            # Before it is done, not by a callback: to wait for a task that is done gives nobody else a turn, and
            # whoever finds it here would wait again, and again.
            del self._looks[attempt_id]

    async def _now(self, attempt_id: str) -> Attempt:
        attempt = await self._database.read(attempts.get, attempt_id)
        spent_at = attempt.spent_at or now()
        if attempt.closed_at is not None or now() - spent_at < attempts.INTERRUPTED_AFTER:
            return attempt
        await self.sweep()
        return await self._database.read(attempts.get, attempt_id)

    def keep(
        self, attempt_id: str, change: Callable[Concatenate[Connection, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Keep the record of an attempt's failure that could not be written: the sweep tries again."""
        self._unwritten.append((attempt_id, lambda db: change(db, *args, **kwargs)))

    async def sweep(self) -> None:
        """Write what could not be written, then close what nobody will end. Raises what the database raises."""
        async with self._sweeping:  # so that a repeat's sweep knows of what the background's is just trying to write
            await self._write_kept()
            known = [attempt_id for attempt_id, _ in self._unwritten]
            for stored_reference in await self._database.write(attempts.close_interrupted, now(), known):
                log.warning("install.interrupted", reference=reference.display(stored_reference))

    async def _write_kept(self) -> None:
        for _ in range(len(self._unwritten)):
            kept = self._unwritten.popleft()
            try:
                await self._database.write(kept[1])
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round tries this one again, last
                self._unwritten.append(kept)
                log.warning("install.still_not_recorded", error_class=type(error).__name__, trace=frames(error))
                break
