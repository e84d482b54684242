"""Runs the web service: everything that can be wrong is said in one sentence before the first request."""

import contextlib
import socket
from collections.abc import Iterator, Sequence

import structlog
import uvicorn
from sqlalchemy import Connection
from uvicorn.config import STARTUP_FAILURE

from dashboard.app import create_app
from dashboard.apps import registry
from dashboard.core import log, schema
from dashboard.core.config import Settings
from dashboard.core.crypto import Vault
from dashboard.core.engines import transaction
from dashboard.core.errors import ConfigurationError, DashboardError
from dashboard.slack import sealed
from dashboard.web.kit.access_log import AccessLog
from dashboard.web.kit.connections import Connections, raise_descriptors, room_in
from dashboard.web.kit.protocol import protocol

BACKLOG = 2048  # connections that wait to be taken
TAKEN_AT_ONCE = 16  # connections, in one turn of the event loop
FINISH_WITHIN = 30  # seconds a running request may take after SIGTERM; the slowest return takes 27


def serve(settings: Settings, host: str, port: int) -> None:
    """Run until SIGTERM or SIGINT; running requests are finished first.

    Raises DashboardError if the port is taken, the database is not ready, a token key is missing, or the service
    could not start for another reason, which is logged.
    """
    settings.require_secret_key()
    check_database(settings)
    listener = listen(host, port)
    log.configure(settings.log_level)
    connections = Connections(room_in(raise_descriptors()))
    for warning in settings.warnings():
        structlog.get_logger("dashboard.server").warning("configuration", sentence=warning)
    structlog.get_logger("dashboard.server").info(
        "serving",
        host=host,
        port=listener.getsockname()[1],
        install_page=f"{settings.public_url}/slack/install",
        desk=f"{settings.public_url}/ops",
        connections=connections.most,
    )
    with must_start(), contextlib.suppress(KeyboardInterrupt):  # uvicorn ends cleanly, then raises what stopped it
        uvicorn.Server(configuration(create_app(settings), settings, connections)).run(sockets=doors(listener))


@contextlib.contextmanager
def must_start() -> Iterator[None]:
    """Raise DashboardError if the application does not start: uvicorn ends the process with a status of its own."""
    try:
        yield
    except SystemExit as stopped:
        if stopped.code != STARTUP_FAILURE:
            raise
        raise DashboardError("The service did not start.", "The log above says where it failed.") from None


def configuration(app: AccessLog, settings: Settings, connections: Connections) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol(settings.pace, connections, settings.proxy_hops),
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # it would believe the leftmost entry, which the visitor writes
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=FINISH_WITHIN,
        lifespan="on",
        ws="none",
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises DashboardError if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # two sockets may be bound to one port as long as neither listens
    except OSError as error:
        listener.close()
        raise DashboardError(
            f"Port {port} on {host} cannot be used: {(error.strerror or str(error)).lower()}.",
            "Stop what uses it, or choose another with --port.",
        ) from error
    return listener


def doors(listener: socket.socket) -> list[socket.socket]:
    """The listening socket, so many times over. The event loop takes one connection of each in a turn, and a turn of a
    busy one answers everybody who is there already: of sixty that come at once the last would wait for sixty turns
    (https://github.com/libuv/libuv/pull/3696)."""
    return [listener, *(listener.dup() for _ in range(TAKEN_AT_ONCE - 1))]


def check_database(settings: Settings) -> None:
    """Raise DashboardError if the database cannot be written to, is older than needed, or a token key is missing."""
    with transaction(settings.database_url, write=True) as connection:
        schema.require_current(connection)
        registry.note_environment(connection, settings)
        # One that cannot be served stops nobody else: its own pages say so, the log and `dashboard doctor`.
        vaults = [app.vault for app in registry.load(connection, settings).values() if not app.problem]
        _require_a_word_on_plain_rows(connection, settings, vaults)
        missing = sealed.missing_keys(connection, {vault.client_id: vault.keyring for vault in vaults})
    if missing:
        raise ConfigurationError(
            f"Stored tokens are sealed with key {missing[0][1]}, which is not given by DASHBOARD_TOKEN_KEYS, "
            "nor by SECRET_KEY where that is not set.",
            "Add the older key behind the newer one, separated by a comma.",
        )


def _require_a_word_on_plain_rows(db: Connection, settings: Settings, vaults: Sequence[Vault]) -> None:
    """Where a database was taken over, a Bolt app reads its rows with slack_sdk's own class: sealing new ones unasked
    would put it out of action. Once a row was sealed the question is settled."""
    if "token_encryption" in settings.said:
        return
    never_sealed = [vault.client_id for vault in vaults if not sealed.has_sealed(db, vault.client_id)]
    plain = sealed.count_plain(db, never_sealed)
    if plain:
        raise ConfigurationError(
            f"DASHBOARD_TOKEN_ENCRYPTION must be set: the database holds {plain:,} rows whose tokens are not sealed.",
            "Set it to off for a Bolt app with slack_sdk's own store. `on` needs dashboard.bolt in the Bolt app first; "
            "`dashboard keys seal` then seals the old rows. docs/moving-in.md goes through it.",
        )
