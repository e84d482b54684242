"""The only wiring: settings in, an ASGI application out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from dashboard import attempts, summary
from dashboard.apps import token_roots
from dashboard.clock import now
from dashboard.config import Settings
from dashboard.db import Database
from dashboard.errors import (
    AppPausedError,
    ConfirmationNeededError,
    LinkGoneError,
    LinkRefusedError,
    NotAllowedError,
    NotFoundError,
    frames,
)
from dashboard.flow import Flow
from dashboard.live import LiveRegistry
from dashboard.recorder import Recorder
from dashboard.signin import Doorkeeper
from dashboard.slack import Slack
from dashboard.state import StateSigner
from dashboard.web import auth, errors, routes, security
from dashboard.web.access_log import AccessLog
from dashboard.web.types import Request, Service

SWEEP_EVERY = 20.0  # seconds
CATCH_UP_EVERY = 2.0  # seconds; what a Bolt app writes is in the summary within five

log = structlog.get_logger("dashboard.app")


def create_app(settings: Settings) -> AccessLog:
    """The application for these settings. Opens the database and Slack's session when it starts.

    Raises ConfigurationError where SECRET_KEY is missing.
    """
    settings.require_secret_key()

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with _running(settings) as (flow, registry):
            app.state.service = Service(flow, registry, settings)
            app.state.doorkeeper = Doorkeeper(flow.database, settings.secret_keys, token_roots(settings))
            yield

    application = Litestar(
        route_handlers=routes.handlers(),
        guards=[auth.gate],
        dependencies={
            "service": Provide(_service, sync_to_thread=False),
            "database": Provide(_database, sync_to_thread=False),
            "doorkeeper": Provide(_doorkeeper, sync_to_thread=False),
            "operator": Provide(auth.operator_of, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
        },
        exception_handlers={
            HTTPException: errors.http_error,
            LinkRefusedError: errors.link_refused,
            AppPausedError: errors.app_paused,
            NotFoundError: errors.not_found,
            LinkGoneError: errors.link_gone,
            NotAllowedError: errors.not_allowed,
            ConfirmationNeededError: errors.confirmation_needed,
            auth.CrossSiteError: errors.cross_site,
            Exception: errors.unforeseen,
        },
        before_send=[security.add_headers],
        lifespan=[lifespan],
        state=State({"settings": settings}),
        request_max_body_size=65_536,
        openapi_config=None,
        logging_config=None,
    )
    return AccessLog(application, auth.Identify(application))


def _service(request: Request) -> Service:
    # Not from an injected `state`: Litestar copies that for every request, all the way down.
    service: Service = request.app.state.service
    return service


def _database(request: Request) -> Database:
    return _service(request).flow.database


def _doorkeeper(request: Request) -> Doorkeeper:
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    return doorkeeper


@contextlib.asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[tuple[Flow, LiveRegistry]]:
    """The flow and the registry, with their tasks. At the end what was to be written behind answers is written."""
    database = Database(settings.database_url)
    registry = LiveRegistry(database, settings)
    await registry.refresh()
    recorder = Recorder(database)
    slack = Slack(settings.slack_api_url)
    flow = Flow(
        database=database,
        slack=slack,
        recorder=recorder,
        signer=StateSigner(settings.secret_keys),
        authorize_url=settings.slack_authorize_url,
        state_ttl=settings.state_ttl,
        hash_key=settings.secret_keys[0],
    )
    works = (registry.run(), recorder.run(), _sweep(database), _catch_up(database))
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield flow, registry
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await recorder.flush()
        await slack.close()
        await database.close()


async def _sweep(database: Database) -> None:
    """Close the attempts whose process died, now and every few seconds."""
    while True:
        try:
            for reference in await database.write(attempts.close_interrupted, now()):
                log.warning("install.interrupted", reference=reference)
        except Exception as error:  # noqa: BLE001 - the next round tries again
            log.warning("sweep.failed", error_class=type(error).__name__, trace=frames(error))
        await asyncio.sleep(SWEEP_EVERY)


async def _catch_up(database: Database) -> None:
    """Bring the summary up to what others wrote into slack_sdk's tables, now and every few seconds."""
    while True:
        try:
            taken = 1
            while taken and await database.read(summary.any_noted):
                taken = await database.write(summary.catch_up)
        except Exception as error:  # noqa: BLE001 - the notes are still there; the next look takes them
            log.warning("summary.not_caught_up", error_class=type(error).__name__, trace=frames(error))
        await asyncio.sleep(CATCH_UP_EVERY)
