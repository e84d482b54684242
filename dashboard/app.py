"""The only wiring: settings in, an ASGI application out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DatabaseError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dashboard import background
from dashboard.access.signin import Doorkeeper
from dashboard.apps.app import token_roots
from dashboard.apps.registry_cache import RegistryCache
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.core.errors import (
    AppPausedError,
    AppUnavailableError,
    ConfirmationNeededError,
    DashboardError,
    FilterError,
    LinkGoneError,
    LinkRefusedError,
    NotAllowedError,
    NotFoundError,
)
from dashboard.install.context import InstallContext
from dashboard.install.recorder import Recorder
from dashboard.install.state import Process, StateSigner
from dashboard.install.unfinished import Unfinished
from dashboard.slack.api import Slack
from dashboard.web.kit import errors, identify, routes, security
from dashboard.web.kit.access_log import AccessLog
from dashboard.web.kit.page import Desk
from dashboard.web.kit.request import Service


def create_app(settings: Settings) -> AccessLog:
    """The application for these settings. Opens the database and Slack's session when it starts.

    Raises ConfigurationError if SECRET_KEY is missing.
    """
    settings.require_secret_key()
    application = Litestar(
        route_handlers=routes.handlers(),
        before_request=identify.gate,
        dependencies={
            "desk": Provide(Desk.of, sync_to_thread=False),
        },
        exception_handlers={
            HTTPException: errors.http_error,
            LinkRefusedError: errors.link_refused,
            AppPausedError: errors.app_paused,
            AppUnavailableError: errors.app_unavailable,
            DashboardError: errors.not_possible,
            NotFoundError: errors.not_found,
            LinkGoneError: errors.link_gone,
            NotAllowedError: errors.not_allowed,
            FilterError: errors.filter_refused,
            ConfirmationNeededError: errors.confirmation_needed,
            identify.CrossSiteError: errors.cross_site,
            DatabaseError: errors.database_failed,
            InterfaceError: errors.database_failed,
            PoolTimeoutError: errors.database_failed,
            Exception: errors.unforeseen,
        },
        before_send=[security.add_headers],
        lifespan=[_lifespan],
        state=State({"settings": settings}),
        request_max_body_size=65_536,
        openapi_config=None,
        logging_config=None,
    )
    return AccessLog(application, identify.Identify(application))


@contextlib.asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    async with _running(app.state.settings) as service:
        app.state.service = service
        yield


@contextlib.asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[Service]:
    """The service with its tasks. At the end what was to be written behind answers is written."""
    database = Database(settings.database_url)
    registry = RegistryCache(database, settings)
    await registry.refresh()
    recorder = Recorder(database, settings.pace)
    unfinished = Unfinished(database)
    slack = Slack(settings.slack_api_url, settings.pace)
    install = InstallContext(
        database=database,
        slack=slack,
        recorder=recorder,
        unfinished=unfinished,
        signer=StateSigner(settings.secret_keys),
        process=Process.of(settings.secret_keys, now()),
        authorize_url=settings.slack_authorize_url,
        state_ttl=settings.state_ttl,
        hash_key=settings.secret_keys[0],
        pace=settings.pace,
    )
    doorkeeper = Doorkeeper(database, settings.secret_keys, token_roots(settings))
    waiting: dict[str, int] = {}
    works = (recorder.run(), *background.all_of(database, settings, install, registry, waiting))
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield Service(database, install, registry, settings, doorkeeper, waiting)
    finally:
        await background.end(tasks)
        await recorder.flush()
        await slack.close()
        await database.close()
