"""Errors as pages. Litestar calls these outside any handler, so they read nothing but the exception."""

from collections.abc import Mapping

import structlog
from litestar import Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DataError, IntegrityError, NotSupportedError, ProgrammingError, SQLAlchemyError

from dashboard.apps.app import DEFAULT_SLUG, App
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
    frames,
)
from dashboard.core.messages import text
from dashboard.web.kit import cookies, identify, pending, public_pages, security
from dashboard.web.kit.page import Desk, public, see_other, wants_fragment
from dashboard.web.kit.pending import Pending
from dashboard.web.kit.request import Request, service_of

log = structlog.get_logger("dashboard.web")

# Keys of the message catalogues, as is all that a visitor can be shown.
_WORDS = {
    400: (
        text("This request could not be read"),
        text("Something in the address or in what was sent is not as it should be."),
    ),
    404: (text("There is nothing here"), text("The address may be mistyped, or what it named is gone.")),
    405: (text("This address cannot be used like that"), text("It was called in a way it does not answer to.")),
    503: (
        text("The database cannot be reached at the moment"),
        text("Nothing is lost. Please try again in a minute."),
    ),
    413: (text("That was too much at once"), text("What was sent is larger than this address accepts.")),
}
_LINK_GONE = text(
    "It was used, a newer one took its place, or it is older than 72 hours. Ask whoever gave it to you for another."
)


def http_error(request: Request, error: HTTPException) -> Response[str]:
    """A refusal by the framework, or by a handler that found nothing.

    Under /ops whoever is not signed in learns nothing from it, not even whether the address is one.
    """
    handler = request.scope.get("route_handler")
    if error.status_code == 503:
        return _page(request, 503, *_WORDS[503], headers={"Retry-After": "60"})
    if (
        identify.is_desk(request.scope["path"])
        and not request.scope["user"]
        and not (handler and handler.opt.get("public"))
    ):
        return _to_login(request)
    return _page(request, error.status_code, *_WORDS.get(error.status_code, _WORDS[400]), headers=error.headers)


def _to_login(request: Request) -> Response[str]:
    address = identify.login_address(request)
    if wants_fragment(request):  # htmx would put the login where the rows were
        return Response("", status_code=401, headers={"HX-Redirect": address, "Vary": "HX-Request-Type"})
    return see_other(address)


def cross_site(request: Request, _error: identify.CrossSiteError) -> Response[str]:
    return _page(
        request, 403, text("This came from another site"), text("Open the page here and send it again from there.")
    )


def not_found(request: Request, _error: NotFoundError) -> Response[str]:
    return _page(request, 404, *_WORDS[404])


def link_gone(request: Request, _error: LinkGoneError) -> Response[str]:
    return _page(request, 404, text("This link is no longer good"), _LINK_GONE)


def not_allowed(request: Request, error: NotAllowedError) -> Response[str]:
    """`identify.Identify` writes it into the audit before the answer goes out."""
    request.scope["state"]["denied"] = error
    why = "Your role does not reach this far. Whoever manages the app's members can change that."
    session = request.scope["user"]
    if session and session.operator.locked and not session.operator.apps:
        why = "Every app of yours wants a second factor: turn one-time codes on under My profile and sessions."
    return _page(request, 403, "You may not do this", why)


def filter_refused(request: Request, error: FilterError) -> Response[str]:
    title, why = f"This list knows no {error.key}: {error.value}", "Everything else that was asked for is kept."
    return Desk.of(request).page("errors/desk.html", status=400, title=title, text=why, leads_to=error.without)


def confirmation_needed(request: Request, error: ConfirmationNeededError) -> Response[str]:
    """To the page that asks who it is, with what was sent in a cookie, so that it is not asked for again."""
    address, desk = f"/ops/confirm?next={identify.quoted(error.back)}", Desk.of(request)
    answer = see_other(address)
    if wants_fragment(request):
        answer = Response("", status_code=401, headers={"HX-Redirect": address, "Vary": "HX-Request-Type"})
    act = Pending(request.scope["path"], error.fields)
    packed = pending.pack(desk.settings.secret_keys, desk.session.digest, act)
    answer.set_cookie(
        cookies.pending(desk.settings, packed)
        if packed
        else cookies.gone(desk.settings, cookies.pending_name(desk.settings))
    )
    return answer


def link_refused(request: Request, error: LinkRefusedError) -> Response[str]:
    asked = text("Ask whoever gave you the link for a new one.")
    return _page(request, 400, text("This install link does not work"), error.sentence, asked)


def app_paused(request: Request, error: AppPausedError) -> Response[str]:
    return _closed(request, public_pages.PAUSED, error.reference)


def app_unavailable(request: Request, error: AppUnavailableError) -> Response[str]:
    return _closed(request, public_pages.UNAVAILABLE, error.reference)


def _closed(request: Request, why: str, stored_reference: str) -> Response[str]:
    return public_pages.closed(_app_of(request), security.language(request), why, stored_reference)


def not_possible(request: Request, error: DashboardError) -> Response[str]:
    """What a person can mend is told to those who are signed in; a visitor can mend nothing here."""
    if identify.is_desk(request.scope["path"]) and request.scope.get("user"):
        return _page(request, 409, error.sentence, error.next_step or "")
    return unforeseen(request, error)


def database_failed(request: Request, error: SQLAlchemyError) -> Response[str]:
    """The database is away, locked, full or broken; what was to be done was not done. A statement of ours that
    is wrong is no fault of the database."""
    if isinstance(error, DataError | IntegrityError | NotSupportedError | ProgrammingError):
        return unforeseen(request, error)
    log.error("database.failed", error_class=type(error).__name__, trace=frames(error))
    return _page(request, 503, *_WORDS[503], headers={"Retry-After": "60"})


def unforeseen(request: Request, error: Exception) -> Response[str]:
    log.error("request.failed", error_class=type(error).__name__, trace=frames(error))
    words = text("Something failed on our side"), text("We have a record of it. Please try again in a moment.")
    return _page(request, 500, *words)


def _page(
    request: Request, status: int, title: str, *texts: str, headers: Mapping[str, str] | None = None
) -> Response[str]:
    if identify.is_desk(request.scope["path"]) and request.scope.get("user"):
        words = {"title": title, "text": " ".join(texts), "leads_to": ""}
        return Desk.of(request).page("errors/desk.html", status=status, headers=headers, **words)
    return public(
        "errors/show.html",
        security.language(request),
        app=_app_of(request),
        status=status,
        headers=headers,
        title=title,
        texts=texts,
        reference="",
        closed=False,
    )


def _app_of(request: Request) -> App | None:
    """The app whose public address was asked for: `/slack/…` or `/apps/{slug}/…`."""
    _, first, *rest = request.scope["path"].split("/")
    slug = DEFAULT_SLUG if first == "slack" else rest[0] if first == "apps" and rest else ""
    return service_of(request).apps.get(slug)
