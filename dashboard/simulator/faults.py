"""What the simulated Slack answers where it does not answer as it should: world.py names the faults."""

import asyncio
import contextlib
import secrets

from aiohttp import web

SLOW = 11.0  # seconds: longer than anybody should wait
STATUSES = {"500": 500, "proxy": 502}


async def answer(fault: str, number: str, request: web.Request) -> web.StreamResponse:
    """One of FAULTS. What `number` says, if it is not empty: see the head of the simulator."""
    if fault == "slow":
        await asyncio.sleep(float(number or SLOW))
        return web.json_response({"ok": False, "error": "request_timeout"}, headers=request_id())
    if fault == "reset" and request.transport is not None:
        request.transport.abort()
    if fault == "429":
        limited = {"Retry-After": number or "30", **request_id()}
        return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=limited)
    if fault == "redirect":  # 307: the client is to send all of it again
        return web.Response(status=307, headers={"Location": str(request.url), **request_id()})
    if fault == "nested":
        return web.Response(text="[" * 200_000, content_type="application/json", headers=request_id())
    if fault == "endless":
        return await _without_end(request)
    whose = {} if fault == "proxy" else request_id()
    status = int(number or STATUSES.get(fault, 200))
    return web.Response(text="<h1>Down for maintenance</h1>", content_type="text/html", status=status, headers=whose)


async def _without_end(request: web.Request) -> web.StreamResponse:
    """Something that goes on until nobody listens any more."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", **request_id()})
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        while True:
            await response.write(b" " * 65_536)
            await asyncio.sleep(0.001)
    return response


def request_id() -> dict[str, str]:
    """The header by which Slack's answers are known from a proxy's."""
    return {"x-slack-req-id": secrets.token_hex(16)}
