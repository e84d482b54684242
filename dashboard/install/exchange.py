"""From a code to a granted installation: `oauth.v2.access`, then `auth.test` with the new token."""

import asyncio
from dataclasses import dataclass

import structlog

from dashboard.core.clock import now
from dashboard.core.errors import frames
from dashboard.install.draft import AttemptDraft
from dashboard.install.outcome import InstallFailedError, call_columns
from dashboard.slack.api import Identity, Installation, Slack, SlackRefusedError, SlackUnavailableError

_DEAD = ("account_inactive", "token_revoked", "token_expired")

log = structlog.get_logger("dashboard.exchange")


@dataclass(frozen=True)
class Granted:
    """What Slack granted. `to_check`: auth.test did not answer, or an answer was odd."""

    installation: Installation
    to_check: bool
    url: str | None  # the workspace's address


async def exchange(draft: AttemptDraft, code: str) -> Granted:
    """Trade the code, then try the token; what is learnt on the way goes into the draft.

    The code is sent once; a token that Slack granted is not lost to a fault. Raises InstallFailedError: `invalid_code`
    if Slack refuses the code or the token (row 9), `slack_unavailable` if the code could not be traded (row 10).
    """
    slack, app = draft.context.slack, draft.app
    try:
        installation, odd, call = await slack.exchange(app.client_id, app.client_secret, code, draft.state.redirect_uri)
    except SlackRefusedError as refusal:
        raise _refused(refusal) from None
    except SlackUnavailableError as fault:
        raise InstallFailedError("slack_unavailable", fault.detail, slack_error=fault.error, call=fault.call) from None
    draft.columns = {
        **draft.columns,
        **call_columns(call),
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
        raise _refused(refusal) from None
    if identity is None:
        return Granted(installation, to_check=True, url=None)
    installation.bot_id = identity.bot_id if installation.bot_token else None
    installation.enterprise_url = identity.url if installation.is_enterprise_install else None
    draft.columns = {**draft.columns, "step": "token_verified", "token_verified_at": now()}
    return Granted(installation, to_check=odd or identity.odd, url=identity.url)


def _refused(refusal: SlackRefusedError) -> InstallFailedError:
    return InstallFailedError("invalid_code", slack_error=refusal.error, call=refusal.call)


async def _identity(slack: Slack, token: str) -> Identity | None:
    """What auth.test says, asked twice at most; None if it cannot say.

    Raises SlackRefusedError if the token is dead: at once, or on `invalid_auth` twice.
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
                    if refusal.error == "invalid_auth":
                        refusals += 1
                    if refusal.error in _DEAD or refusals == 2:
                        raise
                except Exception as error:  # noqa: BLE001 - the token is granted: nothing unforeseen may lose it
                    log.warning("auth_test.failed", error_class=type(error).__name__, trace=frames(error))
    except TimeoutError:
        return None
    return None
