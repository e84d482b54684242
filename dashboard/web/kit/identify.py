"""Who is asking, and whether the address is for them. A route is public only by `opt={"public": True}`.

`Identify` stands outside the routes, so that an unknown address under /ops is no different from a known one to
somebody who is not signed in; `gate` stands before every route.
"""

import re
from collections.abc import Callable
from typing import Concatenate, ParamSpec
from urllib.parse import quote, urlsplit

import structlog
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException, NotFoundException, ServiceUnavailableException
from litestar.types import Message, Receive, Scope, Send
from sqlalchemy import Connection

from dashboard.access import audit, sessions
from dashboard.access.sessions import SignedIn
from dashboard.access.signin import Caller
from dashboard.core.clock import MINUTE, now
from dashboard.core.config import Settings
from dashboard.core.db import LARGEST_ID
from dashboard.core.errors import NotAllowedError, frames
from dashboard.core.parse import is_encodable
from dashboard.install.visitor import traits
from dashboard.web.kit import cookies, security
from dashboard.web.kit.request import Request

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
LONGEST_NEXT = 2_000  # characters

P = ParamSpec("P")

log = structlog.get_logger("dashboard.web")

_OUR_PATH = re.compile(r"/ops(?:[/?][!-~]*)?")


class CrossSiteError(Exception):
    """Another site's page made the browser send this."""


class Identify:
    """Finds out who is signed in, for every address of the desk, and writes down what was denied to whom."""

    def __init__(self, app: Litestar) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["user"] = None
        scope["litestar_app"] = self._app  # as Litestar does, a moment later than it is needed here
        if scope["type"] != ScopeType.HTTP or not is_desk(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            scope["user"] = await self._signed_in(scope)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is a page of ours
            log.error("session.not_read", error_class=type(error).__name__, trace=frames(error))
            scope["unavailable"] = True  # type: ignore[typeddict-unknown-key]

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._note_denial(scope)
            await send(message)

        await self._app(scope, receive, noted)

    async def _signed_in(self, scope: Scope) -> SignedIn | None:
        settings: Settings = self._app.state.settings
        request = Request(scope)
        tokens = session_tokens(request, settings)
        if not tokens:
            return None
        database, moment = self._app.state.service.database, now()
        network = caller(request, settings).traits["ip_prefix"]
        session: SignedIn | None = await database.read(sessions.find, tokens, network, moment)
        if session and moment - session.last_seen_at >= MINUTE and "x-poll" not in request.headers:
            await self._write_beside("session.not_touched", sessions.touch, session.digest, moment)
        return session

    async def _note_denial(self, scope: Scope) -> None:
        denied: NotAllowedError | None = scope.get("state", {}).get("denied")
        if denied and scope["user"]:
            await self._write_beside(
                "denial.not_recorded",
                audit.record,
                scope["user"].operator,
                denied.act,
                denied.object_type,
                denied.object_id,
                client_id=denied.client_id,
                outcome=audit.DENIED,
            )

    async def _write_beside(
        self, failed: str, change: Callable[Concatenate[Connection, P], None], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Write what is known beside a request. It never decides the answer: a failure is logged as `failed`."""
        try:
            await self._app.state.service.database.write(change, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - see above
            log.error(failed, error_class=type(error).__name__, trace=frames(error))


async def gate(request: Request) -> None:
    """Refuse what other sites send, and whoever is not signed in, unless the route says that it is public.

    A `before_request` hook: for a guard Litestar copies the handler with each request, a tenth of what a page takes.
    """
    if "unavailable" in request.scope:
        raise ServiceUnavailableException
    if request.method not in SAFE_METHODS and is_cross_site(request):
        raise CrossSiteError
    if not all(map(_can_be_stored, request.path_params.values())):
        raise NotFoundException
    if not request.route_handler.opt.get("public") and request.scope["user"] is None:
        raise NotAuthorizedException


def _can_be_stored(value: object) -> bool:
    """Whether a part of the path could name anything: no number beyond a column, no text that a database refuses."""
    if isinstance(value, int):
        return value <= LARGEST_ID
    text = str(value)
    return "\0" not in text and is_encodable(text)


def is_desk(path: str) -> bool:
    return path == "/ops" or path.startswith("/ops/")


def is_cross_site(request: Request) -> bool:
    """Whether a browser says that another site is behind a request.

    `Sec-Fetch-Site` decides where it is sent, else `Origin`; whatever sends neither is no browser, and holds no cookie
    it did not mean to send (Filippo Valsorda, https://words.filippo.io/csrf/).
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return False
    settings: Settings = request.app.state.settings
    return origin.lower() not in (settings.public_url, security.came_to(request, settings.proxy_hops))


def session_of(request: Request) -> SignedIn:
    session: SignedIn = request.scope["user"]
    return session


def session_tokens(request: Request, settings: Settings) -> tuple[str, ...]:
    """What the browser sent as session cookies, good or not."""
    return cookies.values(request.headers.getall("cookie", []), cookies.session_name(settings))


def caller(request: Request, settings: Settings) -> Caller:
    every = traits(security.visit(request, settings), settings.secret_keys[0])
    kept = {name: every[name] for name in ("browser", "system", "ip_prefix")}
    address = security.client_address(request, settings.proxy_hops)
    sent = cookies.values(request.headers.getall("cookie", []), cookies.known_browser_name(settings))
    return Caller(address, kept, session_tokens(request, settings), sent)


def next_path(text: str | None) -> str:
    """Where to go after signing in: one of our own addresses under /ops, else the desk's first page."""
    if not text or len(text) > LONGEST_NEXT or not _OUR_PATH.fullmatch(text) or "\\" in text:
        return "/ops"
    path = urlsplit(text).path
    if ".." in path or "//" in path or "%" in path or path.startswith(("/ops/login", "/ops/logout", "/ops/setup")):
        return "/ops"
    return text


def login_address(request: Request) -> str:
    """The login, and from there back to where somebody wanted to go; what was to be sent is not sent later."""
    wanted = request.scope["path"]
    if request.scope["query_string"]:
        wanted += "?" + request.scope["query_string"].decode("latin-1")
    if request.headers.get("hx-request-type") == "partial":
        wanted = _path_of(request.headers.get("hx-current-url", ""))
    if request.method not in SAFE_METHODS:
        wanted = "/ops"
    return f"/ops/login?next={quoted(next_path(wanted))}"


def _path_of(address: str) -> str:
    """The path and query of an address; empty if it is not one."""
    try:
        return urlsplit(address)._replace(scheme="", netloc="").geturl()
    except ValueError:
        return ""


def quoted(path: str) -> str:
    """A path as the value of a query parameter."""
    return quote(path, safe="")
