import pytest

from dashboard.log import redact


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
    ],
)
def test_what_looks_like_a_secret_is_blanked_wherever_it_stands(secret):
    event = {"event": f"x {secret} y", "trace": [secret], "more": {"deep": secret}, "status": 200}
    redacted = redact(None, "info", event)
    telling = secret.rpartition("/")[2].rpartition("=")[2]
    assert telling not in str(redacted)
    assert redacted["status"] == 200


def test_what_a_reader_needs_stays():
    event = {"event": "request", "route": "/slack/oauth_redirect", "reference": "K7QF-2M9X-4", "detail": "no_state"}
    assert redact(None, "info", event) == event
