"""What can be behind a start that nobody came back from. Slack shows what it refuses on its own page and tells nobody:
what is known comes from the other starts, and from what the customer read there."""

from collections.abc import Callable

from dashboard.core.clock import HOUR, WEEK
from dashboard.core.words import many, moment, span
from dashboard.install.catalogue.causes.at_slack import DENIED
from dashboard.install.catalogue.evidence import Evidence, Finding, Kept, likely, unknown, unlikely

FEW = 5  # starts that say nothing yet

# What the customer may have read, by the code that Slack's page means.
READ = {
    "invalid_team_for_non_distributed_app": "the app is not open to their workspace",
    "bad_redirect_uri": "the redirect URL is none of the app's",
    "invalid_client_id": "the client id is not valid",
    "invalid_scope": "the requested scopes are not valid",
    "app_limit": "the workspace has as many apps as its plan allows",
    "restricted": "they may not install apps, or this one",
}


def not_distributed(evidence: Evidence) -> Finding:
    """The app is open to its makers' workspace only."""
    if "invalid_team_for_non_distributed_app" in evidence.read:
        return _read("invalid_team_for_non_distributed_app")
    if len(evidence.places) > 1:
        return unlikely(
            f"It was stored in more than one workspace: {evidence.places[0].name}, {evidence.places[1].name}."
        )
    starts = _starts(evidence)
    own = {place.team_id or place.enterprise_id for place in evidence.places}
    back = [each for each in starts if each.returned_at and each.customer not in own]
    if back:
        return unlikely(
            f"{len(back)} of {many(len(starts), 'start')} in the week before came back, {back[-1].name} last."
        )
    if len(starts) < FEW:
        return unknown(f"There were {many(len(starts), 'start')} in the week before: too few to tell.")
    home = f"no workspace but {evidence.places[0].name}" if evidence.places else "no workspace"
    return likely(f"None of {len(starts)} starts in the week before came back, and it was ever stored in {home}.")


def not_registered(evidence: Evidence) -> Finding:
    """The redirect URL is not among those that the app has at Slack."""
    return _refused(evidence, "bad_redirect_uri", "this redirect URL", lambda each: each.redirect_uri)


def unknown_app(evidence: Evidence) -> Finding:
    """Slack has no app with this client id."""
    return _refused(evidence, "invalid_client_id", "this client id", lambda each: each.client_id)


def not_in_slack_configuration(evidence: Evidence) -> Finding:
    """The scopes asked for are not those of the app's configuration at Slack."""
    return _refused(evidence, "invalid_scope", "these scopes", lambda each: f"{each.scopes} {each.user_scopes}")


def wrong_scheme_or_host(evidence: Evidence) -> Finding:
    """The redirect URL leads somewhere else."""
    sent = evidence.this.redirect_uri
    if not sent or evidence.app is None:
        return unknown("The redirect URL that was sent, or the app, is not known any more.")
    if sent.startswith(f"{evidence.app.public_url}/"):
        return unlikely(f"{sent} is under PUBLIC_URL.")
    starts = [each for each in _starts(evidence) if each.redirect_uri == sent]
    back = [each for each in starts if each.returned_at]
    if back:
        return unlikely(f"{sent} is not under PUBLIC_URL, but {len(back)} of {len(starts)} came back to it.")
    if len(starts) < FEW:
        return unknown(
            f"{sent} is not under {evidence.app.public_url}; {many(len(starts), 'start')} is too few to tell."
        )
    return likely(f"{sent} is not under {evidence.app.public_url}, and none of {len(starts)} starts came back to it.")


def waiting_for_approval(evidence: Evidence) -> Finding:
    """They asked their admin, and Slack does not send them back."""
    later = [each for each in evidence.own if each.is_stored and each.at - evidence.at >= HOUR]
    if later:
        return likely(
            f"The same browser or customer succeeded {span(later[0].at - evidence.at)} later, as {later[0].name}."
        )
    met = [each for each in evidence.own if each.code == DENIED and each.at <= evidence.at]
    if met:
        return likely(f"The same browser or customer had been refused without a reason: {met[-1].name}.")
    return unknown("Slack tells nobody when somebody asks an admin for an app, nor when the admin answers.")


def app_limit_of_plan(evidence: Evidence) -> Finding:
    """The workspace has as many apps as its plan allows."""
    if "app_limit" in evidence.read:
        return _read("app_limit")
    return unknown("Slack's free plan allows ten apps; which plan the customer has, nobody tells us. Ask.")


def closed_the_tab(evidence: Evidence) -> Finding:
    again = [each for each in evidence.browser if each.seen_at > evidence.this.seen_at]
    if again:
        return unknown(
            f"The same browser began again {span(again[0].seen_at - evidence.this.seen_at)} later, as {again[0].name}; "
            "why, nothing tells."
        )
    return unknown("Nothing tells that somebody closed a tab.")


def _refused(evidence: Evidence, code: str, what: str, value: Callable[[Kept], str | None]) -> Finding:
    """Whether Slack's page refuses this value: nobody who started with it came back, and before it people did."""
    if code in evidence.read:
        return _read(code)
    of_this = value(evidence.this)
    starts = _starts(evidence)
    same = [each for each in starts if value(each) == of_this]
    back = [each for each in same if each.returned_at]
    if back:
        return unlikely(f"{len(back)} of {many(len(same), 'start')} with {what} in the week before came back.")
    earlier = [
        each for each in starts if value(each) != of_this and each.seen_at < same[0].seen_at and each.returned_at
    ]
    if len(same) < FEW or not earlier:
        return unknown(
            f"None of {many(len(same), 'start')} with {what} came back; Slack shows what it refuses on its own "
            "page. Ask what they read there."
        )
    return likely(
        f"None of {len(same)} starts with {what} came back, from {moment(same[0].seen_at)} on; before that "
        f" {earlier[-1].name} and {len(earlier) - 1} others did."
    )


def was_read(code: str) -> str:
    """The sentence that says what the customer read; as a note it keeps that."""
    return f"The customer read on Slack's page that {READ[code]}."


def _read(code: str) -> Finding:
    return likely(was_read(code))


def _starts(evidence: Evidence) -> list[Kept]:
    """The starts of the week before, this one among them, in order."""
    since = evidence.this.seen_at - WEEK
    others = (each for each in evidence.around if each.verified and since <= each.seen_at <= evidence.this.seen_at)
    return sorted([*others, evidence.this], key=lambda each: each.seen_at)
