"""Sends a browser to Slack: the beginning of RFC 6749 §4.1, with a state that only this browser can bring back.

https://docs.slack.dev/authentication/installing-with-oauth. No web framework here.
"""

import urllib.parse
from dataclasses import dataclass
from functools import lru_cache

from dashboard.apps import link
from dashboard.apps.app import App
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.install import attempts, state, visitor
from dashboard.install.context import InstallContext
from dashboard.install.state import State
from dashboard.install.visitor import Visit


@dataclass(frozen=True)
class Departure:
    """Where *start* sends the browser, and the secret it shall keep."""

    location: str
    browser_secret: str


def begin(flow: InstallContext, app: App, request: Visit) -> Departure:
    """Issue a state for this browser and say where at Slack to go. Writes nothing on the way.

    Raises LinkRefusedError where the link's metadata or signature is wrong.
    """
    asked = link.read(request.query, app.accepts)
    secrets = [secret for secret in request.browser_secrets if state.is_browser_secret(secret)]
    browser_secret = secrets[0] if secrets else state.new_browser_secret()
    issued = State(
        client_id=app.client_id,
        attempt_id=state.new_attempt_id(),
        reference=reference.new(),
        issued_at=now(),
        browser=state.browser_digest(browser_secret),
        redirect_uri=app.redirect_uri,
        team=asked.team,
        source="page" if request.query.get("source") == "page" else "direct",
        metadata=asked.metadata,
        metadata_signed=asked.signed,
    )
    traits = visitor.traits(request, flow.hash_key)
    row = attempts.columns_of(issued, app.requested_scopes, app.user_scopes)
    flow.recorder.started({**row, **traits, "locale": visitor.locale(request)})
    asks = _asks(app.client_id, app.requested_scopes, app.user_scopes, app.redirect_uri)
    team = f"&team={asked.team}" if asked.team else ""  # a Slack id, and a state is made of such characters, too
    return Departure(f"{flow.authorize_url}?{asks}{team}&state={flow.signer.sign(issued)}", browser_secret)


@lru_cache(maxsize=256)
def _asks(client_id: str, scopes: tuple[str, ...], user_scopes: tuple[str, ...], redirect_uri: str) -> str:
    """What every start of an app asks Slack for, encoded."""
    query = {
        "client_id": client_id,
        "scope": ",".join(scopes),
        "user_scope": ",".join(user_scopes),
        "redirect_uri": redirect_uri,
    }
    return urllib.parse.urlencode({name: value for name, value in query.items() if value})
