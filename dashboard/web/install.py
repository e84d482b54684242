"""`/slack/…` and `/apps/{slug}/…`: the install page, the start, and the return from Slack."""

import urllib.parse
from collections.abc import Mapping

from litestar import Response, get, post, route
from litestar.enums import HttpMethod
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from dashboard.apps import link
from dashboard.apps.app import DEFAULT_SLUG, App
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.errors import AppPausedError, AppUnavailableError, LinkRefusedError
from dashboard.core.words import duration
from dashboard.install import catalogue, invitations, said
from dashboard.install.callback import handle_callback, is_underway
from dashboard.install.outcome import Installed, Outcome
from dashboard.install.start import begin
from dashboard.web.kit import cookies, forms, security
from dashboard.web.kit.page import public
from dashboard.web.kit.request import Request, service_of

Apps = Mapping[str, App]

STILL_RUNNING = 202  # the one status that is no outcome


@route(
    ["/slack/install", "/apps/{slug:str}/install"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    name="install.page",
    opt={"public": True},
)
async def page(request: Request, slug: FromPath[str] = DEFAULT_SLUG) -> Response[str] | Response[None]:
    app = _open(service_of(request).apps, slug)
    asked = link.read(security.query(request), app.accepts, now())
    if not app.page_enabled:
        return _redirect(app.start_path(asked))
    kept = {"Cache-Control": "public, max-age=60"}
    return public("install/page.html", headers=kept, app=app, start=app.start_path(asked, source="page"))


@get("/apps/{slug:str}/invited/{code:str}", name="install.invited", opt={"public": True})
async def invited(request: Request, slug: FromPath[str], code: FromPath[str]) -> Response[str]:
    service = service_of(request)
    app = _open(service.apps, slug)
    digest = invitations.digest(code)
    if await service.database.read(invitations.find, digest, app.client_id, now()) is None:
        raise LinkRefusedError("It works once and for 72 hours, and is used or has ended.")
    start = f"{app.path}/start?{urllib.parse.urlencode({'invited': code})}"
    return public("install/page.html", headers={"Referrer-Policy": "no-referrer"}, app=app, start=start)


@get(["/slack/start", "/apps/{slug:str}/start"], name="install.start", opt={"public": True})
async def start(request: Request, slug: FromPath[str] = DEFAULT_SLUG) -> Response[None]:
    service = service_of(request)
    app, settings = _open(service.apps, slug), service.settings
    visit = security.visit(request, settings)
    if security.is_elsewhere(request, settings) and "moved" not in visit.query:
        return _redirect(_at_public_url(settings, app, visit.query))
    departure = begin(service.install, app, visit)
    return _redirect(departure.location, {"Set-Cookie": cookies.state(settings, departure.browser_secret)})


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
    if elsewhere and outcome.status != STILL_RUNNING:
        return _redirect(app.result_url(elsewhere, shown_reference, reason, outcome.asked_for), headers)
    if outcome.reason is None:
        add = _add_to_workspaces(outcome.installed)
        return public("install/installed.html", headers=headers, app=app, outcome=outcome, add_to_workspaces=add)
    return _failure_page(app, outcome, headers, settings)


@post(["/slack/said", "/apps/{slug:str}/said"], name="install.say", opt={"public": True})
async def say(request: Request, slug: FromPath[str] = DEFAULT_SLUG) -> Response[str]:
    """What a visitor says on the failure page."""
    service = service_of(request)
    app = _known(service.apps, slug)
    sent = {name: value.replace("\0", "") for name, value in (await forms.fields(request)).items()}
    about = said.reference_of(service.settings.secret_keys, app.client_id, sent.get("permit", ""))
    if about is None:
        return _about_what_was_said(app, 400, "")
    text, address = sent.get("text", ""), sent.get("address", "")
    if not text.strip():
        return _about_what_was_said(app, 422, about)
    if not service.install.recorder.may_say(app.client_id, security.visit(request, service.settings).address):
        return _about_what_was_said(app, 429, about)
    await service.database.write(said.keep, app.client_id, about, address=address, text=text, at=now())
    return _about_what_was_said(app, 200, about)


_ABOUT_WHAT_WAS_SAID = {
    200: ("Thank you, it is passed on", "The people who run the app find it beside the reference."),
    400: (
        "That cannot be passed on",
        "The page was open for too long. Please write to the people who gave you the link, with the reference.",
    ),
    429: ("We cannot take more just now", "Please write to the people who gave you the link, with the reference."),
    422: ("There was nothing to pass on", "Please go back and write a sentence first."),
}


def _about_what_was_said(app: App, status: int, stored_reference: str) -> Response[str]:
    title, text = _ABOUT_WHAT_WAS_SAID[status]
    return public("install/said.html", status=status, app=app, title=title, text=text, reference=stored_reference)


def _failure_page(app: App, outcome: Outcome, headers: dict[str, str], settings: Settings) -> Response[str]:
    visitor = catalogue.find(outcome.code).visitor
    words = {"age": duration(outcome.age), "limit": duration(settings.state_ttl * 1000)}
    permit = said.permit(settings.secret_keys, app.client_id, outcome.reference)
    if outcome.status == STILL_RUNNING:
        permit = ""
        headers["Refresh"] = "5"  # no address: the page's own, which no template ever sees
    return public(
        "install/failed.html",
        status=outcome.status,
        headers=headers,
        app=app,
        outcome=outcome,
        visitor=visitor,
        permit=permit,
        text=visitor.text.format_map(words),
        start=app.start_path(outcome.asked_for),
    )


def _add_to_workspaces(installed: Installed) -> str | None:
    """Where an organization adds an app to its workspaces: on its own site, if Slack told us its address."""
    if installed is None or not installed.is_enterprise_install:
        return None
    site = (installed.enterprise_url or "").rstrip("/")
    if site.startswith("https://"):
        return f"{site}/manage/organization/apps/profile/{installed.app_id}/workspaces/add"
    return (
        f"https://app.slack.com/manage/{installed.enterprise_id}/integrations/profile/{installed.app_id}/workspaces/add"
    )


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
    kept = {name: query[name] for name in ("team", "metadata", "exp", "sig", "source", "invited") if name in query}
    return f"{settings.public_url}{app.path}/start?{urllib.parse.urlencode({**kept, 'moved': '1'})}"
