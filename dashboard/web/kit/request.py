"""What handlers are handed, spelled once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import litestar
from litestar.datastructures import State

from dashboard.apps.app import App
from dashboard.apps.registry_cache import RegistryCache
from dashboard.core.config import Settings
from dashboard.install.context import InstallContext

Request = litestar.Request[Any, Any, State]


@dataclass(frozen=True)
class Service:
    """What pages work with, as one name: Litestar starts a task for each of several injected ones."""

    flow: InstallContext
    registry: RegistryCache
    settings: Settings
    waiting: Mapping[str, int]  # how many failure groups of an app, by client id, wait for somebody

    @property
    def apps(self) -> Mapping[str, App]:
        """The apps by slug, as of now."""
        return self.registry.apps


def service_of(request: Request) -> Service:
    """The same, for the hot addresses: having it injected takes a tenth of an install page."""
    service: Service = request.app.state.service  # an injected `state` would be a copy, all the way down
    return service
