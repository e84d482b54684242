"""The simulated Slack refuses a client that is wrong in just one thing; what it accepts, Slack would accept."""

import urllib.parse

import httpx
import pytest

from dashboard.simulator import SimulatedApp
from tests.support.ports import free_port
from tests.support.stage import SlackThread

MINE = SimulatedApp("1.1", "mine", ("http://127.0.0.1:1/slack/oauth_redirect",))
OTHER = SimulatedApp("2.2", "other", ("http://127.0.0.1:2/slack/oauth_redirect",), app_id="A0OTHER")


@pytest.fixture(scope="module")
def slack():
    running = SlackThread([MINE, OTHER], free_port())
    yield running
    running.stop()


def _ask(slack, app=MINE, **changes):
    query = {"client_id": app.client_id, "scope": "chat:write", "redirect_uri": app.redirect_uris[0], "state": "s"}
    return httpx.get(f"{slack.url}/oauth/v2/authorize", params={**query, **changes}, verify=False)


def _code(slack, app=MINE, **form):
    query = {"client_id": app.client_id, "scope": "chat:write", "redirect_uri": app.redirect_uris[0], "state": "s"}
    answer = {"answer": "allow", "place": "T0ACME001"}
    response = httpx.post(f"{slack.url}/oauth/v2/authorize", data={**query, **answer, **form}, verify=False)
    assert response.status_code == 302
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(response.headers["Location"]).query))["code"]


def _exchange(slack, code, app=MINE, auth=None, **changes):
    form = {"code": code, "redirect_uri": app.redirect_uris[0], **changes}
    auth = auth or (app.client_id, app.client_secret)
    return httpx.post(f"{slack.url}/api/oauth.v2.access", data=form, auth=auth, verify=False).json()


def test_the_demos_knows_an_app_as_soon_as_it_is_asked_for():
    """By the address that it asks for, and by the secret that comes first."""
    running = SlackThread([MINE], free_port(), knows_every_app=True)
    new = SimulatedApp("9.9", "whatever", ("http://127.0.0.1:9/apps/new/oauth_redirect",))
    try:
        assert _ask(running, new).status_code == 200
        assert "did not match" in _ask(running, new, redirect_uri="http://127.0.0.1:9/other").text
        assert _exchange(running, _code(running, new), new)["ok"]
        wrong = _exchange(running, _code(running, new), new, auth=("9.9", "another"))
        assert wrong["error"] == "bad_client_secret"
    finally:
        running.stop()


def test_a_right_client_is_let_in(slack):
    assert _ask(slack).status_code == 200
    granted = _exchange(slack, _code(slack))
    assert (granted["ok"], granted["team"]["id"], granted["scope"]) == (True, "T0ACME001", "chat:write")
    tested = httpx.post(
        f"{slack.url}/api/auth.test", headers={"Authorization": f"Bearer {granted['access_token']}"}, verify=False
    )
    assert tested.json()["bot_id"] == "BA0ACMEBOT"
    assert tested.headers["x-oauth-scopes"] == "chat:write"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"client_id": "3.3"}, "invalid_client_id"),
        ({"redirect_uri": "http://127.0.0.1:1/elsewhere"}, "did not match any configured URIs"),
        ({"scope": ""}, "no_scopes"),
    ],
)
def test_the_page_stops_what_slack_would_stop(slack, changes, problem):
    page = _ask(slack, **changes)
    assert page.status_code == 400
    assert problem in page.text


def test_a_wrong_secret(slack):
    code = _code(slack)
    assert _exchange(slack, code, auth=("1.1", "wrong"))["error"] == "bad_client_secret"
    assert _exchange(slack, code)["ok"]  # a refusal before the code is looked at spends nothing


def test_an_unknown_client(slack):
    assert _exchange(slack, _code(slack), auth=("3.3", "mine"))["error"] == "invalid_client_id"


def test_no_basic_authentication(slack):
    form = {"code": _code(slack), "client_id": "1.1", "client_secret": "mine", "redirect_uri": MINE.redirect_uris[0]}
    response = httpx.post(f"{slack.url}/api/oauth.v2.access", data=form, verify=False)
    assert response.json()["error"] == "invalid_client_id"


@pytest.mark.parametrize("redirect_uri", ["", "http://127.0.0.1:1/slack/oauth_redirect/", "https://evil.example/"])
def test_another_redirect_url(slack, redirect_uri):
    assert _exchange(slack, _code(slack), redirect_uri=redirect_uri)["error"] == "bad_redirect_uri"


def test_a_spent_code(slack):
    code = _code(slack)
    assert _exchange(slack, code)["ok"]
    assert _exchange(slack, code)["error"] == "invalid_code"


def test_a_code_of_another_app(slack):
    code = _code(slack, OTHER)
    assert _exchange(slack, code)["error"] == "invalid_code"
    assert _exchange(slack, code, OTHER)["ok"]


def test_an_unknown_code(slack):
    assert _exchange(slack, "1.2")["error"] == "invalid_code"


def test_an_unknown_token_and_none(slack):
    url = f"{slack.url}/api/auth.test"
    unknown = httpx.post(url, headers={"Authorization": "Bearer xoxb-nobody"}, verify=False)
    assert unknown.json()["error"] == "invalid_auth"
    assert httpx.post(url, verify=False).json()["error"] == "not_authed"


def test_a_refresh_token_works_once(slack):
    slack.simulator.apps["1.1"].rotating = True
    granted = _exchange(slack, _code(slack))
    slack.simulator.apps["1.1"].rotating = False
    again = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert _exchange(slack, "", **again)["access_token"] != granted["access_token"]
    assert _exchange(slack, "", **again)["error"] == "invalid_refresh_token"
    assert _exchange(slack, "", OTHER, **again)["error"] == "invalid_refresh_token"


def test_its_pages_cannot_be_mistaken_for_slacks(slack):
    page = _ask(slack).text
    assert "This is not Slack" in page
    assert "slack-edge" not in page
