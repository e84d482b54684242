"""What a token that Slack refuses right after it gave it can come from."""

from dashboard.core.clock import DAY
from dashboard.core.words import many, moment, span
from dashboard.install.catalogue.evidence import Evidence, Finding, Kept, likely, unknown, unlikely

FEW = 3  # checks that fail before a rule is suspected


def removed_at_once(evidence: Evidence) -> Finding:
    """Somebody removed the app, or the account was closed, while it was being installed."""
    attempt = evidence.attempt
    if attempt.exchanged_at is None:
        return unknown("The exchange itself was refused: whether there was ever a token is not known.")
    took = f" {span(attempt.closed_at - attempt.exchanged_at)} after it gave the token" if attempt.closed_at else ""
    return likely(f"Slack answered {attempt.slack_error or evidence.this.code}{took}.")


def allowed_addresses(evidence: Evidence) -> Finding:
    """The app's list of allowed IP addresses at Slack lacks ours."""
    checks = [each for each in evidence.near(DAY) if each.exchanged_at and (each.token_verified_at or _refused(each))]
    passed = [each for each in checks if each.token_verified_at]
    if passed:
        return unlikely(
            f"{many(len(passed), 'other check')} of the app passed within a day of it, {passed[-1].name} last."
        )
    refused = len(checks) + 1
    others = [each for each in evidence.elsewhere if each.token_verified_at]
    if refused < FEW or not others:
        return unknown(
            f"{refused} of {refused} token checks of the app were refused within a day of it, and "
            f"{many(len(others), 'check')} of other apps passed in those minutes: too few to tell. Right after an "
            "exchange Slack also refuses tokens that it does not know yet."
        )
    first = min(each.at for each in [*checks, evidence.this])
    return likely(
        f"Each of {refused} token checks of the app was refused, from {moment(first)} on, and "
        f"{many(len(others), 'check')} of other apps passed."
    )


def not_known_yet(evidence: Evidence) -> Finding:
    """Slack's servers did not all know the token yet."""
    later = [each for each in evidence.own if each.is_stored and each.at > evidence.at]
    if later:
        return likely(
            f"The same customer or browser succeeded {span(later[0].at - evidence.at)} later, as {later[0].name}."
        )
    return unknown("The same customer or browser has not tried again since.")


def rotated_by_two(_evidence: Evidence) -> Finding:
    """Two processes refreshed the same token: the second was refused, as a refresh token works once."""
    return unknown("Refreshes are done by the Bolt app, which leaves no trace of who did it when.")


def _refused(each: Kept) -> bool:
    return each.code == "invalid_auth"
