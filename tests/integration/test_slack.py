"""What leaves this machine for Slack, and what does not: the real client, against servers that note what they got."""

import contextlib

import pytest
from aiohttp import web

from dashboard.core.pace import Pace
from dashboard.slack.api import Slack, SlackUnavailableError
from tests.support import coroutines
from tests.support.ports import free_port


@contextlib.asynccontextmanager
async def _server(answer):
    """A server on localhost by name (for addresses no client keeps cookies); its address."""
    app, port = web.Application(), free_port()
    app.router.add_route("*", "/{anything:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "localhost", port).start()
    try:
        yield f"http://localhost:{port}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_a_code_or_token_anywhere(status):
    got = []

    async def elsewhere(request):
        got.append(request.path)
        return web.json_response({"ok": True, "access_token": "xoxb-stolen"})

    async def run():
        async with _server(elsewhere) as thief:

            async def moved(_request):
                return web.Response(status=status, headers={"Location": f"{thief}/api/oauth.v2.access"})

            async with _server(moved) as url:
                slack = Slack(f"{url}/api/", Pace())
                for call in (slack.exchange("1.1", "secret", "code", "https://a.example"), slack.auth_test("xoxb-1")):
                    with pytest.raises(SlackUnavailableError) as refused:
                        await call
                    assert (refused.value.detail, refused.value.call.status) == ("not_json", status)
                await slack.close()

    coroutines.run(run())
    assert got == []


def test_no_cookie_of_slacks_is_sent_back():
    cookies = []

    async def answer(request):
        cookies.append(request.headers.get("Cookie"))
        return web.json_response({"ok": True, "bot_id": "B1"}, headers={"Set-Cookie": "b=of-one-tenant; Path=/"})

    async def run():
        async with _server(answer) as url:
            slack = Slack(f"{url}/api/", Pace())
            for token in ("xoxb-1", "xoxb-2"):
                await slack.auth_test(token)
            await slack.close()

    coroutines.run(run())
    assert cookies == [None, None]


def test_a_request_id_is_kept_as_far_as_it_can_be_stored():
    async def answer(_request):
        return web.json_response({"ok": True}, headers={"x-slack-req-id": "\udcff\u009b" + "a" * 90})

    async def run():
        async with _server(answer) as url:
            slack = Slack(f"{url}/api/", Pace())
            _, call = await slack.auth_test("xoxb-1")
            await slack.close()
            return call.request_id

    assert coroutines.run(run()) == "a" * 64
