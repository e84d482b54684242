"""What happened, in one sentence with its figures: worked out from one attempt."""

from dashboard.core.models import Attempt
from dashboard.core.words import many, moment, span
from dashboard.install.catalogue.causes.slack_side import PASSING
from dashboard.install.catalogue.entry import Entry

CHECK = "auth.test"  # of a new token


def headline(attempt: Attempt, outcome: str, now: int) -> str:
    """The sentence for an attempt whose outcome, as of `now` (ms), is called so."""
    if outcome == "succeeded":
        return _succeeded(attempt)
    if outcome == "abandoned":
        return f"They went to Slack {moment(attempt.seen_at)}, {span(now - attempt.seen_at)} ago, and never came back."
    if outcome == "running":
        return _running(attempt, now)
    if attempt.step == "returned":
        return _returned(attempt)
    return _after_the_return(attempt)


def alike(code: str, entry: Entry | None) -> str:
    """The sentence for all attempts of a code."""
    return entry.visitor.title if entry else f"Slack answered {code}, which is in no list of its codes."


def _succeeded(attempt: Attempt) -> str:
    took = f" {span(attempt.closed_at - attempt.seen_at)} after the start" if attempt.closed_at else ""
    if attempt.token_verified_at is None:
        return f"It was installed{took}; Slack did not answer when its token was checked."
    return f"It was installed{took}, and Slack confirmed its token."


def _running(attempt: Attempt, now: int) -> str:
    if attempt.returned_at is None:
        return f"They are at Slack since {span(now - attempt.seen_at)}."
    return f"They came back {span(now - attempt.returned_at)} ago, and there is no outcome yet."


def _returned(attempt: Attempt) -> str:
    """Slack was not asked: something was wrong with the return itself."""
    came = f"They came back{_after(attempt)}"
    if attempt.slack_error and not attempt.verified:
        return f"Somebody came with the error {attempt.slack_error}, and without the cookie of a start: anybody can."
    if attempt.code == "access_denied":
        return f"They pressed Cancel on Slack's page{_after(attempt)}."
    if attempt.code == "state_expired":
        limit = f"; links lived {span(attempt.state_limit * 1000)}" if attempt.state_limit else ""
        return f"{came}{limit}."
    if attempt.code == "no_state":
        referrer = f" from {attempt.return_referrer_host}" if attempt.return_referrer_host else ""
        return f"Somebody came{referrer} with Slack's answer to an installation that did not begin here."
    if attempt.code == "state_unknown":
        length = f" of {many(attempt.state_length, 'character')}" if attempt.state_length else ""
        return f"Somebody came back with a state{length} that no key of this service has signed."
    sentences: dict[str | None, str] = {
        "no_cookie": f"{came} without the cookie of their start.",
        "cookie_mismatch": f"{came} with the cookie of another start.",
        "missing_code": f"{came} with neither a code nor an error.",
        "database_unavailable": f"{came}, and that could not be written down; Slack was not asked.",
    }
    if attempt.code in sentences:
        return sentences[attempt.code]
    if attempt.slack_error:
        return f"Slack's page sent them back{_after(attempt)} with {attempt.slack_error}."
    return f"{came}, and that could not be used ({attempt.code})."


def _after_the_return(attempt: Attempt) -> str:
    """The state is spent: Slack was asked, or was about to be."""
    took = f" within {span(attempt.slack_ms)}" if attempt.slack_ms is not None else ""
    if attempt.code == "interrupted":
        return f"The service stopped in the middle of it, after the step “{attempt.step}”{_after(attempt)}."
    if attempt.code == "storage_error":
        return f"Slack agreed{took}, and the database did not take it ({_trouble(attempt)})."
    if attempt.code == "other_workspace":
        named = attempt.team_id or attempt.enterprise_id
        return (
            f"Slack installed it in {named}; their one-time link was made for another customer, so nothing was stored."
        )
    if attempt.code == "internal_error":
        return f"Our own code failed after the step “{attempt.step}” ({attempt.error_class})."
    what = "the check of the new token" if attempt.slack_method == CHECK else "the exchange of the code"
    if attempt.code in PASSING:
        return f"Slack gave no usable answer to {what}{took} ({attempt.code})."
    return f"Slack refused {what}{took}: {attempt.slack_error or attempt.code}."


def _after(attempt: Attempt) -> str:
    """How long after the start; a repeat does not count, as it decided nothing."""
    at = attempt.returned_at if attempt.spent_at else attempt.last_returned_at
    if not at or not attempt.started_at:
        return ""
    return f" {span(at - attempt.started_at)} after their start"


def _trouble(attempt: Attempt) -> str:
    word = (attempt.database_error or attempt.error_class or "of an unknown kind").replace("_", " ")
    return f"{word}: {attempt.database_columns.replace(',', ', ')}" if attempt.database_columns else word
