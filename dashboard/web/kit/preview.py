"""The public pages of an app as they would look with a brand that is not saved yet: rendered by the very templates."""

from litestar import Response

from dashboard.apps.app import App
from dashboard.apps.brand import Brand
from dashboard.apps.link import Link
from dashboard.core import reference
from dashboard.core.clock import DAY, now
from dashboard.core.config import Settings
from dashboard.core.crypto import Keyring, Vault
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
    "paused": "While it is paused",
}
SCHEMES = {"": "as the system has it", "light": "light", "dark": "dark"}
EXPIRED = "state_expired"  # the failure that is shown unless another one is asked for
_REASONS = {"cancelled": ("access_denied", 200), "running": ("in_progress", public_pages.STILL_RUNNING)}


def page(app: App, which: str, settings: Settings, *, scheme: str, language: str, code: str = EXPIRED) -> Response[str]:
    """One of PAGES of the app, as it would be, in one of SCHEMES and LANGUAGES, or in PSEUDO; a failure is that of a
    `code`. Its buttons lead to the real ones."""
    if which == "install":
        start = app.start_path(Link(language=language))
        addresses = {each: app.install_path(Link(language=each)) for each in LANGUAGES}
        there = settings.public_url
        return public_pages.install(app, language, there, start=start, addresses=addresses, headers={}, scheme=scheme)
    if which == "paused":
        shown = public_pages.closed(app, language, public_pages.PAUSED, reference.new(), scheme)
    else:
        outcome = _outcome(which, language, code)
        shown = public_pages.outcome(app, language, outcome, settings, headers={}, scheme=scheme)
    shown.status_code = 200
    shown.headers.pop("Refresh", None)
    return shown


def sample(settings: Settings) -> App:
    """An app that is nobody's, for pages to be looked at."""
    return App(
        slug="sample",
        name="Sample Bot",
        client_id="0.0",
        client_secret="",
        scopes=("app_mentions:read", "chat:write", "commands", "a.scope:nobody-knows"),
        user_scopes=("search:read",),
        optional_scopes=("commands",),
        redirect_uri=f"{settings.public_url}/apps/sample/oauth_redirect",
        link_secrets=("",),
        result_secret="",
        vault=Vault("0.0", Keyring.from_roots(settings.secret_keys, "0.0"), seal=False),
        brand=Brand(
            vendor="Sample Works",
            sentence="Answers your team's questions where they are asked.",
            how_it_works="Mention @Sample Bot in a channel.\nIt answers in the thread.",
            next_steps="Invite @Sample Bot to a channel.\nAsk it something.",
            scope_reasons=(("chat:write", "to answer you"),),
            accent="#1f7a5c",
            privacy_url="https://sample.example/privacy",
            terms_url="https://sample.example/terms",
            support="help@sample.example",
        ),
    )


def _outcome(which: str, language: str, code: str) -> Outcome:
    at, asked_for = now(), Link(language=language)
    if which in ("installed", "organization", "unchecked"):
        installed, checked = _installed(in_organization=which == "organization"), which != "unchecked"
        return Outcome(200, reference.new(), at, installed=installed, checked=checked, asked_for=asked_for)
    shown, status = _REASONS.get(which, (code, 400))
    return Outcome(
        status, reference.new(), at, reason=shown, code=shown, detail=shown, age=3 * DAY, asked_for=asked_for
    )


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
