"""A stand-in for Slack that costs next to nothing, so that what is measured is the server in front of it.

The simulated Slack of the tests is as strict as Slack and takes 0.5 ms a call; three calls an installation would be the
limit of what can be measured. This one knows no app, secret or scope. A code works once.
"""

import asyncio
import itertools
import json
import urllib.parse
from typing import Any


class StandIn:
    """Answers oauth.v2.access and auth.test, each after `delay` seconds. Every code is a workspace of its own."""

    def __init__(self) -> None:
        self.port = 0
        self.delay = 0.0
        self.exchanges = 0
        self._numbers = itertools.count(1)
        self._codes: set[str] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    def allow(self) -> str:
        """What a person's Allow leads to: a code."""
        code = f"code-{next(self._numbers)}"
        self._codes.add(code)
        return code

    def answer(self, path: str, body: str) -> dict[str, Any]:
        if path == "/api/auth.test":
            team = {"team_id": "T0", "team": "Acme", "url": "https://acme.slack.com/"}
            return {"ok": True, "user_id": "U0BOT", "bot_id": "B0BOT", "is_enterprise_install": False, **team}
        self.exchanges += 1
        code = urllib.parse.parse_qs(body)["code"][0]
        if code not in self._codes:
            return {"ok": False, "error": "invalid_code"}
        self._codes.remove(code)
        number = code.rpartition("-")[2]
        return {
            "ok": True,
            "access_token": f"xoxb-0-{number}-abcdefghijklmnopqrstuvwx",
            "token_type": "bot",
            "scope": "chat:write,commands",
            "bot_user_id": "U0BOT",
            "app_id": "A0BENCH",
            "team": {"id": f"T{number}", "name": f"Workspace {number}"},
            "enterprise": None,
            "authed_user": {"id": "U0ANA"},
            "is_enterprise_install": False,
        }


class _Connection(asyncio.Protocol):
    """One client's connection: a POST with its length, then the next."""

    def __init__(self, slack: StandIn) -> None:
        self._slack = slack
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int((head.lower().partition(b"content-length:")[2] or b"0").partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._received = b""
        path = head.split(b" ", 2)[1].decode()
        answer = json.dumps(self._slack.answer(path, body.decode())).encode()
        if self._slack.delay:
            asyncio.get_running_loop().call_later(self._slack.delay, self._send, answer)
        else:
            self._send(answer)

    def _send(self, answer: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
            % (len(answer), answer)
        )
