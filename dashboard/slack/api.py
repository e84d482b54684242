"""The only module that talks to Slack. Typed calls over one pooled session, each with its time-out.

The requests are those of slack_sdk's client, without it: docs/decisions/0040. An answer is judged by its HTTP status,
then whether it is JSON, then its `ok`. No exception of a library leaves this module: its text can quote answers, and
answers hold tokens.
"""

import base64
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
from dashboard.slack import answers

__all__ = [
    "Call",
    "Identity",
    "Installation",
    "Slack",
    "SlackRefusedError",
    "SlackUnavailableError",
]

log = structlog.get_logger("dashboard.slack")


MOST_WORKSPACES = 20_000  # of an organization
LONGEST_ANSWER = 16 * 2**20  # bytes; a thousand workspaces take a hundredth of that

_UNPRINTABLE = re.compile(r"[^!-~]")
_FORM = "application/x-www-form-urlencoded"
_NONE: Mapping[str, str] = {}


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
        installation = answers.granted_by(answer)
        if installation is None:
            raise SlackUnavailableError("incomplete_answer", call)
        odd = any(answers.is_too_long(answers.text(answer, name)) for name in ("bot_user_id", "token_type"))
        return installation, odd, call

    async def auth_test(self, token: str) -> tuple[Identity, Call]:
        """Whose token it is (https://docs.slack.dev/reference/methods/auth.test).

        Raises SlackRefusedError or SlackUnavailableError.
        """
        answer, call = await self._ask("auth.test", f"Bearer {token}")
        bot_id = answers.text(answer, "bot_id")
        return Identity(answers.short(bot_id), answers.text(answer, "url"), odd=answers.is_too_long(bot_id)), call

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
                id_ = answers.text(team, "id") if isinstance(team, dict) else None
                if id_ and not answers.is_too_long(id_):
                    found[id_] = clean(answers.text(team, "name"), 255) or id_
            cursor = answers.text(answers.mapping(answer, "response_metadata"), "next_cursor") or ""
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
                retry_after=answers.seconds_to_wait(headers.get("Retry-After", "")),
                scopes=answers.listed_scopes(headers.get("x-oauth-scopes", "")),
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
                body = await _body(response)
        except TimeoutError:
            raise SlackUnavailableError("timeout", call()) from None
        except aiohttp.ClientResponseError as error:  # a header that is none
            raise SlackUnavailableError("not_json", call(error.status)) from None
        except (aiohttp.ClientError, OSError):
            raise SlackUnavailableError("connection_error", call()) from None
        except ValueError:  # a token that no header can hold
            raise SlackUnavailableError("not_json", call()) from None
        return _checked(body, call(response.status, response.headers))


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """An answer's body; nothing of one longer than LONGEST_ANSWER, of which ten seconds would fill the memory."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > LONGEST_ANSWER:
            return b""
    return bytes(body)


def _checked(body: bytes, call: Call) -> tuple[Mapping[str, object], Call]:
    answer = answers.parsed(body)
    error = answers.text(answer, "error")
    if error and not answers.is_error_code(error):
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
