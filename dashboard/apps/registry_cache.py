"""The registry in memory: never more than a few seconds old, and still there if the database is not."""

import asyncio
from collections.abc import Mapping

import structlog

from dashboard.apps import registry
from dashboard.apps.app import App
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.core.errors import SealError, frames

log = structlog.get_logger("dashboard.registry")


class RegistryCache:
    """The apps by slug. `run` it in the lifespan, after one `refresh`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._version: registry.Version | None = None
        self.apps: Mapping[str, App] = {}

    async def refresh(self) -> None:
        """Load the apps if any has changed since. Raises what the database raises, and SealError."""
        if await self._database.read(registry.version) == self._version:
            return
        self.apps, self._version = await self._database.read(registry.load_with_version, self._settings)

    async def run(self) -> None:
        """Look again and again until cancelled. A look that fails leaves the apps as they are."""
        while True:
            await asyncio.sleep(self._settings.pace.registry_every)
            try:
                await self.refresh()
            except SealError as error:
                log.error("registry.sealed", sentence=error.sentence, next_step=error.next_step)
            except Exception as error:  # noqa: BLE001 - the next look tries again
                log.warning("registry.not_read", error_class=type(error).__name__, trace=frames(error))
