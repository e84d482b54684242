"""The tokens of an installation as the desk shows them: masked, and when the bot's expires."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.core.clock import now
from dashboard.core.crypto import Vault
from dashboard.core.errors import SealError
from dashboard.desk.rows import InstallationRow
from dashboard.slack import store

SHORTEST_TOKEN = 16  # characters, of which four may be shown

_TOKEN_KIND = re.compile(r"(?:xox[a-z](?:\.xox[a-z])?|xapp)-")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    hint: str  # its type and its last four characters: nothing to use, enough to compare


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a token expires (ms), whether it has, and whether there is a token to renew it with."""

    at: int
    is_over: bool
    can_be_renewed: bool


def of_installation(db: Connection, installation: InstallationRow, vault: Vault) -> tuple[list[Token], Expiry | None]:
    """What tokens there are, masked, and when the bot's expires."""
    try:
        stored = store.find_installation(db, vault, installation.enterprise_id, installation.team_id)
    except SealError:
        return [Token("Token", "sealed with a key that is not given")], None
    if stored is None:
        return [], None
    tokens = {
        "Bot token": stored.bot_token,
        "Person's token": stored.user_token,
        "Refresh token": stored.bot_refresh_token,
    }
    shown = [Token(kind, masked(token)) for kind, token in tokens.items() if token]
    if not stored.bot_token_expires_at:
        return shown, None
    at = stored.bot_token_expires_at * 1000
    return shown, Expiry(at, is_over=at <= now(), can_be_renewed=bool(stored.bot_refresh_token))


def masked(token: str) -> str:
    """Its kind, if it is one of Slack's, and its last four characters, if they are the least part of it."""
    kind = _TOKEN_KIND.match(token)
    shown = f"{kind[0]}…" if kind else "…"
    return shown + token[-4:] if len(token) >= SHORTEST_TOKEN else shown
