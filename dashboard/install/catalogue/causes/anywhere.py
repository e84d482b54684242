"""Causes that many codes share: whom else it met, and since which release."""

from dashboard.core.clock import DAY
from dashboard.core.words import many, moment
from dashboard.install.catalogue.evidence import CUSTOMERS, OTHERS, Evidence, Finding, likely, people, unknown, unlikely

EVERYBODY = 3  # customers or browsers


def everybody_meets_it(evidence: Evidence) -> Finding:
    """It is about the app, not about this customer."""
    tried = evidence.exchanges(DAY)
    alike = [each for each in tried if each.code == evidence.this.code]
    stored = [each for each in tried if each.is_stored]
    if stored:
        return unlikely(
            f"{many(len(stored), 'other')} of the app within a day of it succeeded, {stored[-1].name} last."
        )
    met = people([*alike, evidence.this])
    if met >= EVERYBODY and len(alike) == len(tried):
        return likely(
            f"Each of {len(tried) + 1} that asked Slack within a day of it ended so, of {many(met, *CUSTOMERS)}."
        )
    if not tried:
        return unknown("Nobody else asked Slack within a day of it.")
    return unknown(f"Of {many(len(tried), 'other')} within a day of it {len(alike)} ended so: too few to tell.")


def this_customer_alone(evidence: Evidence) -> Finding:
    """Others get through: it is about this customer's workspace, account or plan."""
    own = {each.reference for each in evidence.own}  # a success of the same browser says nothing of others
    tried = [each for each in evidence.exchanges(DAY) if each.reference not in own]
    alike = [each for each in tried if each.code == evidence.this.code]
    stored = [each for each in tried if each.is_stored]
    if alike:
        return unlikely(f"It met {many(people(alike), *OTHERS)} within a day of it, too.")
    if stored:
        return likely(
            f"{many(len(stored), 'other')} of the app succeeded within a day of it, {stored[-1].name} last, and "
            "nobody else met it."
        )
    return unknown("Nobody else asked Slack within a day of it.")


def with_this_release(evidence: Evidence) -> Finding:
    """Our own request or code is wrong since a release."""
    release = evidence.attempt.release
    verified = [each for each in evidence.verified_before() if each.asked_slack]
    before = [each for each in verified if each.release != release]
    alike_before = [each for each in before if each.code == evidence.this.code]
    since = [each for each in verified if each.release == release]
    stored = [each for each in since if each.is_stored]
    if stored:
        return unlikely(f"Release {release} stored {many(len(stored), 'other')} in the week before.")
    if alike_before:
        return unlikely(f"It was met before release {release}, too: {alike_before[-1].name}.")
    alike = [each for each in since if each.code == evidence.this.code]
    if alike and any(each.is_stored for each in before):
        return likely(
            f"Since release {release} each of {len(alike) + 1} ended so, from {moment(alike[0].at)} on; the release "
            f"before stored {many(sum(each.is_stored for each in before), 'installation')} in the week."
        )
    return unknown(f"Release {release} has too few attempts to compare: {len(since)} others in the week before.")
