import pytest

from dashboard.core.log import redact

TELLING = ("abc", "hush", "hu%sh", "Mi0yLTEyMw", "My0xLTEyMw", "eyJhbGciOi", "MTExLjIyMjpjbGllbnQ", "q3Jx-Zk0")


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-123-456-abc",
        "xoxe.xoxp-1-Mi0yLTEyMw",
        "xoxe-1-My0xLTEyMw",
        "https://hooks.slack.com/services/T0/B0/abc",
        "code=1.2.abc",
        "state=eyJhbGciOi",
        "client_secret=hush",
        "xapp-1-A0-1-abc",
        "https://hooks.slack-gov.com/services/T0/B0/abc",
        "postgresql://dashboard:hu%sh@db.example.com/dashboard",
        "https://:hush@a.example/",
        "Authorization: Basic MTExLjIyMjpjbGllbnQtc2VjcmV0",
        "Bearer hush-hush-hush-hush",
        "{'code': '1.2.abc', 'ok': True}",
        '{"access_token": "hush"}',
        "{b'state': b'eyJhbGciOi'}",
        "slack-app-oauth-state=hush",
        "my_own_cookie=q3Jx-Zk0_LmN8pR2tV5wY7aB9cD1eF4gH6iJ0kL3mN5",
        "bot_token='hush'",
    ],
)
def test_what_looks_like_a_secret_is_blanked_wherever_it_stands(secret):
    event = {"event": f"x {secret} y", "trace": [secret], "more": {"deep": secret}, "status": 200}
    redacted = redact(None, "info", event)
    for telling in TELLING:
        assert telling not in str(redacted)
    assert redacted["status"] == 200


def test_a_secret_is_known_by_its_name_too():
    event = {"event": "x", "query": {"code": "1.2", "ok": "yes"}, "deep": [{"client_secret": b"hush", "state": 7}]}
    redacted = {"query": {"code": "[secret]", "ok": "yes"}, "deep": [{"client_secret": "[secret]", "state": 7}]}
    assert redact(None, "info", event) == {"event": "x", **redacted}


def test_what_a_reader_needs_stays():
    event = {
        "event": "request",
        "route": "/slack/oauth_redirect",
        "reference": "K7QF-2M9X-V",
        "detail": "no_state",
        "code": "no_state",
        "sentence": "Compare the client id with Basic Information at https://slack.example.com:443/ or a@b.example.",
        "trace": ["/srv/.venv/lib/python3.11/site-packages/litestar/_asgi/routing_trie/traversal.py:170 parse_path"],
        "digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
    assert redact(None, "info", event) == event
