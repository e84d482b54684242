"""The registry in memory: never more than a few seconds old, and still there if the database is not."""

from collections.abc import Mapping

import structlog

from dashboard.apps import registry
from dashboard.apps.app import App
from dashboard.core.config import Settings
from dashboard.core.db import Database

log = structlog.get_logger("dashboard.registry")


class RegistryCache:
    """The apps by slug. `refresh` it before anything is served, and again and again."""

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
