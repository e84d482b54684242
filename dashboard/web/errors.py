"""Errors as pages. Litestar calls these outside any handler, so they read nothing but the exception."""

import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from dashboard.errors import AppPausedError, LinkRefusedError, frames
from dashboard.web import render
from dashboard.web.types import Request

log = structlog.get_logger("dashboard.web")

_WORDS = {
    400: ("This request could not be read", "Something in the address or in what was sent is not as it should be."),
    404: ("There is nothing here", "The address may be mistyped, or what it named is gone."),
    405: ("This address does not take that", "It was called in a way it does not answer to."),
    413: ("That was too much at once", "What was sent is larger than this address accepts."),
}


def http_error(_request: Request, error: HTTPException) -> Response[str]:
    """A refusal by the framework, or by a handler that found nothing."""
    title, text = _WORDS.get(error.status_code, _WORDS[400])
    return _page(error.status_code, title, text, error.headers)


def link_refused(_request: Request, error: LinkRefusedError) -> Response[str]:
    return _page(
        400, "This install link is not right", f"{error.sentence} Ask whoever gave you the link for a new one."
    )


def app_paused(_request: Request, _error: AppPausedError) -> Response[str]:
    text = "Its makers have paused new installations for now. Please come back later; the link stays the same."
    return _page(503, "This app cannot be installed at the moment", text, {"Retry-After": "3600"})


def unforeseen(_request: Request, error: Exception) -> Response[str]:
    log.error("request.failed", error_class=type(error).__name__, trace=frames(error))
    return _page(500, "Something failed on our side", "We have a record of it. Please try again in a moment.")


def _page(status: int, title: str, text: str, headers: dict[str, str] | None = None) -> Response[str]:
    return render.page("errors/show.html", status=status, headers=headers, title=title, text=text)
