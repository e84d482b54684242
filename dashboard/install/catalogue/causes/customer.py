"""What in the customer's own organization, rules or account can stand against an installation."""

from dashboard.core.words import listed, many, moment
from dashboard.install.catalogue.evidence import Evidence, Finding, likely, unknown, unlikely


def org_has_it(evidence: Evidence) -> Finding:
    """It is installed for the whole organization."""
    held = evidence.organizations
    if not held:
        return unlikely("No organization has it as a whole, as far as is stored here.")
    enterprise = _enterprise(evidence)
    same = [place for place in held if place.enterprise_id == enterprise]
    if enterprise and same:
        return likely(f"{same[0].name} ({enterprise}) has it as a whole.")
    if enterprise:
        return unlikely(f"{enterprise} does not have it as a whole, as far as is stored here.")
    names = listed(place.name for place in held[:3])
    return unknown(f"Slack does not say which organization it was. As a whole it is installed in {names}.")


def account(evidence: Evidence) -> Finding:
    """It is about this person's account, not about the workspace."""
    customer = evidence.known_customer
    if not customer:
        return unknown("Slack did not say which workspace it was, and this browser never installed it before.")
    others = [each for each in evidence.customer if each.browser_digest != evidence.this.browser_digest]
    browsers = {each.browser_digest for each in others if each.code == evidence.this.code} - {None}
    if browsers:
        return unlikely(
            f"{many(len(browsers), 'other browser')} of {customer} met it, too: it is their rule for everybody."
        )
    stored = [each for each in others if each.is_stored]
    if stored:
        return likely(f"Somebody else of {customer} installed it: {stored[-1].name}, {moment(stored[-1].at)}.")
    return likely(f"No other browser of {customer} met it.")


def moving(evidence: Evidence) -> Finding:
    """The workspace moves into an organization."""
    before = [each for each in evidence.customer if each.team_id and not each.enterprise_id and each.at <= evidence.at]
    now = [each for each in (evidence.this, *evidence.customer) if each.team_id and each.enterprise_id]
    belongs = next((place for place in evidence.there if place.enterprise_id and place.team_id), None)
    if before and (now or belongs):
        enterprise = now[0].enterprise_id if now else belongs.enterprise_id if belongs else ""
        return likely(
            f"{before[-1].team_id} had no organization at {before[-1].name}, {moment(before[-1].at)}, and is in "
            f"{enterprise} now."
        )
    return unknown("Nothing that is kept of this customer shows an organization that it lacked before.")


def policy(evidence: Evidence) -> Finding:
    """A rule of the workspace or organization."""
    said = evidence.attempt.slack_error or evidence.this.code
    last = next((each for each in reversed(evidence.customer) if each.is_stored and each.at < evidence.at), None)
    if last:
        return likely(
            f"Slack answered {said}. The last success there was {last.name}, {moment(last.at)}: it is since then."
        )
    return likely(f"Slack answered {said}. Nothing from before is kept of this customer.")


def fewer_scopes_granted(evidence: Evidence) -> Finding:
    """The person, or a rule, left out a scope."""
    asked = (evidence.this.scopes or evidence.this.user_scopes or "").replace(",", ", ")
    return unknown(f"It asked for {asked}; what was granted is not kept of a failure.")


def _enterprise(evidence: Evidence) -> str | None:
    """The organization that Slack named, here or in an earlier success of the same browser."""
    earlier = (each for each in reversed(evidence.browser) if each.is_stored and each.at < evidence.at)
    return next((each.enterprise_id for each in (evidence.this, *earlier) if each.enterprise_id), None)
