"""The only module that talks to Slack. Typed calls over one pooled session, each with its time-out.

The requests are those of slack_sdk's client, without it: docs/decisions/0040. An answer is judged by its HTTP status,
then whether it is JSON, then its `ok`. No exception of a library leaves this module: its text can quote answers, and
answers hold tokens.
"""

import base64
import json
import re
import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env

from dashboard import __version__
from dashboard.core.pace import Pace
from dashboard.core.text import clean

__all__ = [
    "Call",
    "Identity",
    "Installation",
    "Slack",
    "SlackRefusedError",
    "SlackUnavailableError",
    "is_error_code",
]

log = structlog.get_logger("dashboard.slack")

LONGEST_ID = 32  # characters: what slack_sdk's columns hold
LONGEST_LIFE = 366 * 86_400  # seconds; a token's is twelve hours

MOST_WORKSPACES = 20_000  # of an organization

_CODE = re.compile(r"(?!xox)[a-z0-9_-]{1,64}")  # a token has no business where a code belongs
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")  # JSON can spell them, no database stores them
_SCOPES = re.compile(r"[a-z0-9_.:-]{1,64}(?:, ?[a-z0-9_.:-]{1,64}){0,300}")
_UNPRINTABLE = re.compile(r"[^!-~]")
_FORM = "application/x-www-form-urlencoded"
_NONE: Mapping[str, str] = {}


def is_error_code(text: str) -> bool:
    """Whether a text looks like one of Slack's error codes. Anybody can send us anything in that place."""
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Call:
    """What is worth knowing of one call, whatever came of it. Nothing of the answer's body."""

    method: str
    milliseconds: int
    status: int | None = None
    request_id: str | None = None
    retry_after: int | None = None  # seconds
    scopes: str | None = None  # that the token has, comma-joined, where the answer says so


class SlackRefusedError(Exception):
    """Slack answered, and its answer is no."""

    def __init__(self, error: str, call: Call) -> None:
        super().__init__(error)
        self.error = error
        self.call = call


class SlackUnavailableError(Exception):
    """No usable answer. `detail` is timeout, connection_error, rate_limited, server_error or not_json."""

    def __init__(self, detail: str, call: Call, error: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.call = call
        self.error = error


@dataclass(frozen=True, slots=True)
class Identity:
    """What auth.test says of a token. `odd`: it said more than could be kept."""

    bot_id: str | None
    url: str | None
    odd: bool = False


class Slack:
    """Slack's API at one address. Open it inside the event loop that uses it; close it there."""

    def __init__(self, api_url: str, pace: Pace) -> None:
        self.pace = pace
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=pace.call_within, connect=pace.connect_within),
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60),
            cookie_jar=aiohttp.DummyCookieJar(),  # what Slack sets for one tenant is not sent for another
            headers={"User-Agent": f"slack-installations-dashboard/{__version__}"},
        )
        self._api_url = api_url if api_url.endswith("/") else f"{api_url}/"
        self._proxy = load_http_proxy_from_env()  # HTTPS_PROXY, as with slack_sdk's client

    async def close(self) -> None:
        await self._session.close()

    async def exchange(
        self, client_id: str, client_secret: str, code: str, redirect_uri: str
    ) -> tuple[Installation, bool, Call]:
        """Trade a code for tokens (https://docs.slack.dev/reference/methods/oauth.v2.access). Sent once, never again.

        The installation, which lacks what auth.test adds, and whether Slack said more than could be kept.
        Raises SlackRefusedError or SlackUnavailableError.
        """
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()  # RFC 7617
        traded = {"redirect_uri": redirect_uri, "code": code}
        answer, call = await self._ask("oauth.v2.access", f"Basic {basic}", data=traded)
        installation = _installation(answer)
        if installation is None:
            raise SlackUnavailableError("incomplete_answer", call)
        odd = any(_is_too_long(_text(answer, name)) for name in ("bot_user_id", "token_type"))
        return installation, odd, call

    async def auth_test(self, token: str) -> tuple[Identity, Call]:
        """Whose token it is (https://docs.slack.dev/reference/methods/auth.test).

        Raises SlackRefusedError or SlackUnavailableError.
        """
        answer, call = await self._ask("auth.test", f"Bearer {token}")
        bot_id = _text(answer, "bot_id")
        return Identity(_short(bot_id), _text(answer, "url"), odd=_is_too_long(bot_id)), call

    async def workspaces(self, token: str) -> dict[str, str]:
        """The workspaces that an organization has added the app of this token to: names by id
        (https://docs.slack.dev/reference/methods/auth.teams.list). Those beyond MOST_WORKSPACES are left out.

        Raises SlackRefusedError or SlackUnavailableError.
        """
        found: dict[str, str] = {}
        cursor = ""
        while len(found) < MOST_WORKSPACES:
            page = {"limit": "1000", "cursor": cursor}
            answer, _ = await self._ask("auth.teams.list", f"Bearer {token}", params=page)
            teams = answer.get("teams")
            for team in teams if isinstance(teams, list) else []:
                id_ = _text(team, "id") if isinstance(team, dict) else None
                if id_ and not _is_too_long(id_):
                    found[id_] = clean(_text(team, "name"), 255) or id_
            cursor = _text(_mapping(answer, "response_metadata"), "next_cursor") or ""
            if not cursor:
                break
        return found

    async def revoke(self, token: str) -> None:
        """Make a token useless (https://docs.slack.dev/reference/methods/auth.revoke).

        Raises SlackRefusedError, also where Slack says that it revoked nothing, or SlackUnavailableError.
        """
        answer, call = await self._ask("auth.revoke", f"Bearer {token}", verb="GET")
        if answer.get("revoked") is not True:
            raise SlackRefusedError("not_revoked", call)

    async def uninstall(self, client_id: str, client_secret: str, token: str) -> None:
        """Take an app out of the workspace or organization of a token
        (https://docs.slack.dev/reference/methods/apps.uninstall).

        Raises SlackRefusedError or SlackUnavailableError.
        """
        keys = {"client_id": client_id, "client_secret": client_secret}  # not in the address, as slack_sdk sends them
        await self._ask("apps.uninstall", f"Bearer {token}", data=keys)

    async def give_back(self, installation: Installation) -> None:
        """Make the tokens of an installation that is not kept useless (https://docs.slack.dev/reference/methods/auth.revoke).
        One that cannot be given back is logged, by whose it is."""
        for token in (installation.bot_token, installation.user_token):
            if not token:
                continue
            try:
                await self.revoke(token)
            except (SlackRefusedError, SlackUnavailableError) as error:
                whose = {"team_id": installation.team_id, "enterprise_id": installation.enterprise_id}
                log.error("token.not_given_back", app_id=installation.app_id, error=str(error), **whose)

    async def _ask(
        self,
        method: str,
        authorization: str,
        *,
        verb: str = "POST",
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> tuple[Mapping[str, object], Call]:
        """Call a method, once. aiohttp would follow a redirect with all that it was given, a code or a token, to
        wherever it leads.

        Raises SlackRefusedError or SlackUnavailableError.
        """
        started = time.monotonic()

        def call(status: int | None = None, headers: Mapping[str, str] = _NONE) -> Call:
            return Call(
                method,
                round((time.monotonic() - started) * 1000),
                status,
                request_id=_UNPRINTABLE.sub("", headers.get("x-slack-req-id", ""))[:64] or None,
                retry_after=_wait(headers.get("Retry-After", "")),
                scopes=_scopes(headers.get("x-oauth-scopes", "")),
            )

        request = self._session.request(
            verb,
            f"{self._api_url}{method}",
            headers={"Authorization": authorization, "Content-Type": _FORM},
            data=urllib.parse.urlencode(data) if data else None,
            params=params,
            proxy=self._proxy,
            allow_redirects=False,
        )
        try:
            async with request as response:
                body = await response.read()
        except TimeoutError:
            raise SlackUnavailableError("timeout", call()) from None
        except aiohttp.ClientResponseError as error:  # a header that is none
            raise SlackUnavailableError("not_json", call(error.status)) from None
        except (aiohttp.ClientError, OSError):
            raise SlackUnavailableError("connection_error", call()) from None
        except ValueError:  # a token that no header can hold
            raise SlackUnavailableError("not_json", call()) from None
        return _checked(body, call(response.status, response.headers))


def _scopes(said: str) -> str | None:
    return said.replace(" ", "") if _SCOPES.fullmatch(said) else None


def _wait(text: str) -> int | None:
    """The seconds that `Retry-After` asks for (RFC 9110 §10.2.3); Slack sends no dates there."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _checked(body: bytes, call: Call) -> tuple[Mapping[str, object], Call]:
    answer = _parsed(body)
    error = _text(answer, "error")
    if error and not is_error_code(error):
        error = "unknown_error"
    if call.status == 429:
        raise SlackUnavailableError("rate_limited", call, error)
    if call.status is None or call.status >= 500:
        raise SlackUnavailableError("server_error", call, error)
    if not isinstance(answer.get("ok"), bool) or 300 <= call.status < 400:
        raise SlackUnavailableError("not_json", call)
    if not answer["ok"]:
        raise SlackRefusedError(error or "unknown_error", call)
    return answer, call


def _parsed(body: bytes) -> Mapping[str, object]:
    """What a body says; nothing if it is no object in JSON."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):  # text, not UTF-8, or nested without end
        return {}
    return answer if isinstance(answer, dict) else {}


def _installation(answer: Mapping[str, object]) -> Installation | None:
    """The installation an answer of oauth.v2.access grants, or None if it does not say whose it is.

    What may be missing and is too long for slack_sdk's columns is left out: PostgreSQL would refuse the whole row.
    """
    team, enterprise, person, webhook = (
        _mapping(answer, name) for name in ("team", "enterprise", "authed_user", "incoming_webhook")
    )
    bot_token, user_token, user_id = _text(answer, "access_token"), _text(person, "access_token"), _text(person, "id")
    is_enterprise_install = answer.get("is_enterprise_install") is True or not _text(team, "id")
    if not user_id or not (bot_token or user_token) or not _text(enterprise if is_enterprise_install else team, "id"):
        return None
    if any(map(_is_too_long, (_text(answer, "app_id"), _text(enterprise, "id"), _text(team, "id"), user_id))):
        return None
    return Installation(
        app_id=_text(answer, "app_id") or "",
        enterprise_id=_text(enterprise, "id"),
        enterprise_name=_text(enterprise, "name"),
        # A row of an org-wide install has no team, even where Slack names one: Bolt would not find it.
        team_id=None if is_enterprise_install else _text(team, "id"),
        team_name=None if is_enterprise_install else _text(team, "name"),
        bot_token=bot_token,
        bot_user_id=_short(_text(answer, "bot_user_id")),
        bot_scopes=_text(answer, "scope") or "" if bot_token else "",
        bot_refresh_token=_text(answer, "refresh_token"),
        bot_token_expires_in=_seconds(answer),
        user_id=user_id,
        user_token=user_token,
        user_scopes=_text(person, "scope") or "",
        user_refresh_token=_text(person, "refresh_token"),
        user_token_expires_in=_seconds(person),
        incoming_webhook_url=_text(webhook, "url"),
        incoming_webhook_channel=_text(webhook, "channel"),
        incoming_webhook_channel_id=_text(webhook, "channel_id"),
        incoming_webhook_configuration_url=_text(webhook, "configuration_url"),
        is_enterprise_install=is_enterprise_install,
        token_type=_short(_text(answer, "token_type")),
    )


def _mapping(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = answer.get(name)
    return value if isinstance(value, dict) else {}


def _text(answer: Mapping[str, object], name: str) -> str | None:
    value = answer.get(name)
    return _NO_TEXT.sub("", value) or None if isinstance(value, str) else None


def _is_too_long(text: str | None) -> bool:
    return text is not None and len(text) > LONGEST_ID


def _short(text: str | None) -> str | None:
    return None if _is_too_long(text) else text


def _seconds(answer: Mapping[str, object]) -> int | None:
    value = answer.get("expires_in")
    return max(0, min(value, LONGEST_LIFE)) if isinstance(value, int) else None
