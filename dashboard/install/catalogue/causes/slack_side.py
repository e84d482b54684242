"""Faults that pass: Slack's, the way there, or a limit."""

from dashboard.core.clock import HOUR, MINUTE
from dashboard.core.words import many, moment, span
from dashboard.install.catalogue.evidence import CUSTOMERS, Evidence, Finding, Kept, likely, people, unknown, unlikely

AROUND = 5 * MINUTE
APPS, PEOPLE = 2, 3  # that meet it before it is called an incident

# Slack did not answer, or not with an answer.
PASSING = frozenset(
    (
        *("timeout", "request_timeout", "rate_limited", "ratelimited", "server_error", "service_unavailable"),
        *("fatal_error", "slack_internal_error", "slack_unavailable", "not_json", "incomplete_answer"),
        "connection_error",
    )
)
_NO_ANSWER = ("connection_error", "timeout")


def slack_incident(evidence: Evidence) -> Finding:
    tried = [*evidence.near(AROUND), *evidence.elsewhere]
    asked = [each for each in tried if each.asked_slack]
    if not asked:
        return unknown("Nobody else asked Slack within five minutes of it.")
    failed = [each for each in asked if each.code in PASSING]
    answered = len(asked) - len(failed)
    figures = f"Within five minutes {len(failed) + 1} of {len(asked) + 1} that asked Slack met such a fault"
    apps = {each.client_id for each in [*failed, evidence.this]}
    met = people([*failed, evidence.this])
    if (len(apps) >= APPS or met >= PEOPLE) and len(failed) + 1 > answered:
        return likely(f"{figures}: {many(len(apps), 'app')}, {many(met, *CUSTOMERS)}.")
    if answered:
        return unlikely(f"{figures}; Slack answered {answered}.")
    return unknown(f"{figures}: {many(met, *CUSTOMERS)} of one app, too few to tell.")


def our_network(evidence: Evidence) -> Finding:
    """This service could not reach Slack at all."""
    tried = [each for each in [*evidence.near(HOUR), *evidence.elsewhere] if each.asked_slack]
    answered = [each for each in tried if each.code not in _NO_ANSWER]
    if answered:
        return unlikely(f"Slack answered {many(len(answered), 'other')} within an hour of it, {_last(answered)}.")
    if not tried:
        return unknown("Nobody else asked Slack within an hour of it.")
    first = min(each.at for each in [*tried, evidence.this])
    return likely(f"None of {len(tried) + 1} within the hour got an answer from Slack, from {moment(first)} on.")


def rate_limited(evidence: Evidence) -> Finding:
    attempt = evidence.attempt
    if attempt.slack_retry_after is None:
        return likely("Slack answered that it had too many requests, and not how long to wait.")
    return likely(
        f"Slack answered that it had too many requests, and asked to wait {span(attempt.slack_retry_after * 1000)}."
    )


def something_in_between(evidence: Evidence) -> Finding:
    """A proxy, a firewall or a maintenance page answered in Slack's place."""
    attempt = evidence.attempt
    if attempt.slack_status is None:
        return unknown("No HTTP status is kept of the answer.")
    whose = "without" if not attempt.slack_request_id else "with"
    sentence = f"The answer was HTTP {attempt.slack_status}, {whose} Slack's own request id"
    if attempt.slack_request_id:
        return unlikely(f"{sentence}: it came from Slack.")
    return unknown(f"{sentence}: some of Slack's answers have none either.")


def _last(answered: list[Kept]) -> str:
    last = max(answered, key=lambda each: each.at)
    return f"{last.name} last"
