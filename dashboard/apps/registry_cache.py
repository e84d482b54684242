"""The registry in memory: never more than a few seconds old, and still there if the database is not."""

import asyncio
from collections.abc import Mapping

import structlog

from dashboard.apps import registry
from dashboard.apps.app import App
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.core.errors import frames

log = structlog.get_logger("dashboard.registry")


class RegistryCache:
    """The apps by slug. `run` it in the lifespan, after one `refresh`."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._version: registry.Version | None = None
        self.apps: Mapping[str, App] = {}

    @property
    def by_client_id(self) -> Mapping[str, App]:
        return {app.client_id: app for app in self.apps.values()}

    async def refresh(self) -> None:
        """Load the apps if any has changed since. Logs each that cannot be served.

        Raises what the database raises.
        """
        if await self._database.read(registry.version) == self._version:
            return
        self.apps, self._version = await self._database.read(registry.load_with_version, self._settings)
        for app in self.apps.values():
            if app.problem:
                log.warning("registry.sealed", sentence=app.problem.sentence, next_step=app.problem.next_step)

    async def run(self) -> None:
        """Look again and again until cancelled. A look that fails leaves the apps as they are."""
        while True:
            await asyncio.sleep(self._settings.pace.registry_every)
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - the next look tries again
                log.warning("registry.not_read", error_class=type(error).__name__, trace=frames(error))
