"""What a visitor sees: the install page, how an installation ended, and what becomes of what one said about it."""

import urllib.parse
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from litestar import Response

from dashboard.apps import scopes
from dashboard.apps.app import App
from dashboard.core import locales, reference
from dashboard.core.config import Settings
from dashboard.core.messages import ENGLISH, LANGUAGES, text, translated
from dashboard.install import catalogue
from dashboard.install import said as said_permits
from dashboard.install.outcome import Installed, Outcome
from dashboard.web.kit import gaps, render
from dashboard.web.kit.page import answer, public, rendered

_VALUES = ("place", "leads_to", "in_browser", "reference")  # of the page of a success
STILL_RUNNING = 202  # the one status that is no outcome


def install(
    app: App,
    language: str,
    public_url: str,
    *,
    start: str,
    addresses: Mapping[str, str],
    headers: Mapping[str, str],
    scheme: str = "",
) -> Response[str]:
    """The install page, whose button leads to `start`; in each language it stands at one of `addresses`."""
    html = _install_page(app, language, public_url, start, tuple(addresses.items()), scheme)
    return answer(html, language, headers=headers)


@lru_cache(maxsize=128)
def _install_page(  # noqa: PLR0917 - all that makes the page another one: the cache knows it by these
    app: App, language: str, public_url: str, start: str, addresses: tuple[tuple[str, str], ...], scheme: str
) -> str:
    """Nearly all who come see the same few pages. An app that is changed is another one."""
    at, spoken = dict(addresses), app.speaking(language)
    asked = scopes.asked(spoken, language)
    return rendered(
        "install/page.html",
        language,
        app=app,
        scheme=scheme,
        title=_title(app, language),
        start=start,
        asked=asked,
        public_url=public_url,
        mail_to_admin=_mail_to_admin(spoken, language, f"{public_url}{at.get(language, at[ENGLISH])}", asked),
        other_languages=[(code, name, at[code]) for code, name in LANGUAGES.items()],
    )


_MAIL = text("Hello,\n\nI would like to use {app} in our Slack workspace. Could you approve it?")


def _mail_to_admin(app: App, language: str, address: str, asked: list[tuple[str, list[scopes.Asked]]]) -> str:
    """A prepared mail (RFC 6068): what the app is, where it is installed, and what it asks for."""
    name = app.name if app.is_named else translated(text("this app"), language)
    parts = [translated(_MAIL, language).format(app=name), app.brand.sentence, address]
    for heading, listed in asked:
        lines = [f"- {each.reason} ({each.name})" if each.reason else f"- {each.name}" for each in listed]
        parts.append("\n".join([heading, *lines]))
    query = {"subject": _title(app, language), "body": "\n\n".join(part for part in parts if part)}
    return f"mailto:?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"


def _title(app: App, language: str) -> str:
    if not app.is_named:
        return translated(text("Add this app to Slack"), language)
    return translated(text("Add {app} to Slack"), language).format(app=app.name)


def outcome(
    app: App, language: str, outcome: Outcome, settings: Settings, *, headers: dict[str, str], scheme: str = ""
) -> Response[str]:
    """How a return ended."""
    if not outcome.succeeded:
        return _failure(app, language, outcome, settings, headers=headers, scheme=scheme)
    who = outcome.installed
    is_organization = bool(who and who.is_enterprise_install)
    values = {
        "place": render.bdi(_place(who, language)),
        "leads_to": _leads_to(who),
        "in_browser": f"https://app.slack.com/client/{quote(who.team_id)}" if who and who.team_id else "",
        "reference": reference.display(outcome.reference),
    }
    there = tuple(name for name, value in values.items() if value)
    page = _installed_page(app, language, scheme, there, is_organization=is_organization, checked=outcome.checked)
    return answer(gaps.filled(page, values), language, headers=headers)


@lru_cache(maxsize=128)
def _installed_page(
    app: App, language: str, scheme: str, there: tuple[str, ...], *, is_organization: bool, checked: bool
) -> tuple[str, ...]:
    """All who install an app see the same but for the values that are `there`. Rendering it was a tenth of what an
    installation takes."""
    shown: dict[str, Any] = {name: gaps.gap(name) if name in there else "" for name in _VALUES}
    shown |= {"is_organization": is_organization, "checked": checked}
    html = rendered("install/installed.html", language, app=app, scheme=scheme, **shown)
    return gaps.parts(html)


def _place(who: Installed, language: str) -> str:
    """Where it is installed, by name."""
    if who and who.is_enterprise_install:
        return who.enterprise_name or translated(text("your organization"), language)
    return (who and who.team_name) or translated(text("your workspace"), language)


def _leads_to(who: Installed) -> str:
    """What the button opens: Slack itself (https://docs.slack.dev/interactivity/deep-linking), where the app is; for an
    organization the page where it adds the app to workspaces, on its own site, if Slack told us its address."""
    if not who or not (who.team_id or who.is_enterprise_install):
        return "slack://open"
    if not who.is_enterprise_install:
        return f"slack://app?team={quote(who.team_id or '')}&id={quote(who.app_id or '')}"
    site = (who.enterprise_url or "").rstrip("/")
    if site.startswith("https://"):
        return f"{site}/manage/organization/apps/profile/{who.app_id}/workspaces/add"
    return f"https://app.slack.com/manage/{who.enterprise_id}/integrations/profile/{who.app_id}/workspaces/add"


def _failure(
    app: App, language: str, outcome: Outcome, settings: Settings, *, headers: dict[str, str], scheme: str
) -> Response[str]:
    visitor = catalogue.find(outcome.code).visitor
    age, limit = (locales.duration(length, language) for length in (outcome.age, settings.state_ttl * 1000))
    permit = said_permits.permit(settings.secret_keys, app.client_id, outcome.reference)
    if outcome.status == STILL_RUNNING:
        permit = ""
        headers["Refresh"] = "5"  # no address: the page's own, which no template ever sees
    chosen = outcome.asked_for.language
    return public(
        "install/failed.html",
        language,
        app=app,
        status=outcome.status,
        headers=headers,
        scheme=scheme,
        outcome=outcome,
        visitor=visitor,
        text=translated(visitor.text, language).format(age=age, limit=limit),
        start=app.start_path(outcome.asked_for),
        support=_support(app, reference.display(outcome.reference)),
        permit=permit,
        say=f"{app.path}/said" + (f"?lang={chosen}" if chosen else ""),
        at=locales.moment(outcome.at, language),
    )


def _support(app: App, shown_reference: str) -> str:
    """Where to ask about an installation; empty if the brand does not say."""
    subject = f"{app.name}, {shown_reference}" if app.is_named else shown_reference
    return app.brand.support_link(subject, shown_reference) if app.brand.support else ""


_ABOUT_WHAT_WAS_SAID = {
    200: (text("Thank you, it is passed on"), text("The people who run the app find it beside the reference.")),
    400: (
        text("That cannot be passed on"),
        text("The page was open for too long. Please write to the people who gave you the link, with the reference."),
    ),
    429: (
        text("We cannot take more just now"),
        text("Please write to the people who gave you the link, with the reference."),
    ),
    422: (text("There was nothing to pass on"), text("Please go back and write a sentence first.")),
}


def said(app: App, language: str, status: int, stored_reference: str) -> Response[str]:
    """What became of what a visitor said on the failure page."""
    title, words = _ABOUT_WHAT_WAS_SAID[status]
    return public(
        "install/said.html",
        language,
        app=app,
        status=status,
        title=title,
        text=words,
        reference=stored_reference,
        ok=status == 200,
    )


PAUSED = text("Its makers have paused new installations for now.")
UNAVAILABLE = text("Its makers have to correct a setting first.")


def closed(app: App | None, language: str, why: str, stored_reference: str, scheme: str = "") -> Response[str]:
    """The page of an app that cannot be installed for now: PAUSED or UNAVAILABLE; after a return with its reference."""
    headers = {"Retry-After": "3600"}
    if stored_reference:
        headers["X-Install-Reference"] = reference.display(stored_reference)
    return public(
        "errors/show.html",
        language,
        app=app,
        status=503,
        headers=headers,
        scheme=scheme,
        title=text("This app cannot be installed at the moment"),
        texts=(why, text("Please come back later; the link stays the same.")),
        reference=stored_reference,
        closed=True,
    )
