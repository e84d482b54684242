"""Faults that pass."""

from dashboard.core.clock import HOUR, MINUTE
from tests.support.circumstances import Case, failed, stored

SLACKS = "an id of Slack's"

CASES = [
    Case(
        "slack_side.slack_incident",
        "likely",
        "Within five minutes 3 of 3 that asked Slack met such a fault: 1 app, 3 customers or browsers",
        others=(failed(MINUTE, "connection_error"), failed(-MINUTE, "server_error")),
    ),
    Case(
        "slack_side.slack_incident",
        "likely",
        "3 of 4 that asked Slack met such a fault: 2 apps",
        others=(failed(MINUTE, "connection_error"), stored(MINUTE)),
        elsewhere=(failed(MINUTE, "connection_error"),),
    ),
    Case(
        "slack_side.slack_incident",
        "unlikely",
        "1 of 4 that asked Slack met such a fault; Slack answered 3",
        others=(stored(MINUTE), failed(-MINUTE, "invalid_code"), stored(-2 * MINUTE)),
    ),
    Case("slack_side.slack_incident", "unknown", "Nobody else asked Slack within five minutes", others=(stored(HOUR),)),
    Case(
        "slack_side.slack_incident",
        "unknown",
        "2 of 2 that asked Slack met such a fault: 1 customer or browser of one app, too few",
        this={"browser_digest": "one"},
        others=(failed(MINUTE, "connection_error", browser_digest="one"),),
    ),
    Case(
        "slack_side.our_network",
        "likely",
        "None of 3 within the hour got an answer from Slack",
        others=(failed(-MINUTE, "connection_error"), failed(-2 * MINUTE, "connection_error")),
    ),
    Case(
        "slack_side.our_network",
        "unlikely",
        "Slack answered 1 other within an hour",
        others=(failed(-MINUTE, "connection_error"), failed(2 * MINUTE, "invalid_code")),
    ),
    Case("slack_side.our_network", "unknown", "Nobody else asked Slack within an hour"),
    Case(
        "slack_side.rate_limited",
        "likely",
        "asked to wait 30 s",
        this={"slack_status": 429, "slack_retry_after": 30},
    ),
    Case(
        "slack_side.rate_limited",
        "likely",
        "asked to wait 2 min",
        this={"slack_status": 429, "slack_retry_after": 120},
    ),
    Case("slack_side.rate_limited", "likely", "not how long to wait", this={"slack_retry_after": None}),
    Case(
        "slack_side.something_in_between",
        "unlikely",
        "HTTP 502, with Slack's own request id: it came from Slack",
        this={"slack_status": 502, "slack_request_id": SLACKS},
    ),
    Case("slack_side.something_in_between", "unknown", "HTTP 502, without Slack's own", this={"slack_status": 502}),
    Case("slack_side.something_in_between", "unknown", "No HTTP status is kept", this={"slack_status": None}),
]
