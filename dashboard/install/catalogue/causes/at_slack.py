"""What happened on Slack's page, by what it sent back."""

from dashboard.core.clock import HOUR
from dashboard.core.words import listed, many, moment, span
from dashboard.install.catalogue.evidence import Evidence, Finding, Kept, likely, unknown, unlikely

DENIED = "access_denied_unexplained"
_ENTERPRISE_ONLY = ("admin.", "auditlogs:", "discovery:")
_IDENTITY = ("identity.", "openid", "email", "profile")


def pressed_cancel(evidence: Evidence) -> Finding:
    attempt = evidence.attempt
    if not attempt.verified:
        return unknown("It came without the cookie of its start: anybody may have written it.")
    if not attempt.slack_description:
        return unknown("Slack sends a description when somebody presses Cancel; here it sent none.")
    took = f"; they were at Slack for {span(evidence.age)}" if evidence.age is not None else ""
    return likely(f"Slack sent “{attempt.slack_description}”, as it does when somebody presses Cancel{took}.")


def approval_needed(evidence: Evidence) -> Finding:
    """An admin has to approve the app first."""
    soon = [each for each in evidence.browser if each.is_stored and 0 <= each.at - evidence.at <= HOUR]
    if soon:
        return unlikely(f"The same browser succeeded {span(soon[0].at - evidence.at)} later, as {soon[0].name}.")
    met = [each for each in evidence.own if each.code == DENIED]
    if not met:
        return unknown("Slack gave no cause. Ask whether apps need an admin's approval there.")
    times = sorted([each.at for each in met] + [evidence.at])
    later = next((each for each in evidence.own if each.is_stored and each.at > evidence.at), None)
    end = f"succeeded {span(later.at - evidence.at)} later, as {later.name}" if later else "never succeeded since"
    return likely(
        f"The same browser or customer met it {len(times)} times, from {moment(times[0])} to {moment(times[-1])}, and "
        f"{end}."
    )


def restricted_by_policy(evidence: Evidence) -> Finding:
    """The workspace lets in only apps that it knows or that are in Slack's directory."""
    if "restricted" in evidence.read:
        return likely("The customer read on Slack's page that they may not install apps, or this one.")
    met = [each for each in evidence.customer if each.code == DENIED]
    if met:
        return likely(f"The same customer met it before: {met[0].name}, {moment(met[0].at)}.")
    return unknown("Slack tells nobody its rules. Ask: may members install apps that are not in Slack's directory?")


def scopes_changed_here(evidence: Evidence) -> Finding:
    last = evidence.last_success
    if last is None:
        return unknown("No success of the app from before is kept.")
    now, then = _scopes(evidence.this), _scopes(last)
    if now == then:
        return unlikely(f"The scopes are those of the last success, {last.name}, {moment(last.at)}.")
    added, gone = sorted(now - then), sorted(then - now)
    parts = [f"{word} {listed(scopes)}" for word, scopes in (("added", added), ("left out", gone)) if scopes]
    return likely(f"Since the last success, {last.name}, {moment(last.at)}, the app {' and '.join(parts)}.")


def not_in_slack_configuration(evidence: Evidence) -> Finding:
    """The scopes asked for are not those of the app's configuration at Slack."""
    if "invalid_scope" in evidence.read:
        return likely("The customer read on Slack's page that the requested scopes are not valid.")
    same = [each for each in evidence.around if each.verified and _scopes(each) == _scopes(evidence.this)]
    accepted = [each for each in same if each.asked_slack]
    if accepted:
        return unlikely(
            f"Slack let {many(len(accepted), 'other')} with the same scopes through, {accepted[-1].name} last."
        )
    refused = [each for each in same if each.code == evidence.this.code and each.code]
    if refused:
        return likely(
            f"Since {moment(min(each.at for each in [*refused, evidence.this]))} everybody who came back with these "
            f"scopes was refused: {len(refused) + 1} of {len(refused) + 1}."
        )
    return unknown("Nobody else came back from Slack with these scopes.")


def not_combinable(evidence: Evidence) -> Finding:
    """Scopes that Slack does not grant together, or not on every plan."""
    scopes = _names(evidence.this.scopes) | _names(evidence.this.user_scopes)
    identity = sorted(scope for scope in scopes if scope.startswith("identity.") or scope in _IDENTITY)
    others = sorted(scopes - set(identity))
    if identity and others:
        return likely(f"{listed(identity)} cannot be asked for together with {listed(others)}.")
    of_enterprise = sorted(scope for scope in scopes if scope.startswith(_ENTERPRISE_ONLY))
    if of_enterprise:
        return unknown(f"{listed(of_enterprise)} exists on Slack's Enterprise plans only; the customer's is not known.")
    return unlikely("None of its scopes excludes another, and none is of Enterprise plans only.")


def chose_organization(evidence: Evidence) -> Finding:
    """A whole organization was chosen for an app without bot scopes."""
    if evidence.this.scopes:
        return unlikely(f"The start asked for bot scopes: {evidence.this.scopes.replace(',', ', ')}.")
    people = (evidence.this.user_scopes or "none at all").replace(",", ", ")
    return likely(
        f"The start asked for no bot scope, only a person's ({people}): an organization cannot be given that."
    )


def _scopes(kept: Kept) -> set[str]:
    return _names(kept.scopes) | {f"{scope} (of the person)" for scope in _names(kept.user_scopes)}


def _names(joined: str | None) -> set[str]:
    return set(joined.split(",")) if joined else set()
