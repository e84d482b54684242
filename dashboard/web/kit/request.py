"""What the handlers of public pages are handed. Those of the desk get a `Desk` (`page.py`), which has all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import litestar
from litestar.datastructures import State

from dashboard.access.signin import Doorkeeper
from dashboard.apps.app import App
from dashboard.apps.registry_cache import RegistryCache
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.install.context import InstallContext

Request = litestar.Request[Any, Any, State]  # its user and its credentials, of which Litestar knows no type


@dataclass(frozen=True)
class Service:
    """What pages work with, made once in `create_app`."""

    database: Database
    install: InstallContext
    registry: RegistryCache
    settings: Settings
    doorkeeper: Doorkeeper
    waiting: Mapping[str, int]  # failure groups of an app, by client id, that wait and are ours to fix

    @property
    def apps(self) -> Mapping[str, App]:
        """The apps by slug, as of now."""
        return self.registry.apps

    @property
    def apps_by_client_id(self) -> Mapping[str, App]:
        return self.registry.by_client_id


def sent(request: Request, name: str) -> list[str]:
    """The values of a header, whose name is in small letters. Litestar's `headers` are a mapping made anew for each
    request, a twentieth of what a start takes."""
    key = name.encode()
    return [value.decode("latin-1") for header, value in request.scope["headers"] if header == key]


def sent_first(request: Request, name: str) -> str:
    """The first of them; empty if there is none."""
    return next(iter(sent(request, name)), "")


def service_of(request: Request) -> Service:
    """The service behind a request. A function, since having it injected takes a tenth of an install page."""
    service: Service = request.app.state.service  # an injected `state` would be a copy, all the way down
    return service
