"""From a code to a granted installation: `oauth.v2.access`, then `auth.test` with the new token."""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from dashboard.apps.app import App
from dashboard.core.clock import now
from dashboard.core.errors import frames
from dashboard.install.outcome import Failure, call_columns
from dashboard.slack.api import Identity, Slack, SlackRefusedError, SlackUnavailableError

_DEAD = ("account_inactive", "token_revoked", "token_expired")

log = structlog.get_logger("dashboard.exchange")


@dataclass(frozen=True)
class Granted:
    """What Slack granted, and what else is known of it. `to_check`: auth.test did not answer, or an answer was odd."""

    installation: Any  # slack_sdk's Installation
    to_check: bool
    url: str | None
    known: dict[str, Any]


async def exchange(slack: Slack, app: App, code: str, redirect_uri: str) -> Granted | Failure:
    """Trade the code, then try the token. The code is sent once; a token that Slack granted is not lost to a fault."""
    try:
        installation, odd, call = await slack.exchange(app.client_id, app.client_secret, code, redirect_uri)
    except SlackRefusedError as refusal:
        return Failure("invalid_code", 401, slack_error=refusal.error, call=refusal.call)
    except SlackUnavailableError as fault:
        return Failure("slack_unavailable", 502, fault.detail, fault.error, call=fault.call)
    known = {
        "step": "exchanged",
        "exchanged_at": now(),
        "app_id": installation.app_id,
        "enterprise_id": installation.enterprise_id,
        "team_id": installation.team_id,
        "user_id": installation.user_id,
    }
    try:
        identity = await _identity(slack, installation.bot_token or installation.user_token or "")
    except SlackRefusedError as refusal:
        return Failure("invalid_code", 401, slack_error=refusal.error, call=refusal.call, known=known)
    if identity is None:
        return Granted(installation, to_check=True, url=None, known={**call_columns(call), **known})
    installation.bot_id = identity.bot_id if installation.bot_token else None
    installation.enterprise_url = identity.url if installation.is_enterprise_install else None
    known |= {"step": "token_verified", "token_verified_at": now()}
    to_check = odd or identity.odd
    return Granted(installation, to_check=to_check, url=identity.url, known={**call_columns(call), **known})


async def _identity(slack: Slack, token: str) -> Identity | None:
    """What auth.test says, asked twice at most; None where it cannot say.

    Raises SlackRefusedError where the token is dead: at once, or on `invalid_auth` twice.
    """
    refusals = 0
    try:
        async with asyncio.timeout(slack.pace.auth_test_within):
            for pause in (0.0, slack.pace.auth_test_pause):
                await asyncio.sleep(pause)
                try:
                    return (await slack.auth_test(token))[0]
                except SlackUnavailableError:
                    continue
                except SlackRefusedError as refusal:
                    refusals += refusal.error == "invalid_auth"
                    if refusal.error in _DEAD or refusals == 2:
                        raise
                except Exception as error:  # noqa: BLE001 - the token is granted: nothing unforeseen may lose it
                    log.warning("auth_test.failed", error_class=type(error).__name__, trace=frames(error))
    except TimeoutError:
        return None
    return None
