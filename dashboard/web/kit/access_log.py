"""One line for each request: route, status, milliseconds, and the reference where there is one. Never an address or
a query string: they hold codes and states."""

import time

import structlog
from litestar import Litestar
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.core.log import REQUESTS, request_line

log = structlog.wrap_logger(None, processors=[request_line], logger_factory_args=(REQUESTS,))


class AccessLog:
    """Stands outside the application, so that it sees what no route answers, too."""

    def __init__(self, litestar: Litestar, app: ASGIApp) -> None:
        self.litestar = litestar
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            facts: dict[str, object] = scope.get("state", {}).get("logged", {})
            route = scope.get("path_template") or "unknown"
            took = round((time.perf_counter() - started) * 1000, 1)
            log.info("request", method=scope["method"], route=route, status=status, ms=took, **facts)
