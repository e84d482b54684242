"""`/slack/…` and `/apps/{slug}/…`: the install page, the start, and the return from Slack."""

import urllib.parse
from collections.abc import Mapping
from dataclasses import replace

from litestar import Response, get, post, route
from litestar.enums import HttpMethod
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send

from dashboard.apps import link
from dashboard.apps.app import DEFAULT_SLUG, App
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.errors import AppPausedError, AppUnavailableError, LinkRefusedError
from dashboard.core.messages import LANGUAGES, text
from dashboard.install import invitations, said
from dashboard.install.callback import handle_callback, is_underway
from dashboard.install.start import begin
from dashboard.web.kit import cookies, forms, public_pages, security
from dashboard.web.kit.request import Request, service_of

Apps = Mapping[str, App]

CARRIED_ON = ("team", "metadata", "exp", "sig", "lang", "source", "invited")  # by a start that is sent elsewhere


@route(
    ["/slack/install", "/apps/{slug:str}/install"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    name="install.page",
    opt={"public": True},
)
async def page(request: Request, slug: FromPath[str] = DEFAULT_SLUG) -> Response[str] | Response[None]:
    service = service_of(request)
    app = _open(service.apps, slug)
    asked = link.read(security.query(request), app.accepts, now())
    if not app.page_enabled:
        return _redirect(app.start_path(asked))
    return public_pages.install(
        app,
        security.language(request, asked.language),
        service.settings.public_url,
        start=app.start_path(asked, source="page"),
        addresses={language: app.install_path(replace(asked, language=language)) for language in LANGUAGES},
        headers={"Cache-Control": "public, max-age=60"},
    )


@get("/apps/{slug:str}/invited/{code:str}", name="install.invited", opt={"public": True})
async def invited(request: Request, slug: FromPath[str], code: FromPath[str]) -> Response[str]:
    service = service_of(request)
    app = _open(service.apps, slug)
    digest = invitations.digest(code)
    if await service.database.read(invitations.find, digest, app.client_id, now()) is None:
        raise LinkRefusedError(text("It works once and for 72 hours, and is used or has ended."))
    chosen, here = link.spoken(security.query(request)), f"{app.path}/invited/{code}"
    query = {"invited": code, **({"lang": chosen} if chosen else {})}
    return public_pages.install(
        app,
        security.language(request),
        service.settings.public_url,
        start=f"{app.path}/start?{urllib.parse.urlencode(query)}",
        addresses={language: f"{here}?lang={language}" for language in LANGUAGES},
        headers={"Referrer-Policy": "no-referrer"},
    )


@get(["/slack/start", "/apps/{slug:str}/start"], name="install.start", opt={"public": True})
async def start(request: Request, slug: FromPath[str] = DEFAULT_SLUG) -> ASGIApp:
    service = service_of(request)
    app, settings = _open(service.apps, slug), service.settings
    visit = security.visit(request, settings)
    if security.is_elsewhere(request, settings) and "moved" not in visit.query:
        return Away(_at_public_url(settings, app, visit.query))
    departure = begin(service.install, app, visit)
    return Away(departure.location, cookies.state(settings, departure.browser_secret))


@get(["/slack/oauth_redirect", "/apps/{slug:str}/oauth_redirect"], name="install.oauth_redirect", opt={"public": True})
async def oauth_redirect(request: Request, slug: FromPath[str] = DEFAULT_SLUG) -> Response[str] | Response[None]:
    service = service_of(request)
    app, flow, settings = _known(service.apps, slug), service.install, service.settings
    visit = security.visit(request, settings)
    if app.problem:
        raise AppUnavailableError(_logged(request, reference.new(), "app_unavailable"))
    outcome = await handle_callback(flow, app, visit)
    reason, shown_reference = outcome.reason or "installed", reference.display(outcome.reference)
    _logged(request, outcome.reference, reason)
    if app.paused and not is_underway(flow, app, visit):
        raise AppPausedError(outcome.reference)
    headers = {"X-Install-Reference": shown_reference}
    elsewhere = app.success_url if outcome.succeeded else app.failure_url
    if elsewhere and outcome.status != public_pages.STILL_RUNNING:
        return _redirect(app.result_url(elsewhere, shown_reference, reason, outcome.asked_for), headers)
    language = security.language(request, outcome.asked_for.language)
    return public_pages.outcome(app, language, outcome, settings, headers=headers)


@post(["/slack/said", "/apps/{slug:str}/said"], name="install.say", opt={"public": True})
async def say(request: Request, slug: FromPath[str] = DEFAULT_SLUG) -> Response[str]:
    """What a visitor says on the failure page."""
    service = service_of(request)
    app = _known(service.apps, slug)
    sent = {name: value.replace("\0", "") for name, value in (await forms.fields(request)).items()}
    language = security.language(request)
    about = said.reference_of(service.settings.secret_keys, app.client_id, sent.get("permit", ""))
    if about is None:
        return public_pages.said(app, language, 400, "")
    words, address = sent.get("text", ""), sent.get("address", "")
    if not words.strip():
        return public_pages.said(app, language, 422, about)
    if not service.install.recorder.may_say(app.client_id, security.visit(request, service.settings).address):
        return public_pages.said(app, language, 429, about)
    await service.database.write(said.keep, app.client_id, about, address=address, text=words, at=now())
    return public_pages.said(app, language, 200, about)


class Away:
    """A redirect, as the ASGI application that an answer is (https://asgi.readthedocs.io/en/latest/specs/www.html). A
    `Response` of Litestar's takes an eighth of what a start does."""

    def __init__(self, location: str, cookie: str = "") -> None:
        self._headers = [
            (b"location", location.encode("latin-1")),
            (b"cache-control", b"no-store"),
            (b"content-length", b"0"),
        ]
        if cookie:
            self._headers.append((b"set-cookie", cookie.encode("latin-1")))

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 302, "headers": self._headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _logged(request: Request, stored_reference: str, reason: str) -> str:
    """Put a return's reference into its line of the log, and hand it on."""
    request.state.logged = {"reference": reference.display(stored_reference), "reason": reason}
    return stored_reference


def _known(apps: Apps, slug: str) -> App:
    if slug not in apps:
        raise NotFoundException("There is no app at this address.")
    return apps[slug]


def _open(apps: Apps, slug: str) -> App:
    """The app, where an installation may begin. Raises AppUnavailableError or AppPausedError if not."""
    app = _known(apps, slug)
    if app.problem:
        raise AppUnavailableError
    if app.paused:
        raise AppPausedError
    return app


def _redirect(location: str, headers: Mapping[str, str] | None = None) -> Response[None]:
    more = headers or {}
    return Response(None, status_code=302, headers={"Location": location, "Cache-Control": "no-store", **more})


def _at_public_url(settings: Settings, app: App, query: Mapping[str, str]) -> str:
    """The same start at PUBLIC_URL, marked, so that proxies which hide the host cannot send it round in a circle."""
    kept = {name: query[name] for name in CARRIED_ON if name in query}
    return f"{settings.public_url}{app.path}/start?{urllib.parse.urlencode({**kept, 'moved': '1'})}"
