"""What Slack's answers say. Nothing in them is taken for granted: not its type, not its length, not its characters."""

import json
import re
from collections.abc import Mapping

from slack_sdk.oauth.installation_store.models.installation import Installation

LONGEST_ID = 32  # characters: what slack_sdk's columns hold
LONGEST_LIFE = 366 * 86_400  # seconds; a token's is twelve hours

_CODE = re.compile(r"(?!xox)[a-z0-9_-]{1,64}")  # a token has no business where a code belongs
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")  # JSON can spell them, no database stores them
_SCOPES = re.compile(r"[a-z0-9_.:-]{1,64}(?:, ?[a-z0-9_.:-]{1,64}){0,300}")


def is_error_code(text: str) -> bool:
    """Whether a text looks like one of Slack's error codes. Anybody can send us anything in that place."""
    return _CODE.fullmatch(text) is not None


def parsed(body: bytes) -> Mapping[str, object]:
    """What a body says; nothing if it is no object in JSON."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):  # text, not UTF-8, or nested without end
        return {}
    return answer if isinstance(answer, dict) else {}


def granted_by(answer: Mapping[str, object]) -> Installation | None:
    """The installation an answer of oauth.v2.access grants, or None if it does not say whose it is.

    What may be missing and is too long for slack_sdk's columns is left out: PostgreSQL would refuse the whole row.
    """
    team, enterprise, person, webhook = (
        mapping(answer, name) for name in ("team", "enterprise", "authed_user", "incoming_webhook")
    )
    bot_token, user_token, user_id = text(answer, "access_token"), text(person, "access_token"), text(person, "id")
    is_enterprise_install = answer.get("is_enterprise_install") is True or not text(team, "id")
    if not user_id or not (bot_token or user_token) or not text(enterprise if is_enterprise_install else team, "id"):
        return None
    if any(map(is_too_long, (text(answer, "app_id"), text(enterprise, "id"), text(team, "id"), user_id))):
        return None
    return Installation(
        app_id=text(answer, "app_id") or "",
        enterprise_id=text(enterprise, "id"),
        enterprise_name=text(enterprise, "name"),
        # A row of an org-wide install has no team, even where Slack names one: Bolt would not find it.
        team_id=None if is_enterprise_install else text(team, "id"),
        team_name=None if is_enterprise_install else text(team, "name"),
        bot_token=bot_token,
        bot_user_id=short(text(answer, "bot_user_id")),
        bot_scopes=text(answer, "scope") or "" if bot_token else "",
        bot_refresh_token=text(answer, "refresh_token"),
        bot_token_expires_in=_seconds(answer),
        user_id=user_id,
        user_token=user_token,
        user_scopes=text(person, "scope") or "",
        user_refresh_token=text(person, "refresh_token"),
        user_token_expires_in=_seconds(person),
        incoming_webhook_url=text(webhook, "url"),
        incoming_webhook_channel=text(webhook, "channel"),
        incoming_webhook_channel_id=text(webhook, "channel_id"),
        incoming_webhook_configuration_url=text(webhook, "configuration_url"),
        is_enterprise_install=is_enterprise_install,
        token_type=short(text(answer, "token_type")),
    )


def mapping(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    """The object that a part of an answer is; an empty one if it is none."""
    value = answer.get(name)
    return value if isinstance(value, dict) else {}


def text(answer: Mapping[str, object], name: str) -> str | None:
    """The text that a part of an answer is, without what no database stores; None if nothing is left."""
    value = answer.get(name)
    return _NO_TEXT.sub("", value) or None if isinstance(value, str) else None


def is_too_long(id_: str | None) -> bool:
    """Whether an id is longer than slack_sdk's columns."""
    return id_ is not None and len(id_) > LONGEST_ID


def short(id_: str | None) -> str | None:
    """An id, unless it is too long."""
    return None if is_too_long(id_) else id_


def _seconds(answer: Mapping[str, object]) -> int | None:
    value = answer.get("expires_in")
    return max(0, min(value, LONGEST_LIFE)) if isinstance(value, int) else None


def listed_scopes(said: str) -> str | None:
    """What `x-oauth-scopes` lists, comma-joined; None if it lists no scopes."""
    return said.replace(" ", "") if _SCOPES.fullmatch(said) else None


def seconds_to_wait(said: str) -> int | None:
    """What `Retry-After` asks for (RFC 9110 §10.2.3); Slack sends no dates there."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else None
