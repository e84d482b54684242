"""The only wiring: settings in, an ASGI application out."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import structlog
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from dashboard import attempts
from dashboard.apps import App, token_roots
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
from dashboard.tenancy import Operator
from dashboard.web import (
    audit,
    auth,
    confirm,
    errors,
    health,
    home,
    install,
    login,
    logout,
    me,
    operators,
    patterns,
    security,
    setup,
    static,
)
from dashboard.web.access_log import AccessLog
from dashboard.web.types import Request

SWEEP_EVERY = 20.0  # seconds

log = structlog.get_logger("dashboard.app")


def create_app(settings: Settings) -> AccessLog:
    """The application for these settings. Opens the database and Slack's session when it starts.

    Raises ConfigurationError where SECRET_KEY is missing.
    """
    settings.require_secret_key()

    @contextlib.asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with _running(settings) as (flow, registry):
            app.state.flow, app.state.registry = flow, registry
            app.state.doorkeeper = Doorkeeper(flow.database, settings.secret_keys, token_roots(settings))
            yield

    application = Litestar(
        route_handlers=[
            health.alive,
            health.ready,
            install.page,
            install.start,
            install.oauth_redirect,
            static.show,
            home.index,
            login.show,
            login.sign_in,
            login.ask_code,
            login.check_code,
            logout.sign_out,
            setup.show,
            setup.set_password,
            confirm.show,
            confirm.prove,
            me.show,
            me.change_password,
            me.offer_codes,
            me.withdraw_codes,
            me.turn_codes_on,
            me.turn_codes_off,
            me.new_recovery_codes,
            me.end_session,
            me.end_other_sessions,
            operators.index,
            operators.invite,
            operators.show,
            operators.set_role,
            operators.set_owner,
            operators.disable,
            operators.reset,
            audit.index,
            patterns.index,
        ],
        guards=[auth.gate],
        dependencies={
            "apps": Provide(_apps, sync_to_thread=False),
            "flow": Provide(_flow, sync_to_thread=False),
            "database": Provide(_database, sync_to_thread=False),
            "doorkeeper": Provide(_doorkeeper, sync_to_thread=False),
            "operator": Provide(_operator, sync_to_thread=False),
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


def _apps(state: State) -> Mapping[str, App]:
    registry: LiveRegistry = state.registry
    return registry.apps


def _flow(state: State) -> Flow:
    flow: Flow = state.flow
    return flow


def _database(state: State) -> Database:
    database: Database = state.flow.database
    return database


def _doorkeeper(state: State) -> Doorkeeper:
    doorkeeper: Doorkeeper = state.doorkeeper
    return doorkeeper


def _operator(request: Request) -> Operator:
    return auth.operator_of(request)


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
    tasks = [asyncio.create_task(work) for work in (registry.run(), recorder.run(), _sweep(database))]
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
