"""What happened, in a sentence with its figures."""

import pytest

from dashboard.core.models import Attempt
from dashboard.install.catalogue.headline import headline

AT = 1_800_000_000_000
COLUMNS = dict.fromkeys(column.name for column in Attempt.__table__.columns)
BACK = {
    "step": "returned",
    "verified": True,
    "started_at": AT - 90_000,
    "returned_at": AT,
    "last_returned_at": AT,
    "seen_at": AT - 90_000,
}
ASKED = {**BACK, "step": "verified", "spent_at": AT, "slack_method": "oauth.v2.access", "slack_ms": 240}


@pytest.mark.parametrize(
    ("outcome", "columns", "says"),
    [
        (
            "cancelled",
            {**BACK, "code": "access_denied"},
            "They pressed Cancel on Slack's page 1 min 30 s after their start.",
        ),
        (
            "cancelled",
            {**BACK, "code": "access_denied", "slack_error": "access_denied", "verified": False},
            "Somebody came with the error access_denied, and without the cookie of a start: anybody can.",
        ),
        (
            "failed",
            {**BACK, "code": "state_expired", "state_limit": 60},
            "1 min 30 s after their start; links lived 1 min.",
        ),
        ("failed", {**BACK, "code": "invalid_scope", "slack_error": "invalid_scope"}, "with invalid_scope."),
        ("failed", {**BACK, "code": "no_cookie"}, "without the cookie of their start."),
        ("failed", {**BACK, "code": "invalid_state"}, "and that could not be used (invalid_state)."),
        ("failed", {**BACK, "code": "no_state", "return_referrer_host": "slack.com"}, "Somebody came from slack.com"),
        ("failed", {**BACK, "code": "state_unknown", "state_length": 36}, "a state of 36 characters"),
        ("failed", {**BACK, "code": "database_unavailable"}, "Slack was not asked."),
        ("failed", {**ASKED, "code": "bad_client_secret"}, "Slack refused the exchange of the code within 240 ms: bad"),
        (
            "failed",
            {**ASKED, "code": "timeout"},
            "Slack gave no usable answer to the exchange of the code within 240 ms",
        ),
        (
            "failed",
            {**ASKED, "code": "token_revoked", "slack_method": "auth.test"},
            "refused the check of the new token",
        ),
        ("failed", {**ASKED, "code": "storage_error", "database_error": "disk_full"}, "did not take it (disk full)."),
        ("failed", {**ASKED, "code": "interrupted"}, "after the step “verified” 1 min 30 s after their start."),
        ("failed", {**ASKED, "code": "internal_error", "error_class": "KeyError"}, "(KeyError)."),
        ("failed", {**ASKED, "code": "other_workspace", "team_id": "T2"}, "Slack installed it in T2"),
        ("succeeded", {**ASKED, "closed_at": AT + 500, "token_verified_at": AT}, "It was installed 1 min 30 s after"),
        ("succeeded", {**ASKED, "closed_at": AT}, "Slack did not answer when its token was checked."),
        ("running", {"seen_at": AT - 5_000, "step": "started"}, "They are at Slack since 5 s."),
        ("running", {**BACK, "returned_at": AT - 9_000}, "They came back 9 s ago, and there is no outcome yet."),
        ("abandoned", {"seen_at": AT - 90_000_000, "step": "started"}, "1 d 1 h ago, and never came back."),
    ],
)
def test_a_sentence(outcome, columns, says):
    sentence = headline(Attempt(**{**COLUMNS, **columns}), outcome, AT)
    assert says in sentence
    assert sentence.endswith(".")
