"""Sends a browser to Slack: the beginning of RFC 6749 §4.1, with a state that only this browser can bring back.

https://docs.slack.dev/authentication/installing-with-oauth. No web framework here.
"""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dashboard.apps import link
from dashboard.apps.app import App
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.install import invitations, visitor
from dashboard.install.attempt_columns import AttemptColumns, process_columns, start_columns
from dashboard.install.context import InstallContext
from dashboard.install.state import State, browser_digest, is_browser_secret, new_attempt_id, new_browser_secret
from dashboard.install.visitor import Visit


@dataclass(frozen=True)
class Departure:
    """Where *start* sends the browser, and the secret it shall keep."""

    location: str
    browser_secret: str


def begin(context: InstallContext, app: App, visit: Visit) -> Departure:
    """Issue a state for this browser, and say where at Slack to go. Writes nothing on the way.

    Raises LinkRefusedError if the link's metadata or signature is wrong, or it has expired.
    """
    issued_at = now()
    asked_for = link.read(visit.query, app.accepts, issued_at)
    known_secrets = [secret for secret in visit.browser_secrets if is_browser_secret(secret)]
    browser_secret = known_secrets[0] if known_secrets else new_browser_secret()
    state = State(
        client_id=app.client_id,
        attempt_id=new_attempt_id(issued_at),
        reference=reference.new(),
        issued_at=issued_at,
        browser=browser_digest(browser_secret, host_only=visit.host_only),
        redirect_uri=app.redirect_uri,
        team=asked_for.team,
        source=_source(visit.query),
        metadata=asked_for.metadata,
        metadata_signed=asked_for.signed,
        link_expires_at=asked_for.expires_at,
        invitation=invitations.digest(visit.query["invited"]) if visit.query.get("invited") else None,
        language=asked_for.language,
    )
    context.recorder.started(_columns(context, app, visit, state), visit.address)
    query = _authorize_query(app.client_id, app.requested_scopes, app.user_scopes, app.redirect_uri)
    # A team is one of Slack's ids, and a state is made of such characters, too: neither needs encoding.
    team = f"&team={asked_for.team}" if asked_for.team else ""
    return Departure(f"{context.authorize_url}?{query}{team}&state={context.signer.sign(state)}", browser_secret)


def _source(query: Mapping[str, str]) -> str:
    if query.get("invited"):
        return "invited"
    return "page" if query.get("source") == "page" else "direct"


def _columns(context: InstallContext, app: App, visit: Visit, state: State) -> AttemptColumns:
    """The attempt as it is when it has just been started."""
    return {
        **start_columns(state, app.requested_scopes, app.user_scopes),
        **process_columns(context.process),
        **visitor.traits(visit, context.hash_key),
        "locale": visitor.locale(visit),
    }


@lru_cache(maxsize=256)
def _authorize_query(client_id: str, scopes: tuple[str, ...], user_scopes: tuple[str, ...], redirect_uri: str) -> str:
    """What every start of an app asks Slack for, encoded (https://docs.slack.dev/authentication/installing-with-oauth)."""
    query = {
        "client_id": client_id,
        "scope": ",".join(scopes),
        "user_scope": ",".join(user_scopes),
        "redirect_uri": redirect_uri,
    }
    return urllib.parse.urlencode({name: value for name, value in query.items() if value})
