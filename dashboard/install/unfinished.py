"""What has yet to end: returns that run, outcomes that could not be written, attempts whose process died."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog
from sqlalchemy import Row

from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.errors import frames
from dashboard.install import attempts

LOOK_AGAIN = 0.25  # seconds
MOST_UNWRITTEN = 1000  # outcomes kept for the next try; each has had its line in the log

log = structlog.get_logger("dashboard.watch")


class Watch:
    """One of a process. However many repeats wait for the same return, the database is asked for one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looks: dict[str, asyncio.Task[Row[Any]]] = {}
        self._unwritten: deque[tuple[str, Mapping[str, Any], int]] = deque(maxlen=MOST_UNWRITTEN)

    async def look(self, attempt_id: str) -> Row[Any]:
        """The attempt as it is in a moment; a look that is under way already is shared."""
        if attempt_id not in self._looks:
            self._looks[attempt_id] = asyncio.create_task(self._look(attempt_id))
        return await asyncio.shield(self._looks[attempt_id])

    async def _look(self, attempt_id: str) -> Row[Any]:
        try:
            await asyncio.sleep(LOOK_AGAIN)
            return await self._now(attempt_id)
        finally:
            # Before it is done, not by a callback: to wait for a task that is done gives nobody else a turn, and
            # whoever finds it here would wait again, and again.
            del self._looks[attempt_id]

    async def _now(self, attempt_id: str) -> Row[Any]:
        attempt = await self._database.read(attempts.get, attempt_id)
        if attempt.closed_at is not None or now() - attempt.spent_at < attempts.INTERRUPTED_AFTER:
            return attempt
        await self.sweep()
        return await self._database.read(attempts.get, attempt_id)

    def keep(self, attempt_id: str, columns: Mapping[str, Any], at: int) -> None:
        """Keep a final failure, of the time `at` (ms), that could not be written; the sweep tries again."""
        self._unwritten.append((attempt_id, columns, at))

    async def sweep(self) -> None:
        """Write what could not be written, then close what nobody will end. Raises what the database raises."""
        for _ in range(len(self._unwritten)):
            kept = self._unwritten.popleft()
            try:
                await self._database.write(attempts.close_failed, *kept)
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round tries this one again, last
                self._unwritten.append(kept)
                log.warning("install.still_not_recorded", error_class=type(error).__name__, trace=frames(error))
                break
        for stored_reference in await self._database.write(attempts.close_interrupted, now()):
            log.warning("install.interrupted", reference=reference.display(stored_reference))
