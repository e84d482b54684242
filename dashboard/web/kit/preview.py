"""The public pages of an app as they would look with a brand that is not saved yet: rendered by the very templates."""

from litestar import Response

from dashboard.apps.app import App
from dashboard.apps.link import Link
from dashboard.core import reference
from dashboard.core.clock import DAY, now
from dashboard.core.config import Settings
from dashboard.core.messages import LANGUAGES
from dashboard.install.outcome import Outcome
from dashboard.slack.api import Installation
from dashboard.web.kit import public_pages

PAGES = {
    "install": "Install page",
    "installed": "After success",
    "organization": "In an organization",
    "unchecked": "Not checked yet",
    "failed": "After failure",
    "cancelled": "After cancelling",
    "running": "Still running",
}
SCHEMES = {"": "as the system has it", "light": "light", "dark": "dark"}
_CODES = {"failed": ("invalid_state", "state_expired", 401), "cancelled": ("access_denied", "access_denied", 200)}
_RUNNING = ("in_progress", "in_progress", 202)


def page(app: App, which: str, settings: Settings, *, scheme: str, language: str) -> Response[str]:
    """One of PAGES of the app, as it would be, in one of SCHEMES and LANGUAGES; its buttons lead to the real ones."""
    if which == "install":
        start = app.start_path(Link(language=language))
        addresses = {each: app.install_path(Link(language=each)) for each in LANGUAGES}
        there = settings.public_url
        return public_pages.install(app, language, there, start=start, addresses=addresses, headers={}, scheme=scheme)
    answer = public_pages.outcome(app, language, _outcome(which, language), settings, headers={}, scheme=scheme)
    answer.status_code = 200
    answer.headers.pop("Refresh", None)
    return answer


def _outcome(which: str, language: str) -> Outcome:
    at, asked_for = now(), Link(language=language)
    if which in ("installed", "organization", "unchecked"):
        installed, checked = _installed(in_organization=which == "organization"), which != "unchecked"
        return Outcome(200, reference.new(), at, installed=installed, checked=checked, asked_for=asked_for)
    reason, code, status = _CODES.get(which, _RUNNING)
    return Outcome(status, reference.new(), at, reason=reason, code=code, detail=code, age=3 * DAY, asked_for=asked_for)


def _installed(*, in_organization: bool) -> Installation:
    if in_organization:
        return Installation(
            app_id="A0PREVIEW",
            user_id="U0PREVIEW",
            enterprise_id="E0PREVIEW",
            enterprise_name="Sample Corporation",
            is_enterprise_install=True,
        )
    return Installation(app_id="A0PREVIEW", team_id="T0PREVIEW", team_name="Sample Workspace", user_id="U0PREVIEW")
