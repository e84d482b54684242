"""The public pages of an app as they would look with a brand that is not saved yet: rendered by the very templates."""

from dataclasses import replace

from litestar import Response

from dashboard.apps.app import App
from dashboard.apps.brand import Brand
from dashboard.apps.link import Link
from dashboard.core import reference
from dashboard.core.clock import DAY, MINUTE, now
from dashboard.core.words import duration
from dashboard.install import catalogue
from dashboard.install.outcome import Outcome
from dashboard.slack.api import Installation
from dashboard.web.kit.page import public

PAGES = {"install": "Install page", "installed": "After success", "failed": "After failure"}
SCHEMES = {"": "as the system has it", "light": "light", "dark": "dark"}
CODE = "state_expired"  # the failure that is shown


def page(app: App, brand: Brand, which: str, scheme: str, state_ttl: int) -> Response[str]:
    """One of PAGES in one of SCHEMES; its buttons lead to the real ones."""
    shown = replace(app, brand=brand)
    start = shown.start_path(Link())
    if which == "install":
        return public("install/page.html", app=shown, start=start, scheme=scheme)
    if which == "installed":
        succeeded = _succeeded()
        return public("install/installed.html", app=shown, scheme=scheme, outcome=succeeded, add_to_workspaces=None)
    outcome = Outcome(400, reference.new(), now(), reason="invalid_state", code=CODE, detail=CODE, age=3 * DAY)
    visitor = catalogue.find(CODE).visitor
    words = {"age": duration(outcome.age), "limit": duration(state_ttl * MINUTE // 60)}
    text = visitor.text.format_map(words)
    return public(
        "install/failed.html",
        app=shown,
        scheme=scheme,
        outcome=outcome,
        visitor=visitor,
        permit="",
        text=text,
        start=start,
    )


def _succeeded() -> Outcome:
    place = Installation(app_id="A0PREVIEW", team_id="T0PREVIEW", team_name="Sample Workspace", user_id="U0PREVIEW")
    return Outcome(200, reference.new(), now(), installed=place)
