"""Passing faults on Slack's side, or on the way there: they end without anybody doing anything."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import slack_side
from dashboard.install.catalogue.entry import MAJOR, MINOR, OPERATOR, SLACK, YES, Cause, Support, alias, entry

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

_INCIDENT = Cause(slack_side.slack_incident, severity=MAJOR)
_NETWORK = Cause(
    slack_side.our_network,
    owner=OPERATOR,
    severity=MAJOR,
    us="From this machine, look whether slack.com can be reached: name resolution, firewall, proxy.",
    reply=replies.OUR_FAULT,
)
_LIMIT = Cause(slack_side.rate_limited)
_BETWEEN = Cause(slack_side.something_in_between, owner=OPERATOR)


def _passing(explanation: str, *causes: Cause, reply: str = replies.SLACK_BUSY) -> Support:
    return Support(
        owner=SLACK,
        severity=MINOR,
        retry=YES,
        explanation=explanation,
        us="Nothing for one alone; slack-status.com tells of incidents.",
        customer="Start again in a few minutes.",
        reply=reply,
        causes=causes,
    )


_TIMEOUT = entry(
    "timeout",
    text("Slack took too long to answer"),
    text(
        "We waited for ten seconds. Slack's side may or may not have noted the installation; starting again is safe "
        "either way. Give it a minute."
    ),
    _passing(
        "Slack did not answer within ten seconds. It may have given the token all the same: then Slack shows the app "
        "as installed, and nothing is stored here until the customer starts again.",
        _INCIDENT,
        _NETWORK,
    ),
    start_again=True,
)
_RATE_LIMITED = entry(
    "rate_limited",
    text("Too many installations at this moment"),
    text("Slack asked us to slow down. Wait a minute, then start again."),
    _passing(
        "Slack limits how often an app may exchange codes and check tokens. An announcement to thousands at once meets "
        "it, as does a program that checks all tokens in a row.",
        _LIMIT,
        _INCIDENT,
        reply=replies.TOO_MANY,
    ),
    start_again=True,
)
_SERVER_ERROR = entry(
    "server_error",
    text("Slack has a problem at the moment"),
    text(
        "It could not finish the installation. Such faults usually pass within minutes (slack-status.com knows more); "
        "then start again."
    ),
    _passing(
        "Slack answered with HTTP 5xx: its own servers failed, before or after they noted it.", _INCIDENT, _BETWEEN
    ),
    start_again=True,
)
_NOT_JSON = entry(
    "not_json",
    text("Slack's answer could not be read"),
    text("Something answered in Slack's place, perhaps a page about maintenance. Wait a minute, then start again."),
    _passing(
        "What came back was no answer of Slack's API: a page of a proxy, a firewall or of Slack's maintenance.",
        _INCIDENT,
        _BETWEEN,
    ),
    start_again=True,
)

ENTRIES = (
    _TIMEOUT,
    alias(
        _TIMEOUT,
        "request_timeout",
        _passing("Slack received a part of our request and gave up waiting for the rest of it.", _INCIDENT, _NETWORK),
    ),
    _RATE_LIMITED,
    alias(
        _RATE_LIMITED,
        "ratelimited",
        _passing(
            "Slack says so in its answer instead of by HTTP 429; the limit counts per app and workspace.",
            _LIMIT,
            _INCIDENT,
            reply=replies.TOO_MANY,
        ),
    ),
    _SERVER_ERROR,
    alias(
        _SERVER_ERROR,
        "service_unavailable",
        _passing("Slack switched the method off for a while, as it does during an incident.", _INCIDENT),
    ),
    alias(
        _SERVER_ERROR,
        "fatal_error",
        _passing(
            "Slack failed in the middle of the call and does not know how far it came: it may show the app as "
            "installed.",
            _INCIDENT,
        ),
    ),
    alias(
        _SERVER_ERROR,
        "slack_internal_error",
        _passing("Slack's own servers failed; Slack asks to try again, and to tell it where it lasts.", _INCIDENT),
    ),
    alias(
        _SERVER_ERROR,
        "slack_unavailable",
        _passing(
            "Slack could not be asked. Attempts have a more telling code beside this one; it stands alone only where "
            "an older release wrote it.",
            _INCIDENT,
            _NETWORK,
        ),
    ),
    _NOT_JSON,
    alias(
        _NOT_JSON,
        "incomplete_answer",
        _passing(
            "Slack said ok and left out what an installation needs: the app, the workspace or the token. Nothing could "
            "be stored; Slack shows the app as installed.",
            _INCIDENT,
            _BETWEEN,
        ),
    ),
    entry(
        "connection_error",
        text("Slack could not be reached"),
        text("The connection between us and Slack failed. Wait a minute, then start again."),
        _passing(
            "No connection to slack.com came about, or it broke off: name resolution, TLS, firewall, proxy, or Slack.",
            _INCIDENT,
            _NETWORK,
        ),
        start_again=True,
    ),
)
