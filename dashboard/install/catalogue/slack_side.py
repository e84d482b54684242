"""Passing faults on Slack's side, or on the way there: they end without anybody doing anything."""

from dashboard.install.catalogue.entry import aliases, entry

# Our own words among the codes below; the others are Slack's.
OURS = frozenset(
    (
        "timeout",
        "rate_limited",
        "server_error",
        "slack_unavailable",
        "not_json",
        "incomplete_answer",
        "connection_error",
    )
)

_TIMEOUT = entry(
    "timeout",
    "Slack took too long to answer",
    "We waited for ten seconds. Slack's side may or may not have noted the installation; starting again is safe either "
    "way. Give it a minute.",
    start_again=True,
)
_RATE_LIMITED = entry(
    "rate_limited",
    "Too many installations at this moment",
    "Slack asked us to slow down. Wait a minute, then start again.",
    start_again=True,
)
_SERVER_ERROR = entry(
    "server_error",
    "Slack has a problem at the moment",
    "It could not finish the installation. Such faults usually pass within minutes (slack-status.com knows more); "
    "then start again.",
    start_again=True,
)
_NOT_JSON = entry(
    "not_json",
    "Slack's answer could not be read",
    "Something answered in Slack's place, perhaps a page about maintenance. Wait a minute, then start again.",
    start_again=True,
)

ENTRIES = (
    _TIMEOUT,
    *aliases(_TIMEOUT, "request_timeout"),
    _RATE_LIMITED,
    *aliases(_RATE_LIMITED, "ratelimited"),
    _SERVER_ERROR,
    *aliases(_SERVER_ERROR, "service_unavailable", "fatal_error", "slack_internal_error", "slack_unavailable"),
    _NOT_JSON,
    *aliases(_NOT_JSON, "incomplete_answer"),
    entry(
        "connection_error",
        "Slack could not be reached",
        "The connection between us and Slack failed. Wait a minute, then start again.",
        start_again=True,
    ),
)
