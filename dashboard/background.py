"""What the service does again and again by itself. Each process does all of it: every chore is safe to run in several
processes at once."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping

import structlog

from dashboard.apps.registry_cache import RegistryCache
from dashboard.core import tally
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.db import Database, Version
from dashboard.core.errors import frames
from dashboard.desk import failure_updates, failures, job_work, retention, tallies
from dashboard.install.context import InstallContext
from dashboard.slack import catching_up

LOOK_ANYWAY = 60.0  # seconds
_PHASE = random.uniform(0, 60)  # seconds

log = structlog.get_logger("dashboard.chores")


async def again_and_again(seconds: float, failed: str, chore: Callable[[], Awaitable[None]]) -> None:
    """Do a chore now and about every so many seconds. One that fails is logged as `failed`, and tried again.

    Chores wake at the same moments: a process at rest wakes up less often. Those of another process have others.
    """
    while True:
        try:
            await chore()
        except Exception as error:  # noqa: BLE001 - the next round tries again
            log.warning(failed, error_class=type(error).__name__, trace=frames(error))
        await asyncio.sleep(seconds - (time.monotonic() + _PHASE) % seconds if seconds else 0)


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel what runs again and again, and wait until it has ended. What is cancelled in the middle of a statement can
    end with an error of the database instead, and go on: then once more."""
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=1)
    await asyncio.gather(*tasks, return_exceptions=True)


class LastWrite:
    """Whether somebody has written since one last asked: one look for all chores of a process, as it is a round trip on
    PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.version: Version | None = None  # None: not known

    async def look(self) -> None:
        """Raises what the database does; then every chore is done, until one can look again."""
        try:
            self.version = await self._database.version()
        except Exception:
            self.version = None
            raise


def if_written(last_write: LastWrite, chore: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """The chore, left out while nobody has written anything since it was begun; done in any case every LOOK_ANYWAY,
    for what comes of time alone."""
    done_at = -LOOK_ANYWAY
    done_with: Version | None = None

    async def look() -> None:
        nonlocal done_at, done_with
        version, at = last_write.version, time.monotonic()
        if version is not None and version == done_with and at - done_at < LOOK_ANYWAY:
            return
        await chore()
        done_at, done_with = at, version

    return look


def all_of(
    database: Database,
    settings: Settings,
    install: InstallContext,
    registry: RegistryCache,
    waiting: MutableMapping[str, int],
) -> list[Awaitable[None]]:
    """Every chore, to be run as a task. `waiting` is kept to the number of failure groups of each app that wait
    and are ours to fix."""

    async def catch_up() -> None:
        """Bring the summary up to date with what others wrote into slack_sdk's tables."""
        taken = 1
        while taken and await database.read(catching_up.any_noted):
            taken = await database.write(catching_up.catch_up)

    async def add_up() -> None:
        """Add up what is noted beside the counts, so that reading need not."""
        for counted in tallies.ALL:
            taken = 1
            while taken and await database.read(tally.any_noted, counted):
                taken = await database.write(tally.fold, counted)

    async def notice() -> None:
        """Keep failure groups up to date with the attempts."""
        if await database.read(failure_updates.is_behind, now()):
            await database.write(failure_updates.notice, now())
        counted = await database.read(failures.waiting)
        waiting.clear()
        waiting.update(counted)

    async def purge() -> None:
        """Take out what has been kept long enough, in small steps."""
        await retention.purge(database, settings.keep_attempts_days, settings.keep_audit_days)

    async def work() -> None:
        """Go on with what operators do to many installations."""
        await job_work.work(database, install.slack, lambda: registry.by_client_id)

    pace, last_write = settings.pace, LastWrite(database)
    return [
        again_and_again(pace.look_every, "database.not_looked", last_write.look),
        again_and_again(pace.registry_every, "registry.not_read", if_written(last_write, registry.refresh)),
        again_and_again(pace.sweep_every, "sweep.failed", install.unfinished.sweep),
        again_and_again(pace.catch_up_every, "summary.not_caught_up", if_written(last_write, catch_up)),
        again_and_again(pace.catch_up_every, "tally.not_added_up", if_written(last_write, add_up)),
        again_and_again(pace.notice_every, "failures.not_noticed", if_written(last_write, notice)),
        again_and_again(pace.jobs_every, "jobs.not_done", if_written(last_write, work)),
        again_and_again(pace.purge_every, "purge.failed", purge),
    ]
