"""What Slack's refusal of a code, a secret or an address can come from."""

from dashboard.core.clock import HOUR, MINUTE, WEEK
from dashboard.core.words import many, moment, span
from dashboard.install.catalogue.evidence import Evidence, Finding, Kept, likely, people, unknown, unlikely

CODE_LIVES = 10 * MINUTE  # https://docs.slack.dev/authentication/installing-with-oauth
INVALID_CODE = ("invalid_code", "code_already_used")
MET_BY = 3


def returned_twice(evidence: Evidence) -> Finding:
    """An earlier return may have used the code up somewhere else. A later one cannot: we exchange each code once."""
    attempt = evidence.attempt
    first, spent_at = attempt.returned_at, attempt.spent_at
    if first is None or spent_at is None:
        return unknown("When it first came back is not kept.")
    if attempt.returns > 1 and spent_at - first > 1000:
        return likely(f"It had come back {span(spent_at - first)} before its code was exchanged.")
    if attempt.returns > 1:
        return unlikely(f"Its {attempt.returns - 1} further returns came after the exchange, which is made once.")
    return unlikely("It came back once.")


def too_late(evidence: Evidence) -> Finding:
    attempt = evidence.attempt
    if attempt.returned_at is None or attempt.spent_at is None:
        return unknown("When it was exchanged is not kept.")
    took = attempt.spent_at - attempt.returned_at
    if took > CODE_LIVES:
        return likely(f"It was exchanged {span(took)} after it first came back; a code lives for {span(CODE_LIVES)}.")
    return unlikely(f"It was exchanged {span(took)} after it came back; a code lives for {span(CODE_LIVES)}.")


def somebody_else_exchanges(evidence: Evidence) -> Finding:
    """Another program uses the codes up before us: two services at one redirect URL, or a proxy that sends twice."""
    tried = evidence.exchanges(HOUR)
    alike = [each for each in [*tried, evidence.this] if each.code in INVALID_CODE and each.returns == 1]
    stored = [each for each in tried if each.is_stored]
    if stored:
        return unlikely(f"{many(len(stored), 'other')} of the app succeeded within an hour of it.")
    if people(alike) >= MET_BY:
        return likely(f"{len(alike)} exchanges within an hour of it failed so, each after a single return.")
    return unknown(f"{many(len(tried), 'other')} asked Slack within an hour of it: too few to tell.")


def changed_since_start(evidence: Evidence) -> Finding:
    sent = evidence.attempt.redirect_uri
    if evidence.app is None or not sent:
        return unknown("The app, or the redirect URL that was sent, is not known any more.")
    if sent != evidence.app.redirect_uri:
        return likely(f"The start sent {sent}; the app's redirect URL here is {evidence.app.redirect_uri} now.")
    return unlikely(f"The start sent {sent}, which is the app's redirect URL here.")


def not_registered(evidence: Evidence) -> Finding:
    """It is not among the app's redirect URLs at Slack."""
    stored, last = evidence.stored_at_address
    if stored and last:
        return unlikely(f"{many(stored, 'installation')} came back to this address, the last {moment(last)}.")
    alike = [each for each in evidence.exchanges(WEEK) if each.redirect_uri == evidence.this.redirect_uri]
    if not alike:
        return unknown("No other exchange with this address is kept.")
    return likely(f"None of {len(alike) + 1} exchanges with this address ever succeeded.")


def removed_at_slack(evidence: Evidence) -> Finding:
    """It was among the app's redirect URLs at Slack, and is not any more; or a proxy changes it."""
    stored, last = evidence.stored_at_address
    if not stored or not last:
        return unlikely("No installation ever came back to this address.")
    if last > evidence.at:
        return unlikely(f"An installation came back to this address since, {moment(last)}.")
    if evidence.app and evidence.app.redirect_uri != evidence.this.redirect_uri:
        return unknown(f"It was accepted until {moment(last)}; the app's redirect URL here is another one now.")
    refused = [each for each in evidence.around if each.code == evidence.this.code and each.at > last]
    return likely(
        f"{many(stored, 'installation')} came back to this address until {moment(last)}; since then "
        f"{len(refused) + 1} were refused."
    )


def wrong_scheme_or_host(evidence: Evidence) -> Finding:
    sent = evidence.attempt.redirect_uri
    if evidence.app is None or not sent:
        return unknown("The app, or the redirect URL that was sent, is not known any more.")
    if sent.startswith(f"{evidence.app.public_url}/"):
        return unlikely(f"{sent} is under PUBLIC_URL, {evidence.app.public_url}.")
    elsewhere = f"{sent} is not under PUBLIC_URL, {evidence.app.public_url}"
    stored, last = evidence.stored_at_address
    if stored and last:
        return unlikely(f"{elsewhere}, but {many(stored, 'installation')} came back to it, the last {moment(last)}.")
    return likely(f"{elsewhere}, and no installation ever came back to it.")


def changed_here(evidence: Evidence) -> Finding:
    """The client secret was changed here to a wrong one."""
    changed_at = _changed_at(evidence)
    if changed_at is None:
        return unknown("The environment decides this app's secret and keeps no time of its change.")
    if changed_at > evidence.at:
        return unlikely(f"It was changed here afterwards, {moment(changed_at)}.")
    last = evidence.last_success
    if last and last.at > changed_at:
        return unlikely(f"It was not changed here since the last success, {last.name}, {moment(last.at)}.")
    if last is None:
        return unknown(f"It was set here {moment(changed_at)}; no success from before is kept to compare with.")
    return likely(
        f"It was changed here {moment(changed_at)}, after the last success, {last.name}, and nothing was stored since."
    )


def rotated_at_slack(evidence: Evidence) -> Finding:
    """A new secret was made at Slack, and the old one has run out."""
    last = evidence.last_success
    if last is None:
        return unknown("No success of the app from before is kept.")
    if not _is_same_secret(evidence, last):
        return unknown("Whether it is the secret of the last success is not known.")
    if evidence.next_success:
        return unlikely(f"{evidence.next_success.name} succeeded since, {moment(evidence.next_success.at)}.")
    since = [each for each in evidence.around if each.asked_slack and each.at > last.at]
    alike = [each for each in since if each.code == evidence.this.code]
    if len(alike) < len(since):
        return unknown(
            f"Since the last success {len(since) - len(alike)} of {len(since) + 1} exchanges ended otherwise."
        )
    return likely(
        f"The secret is that of the last success, {last.name}, {moment(last.at)}; all {len(since) + 1} exchanges since "
        "were refused so."
    )


def never_right(evidence: Evidence) -> Finding:
    """The secret that was set is not this app's."""
    odd = evidence.app.odd_secret if evidence.app else ""
    changed_at, last = _changed_at(evidence), evidence.last_success
    if last and (changed_at is None or changed_at <= last.at):
        return unlikely(f"{last.name} succeeded {moment(last.at)}; no change since is known.")
    if last is None and evidence.places:
        return unknown("The app is installed, but no success is kept to tell with which secret.")
    said = f", and it {odd}" if odd else ""
    if last is None:
        return likely(f"Nothing was ever stored with this secret{said}.")
    if odd:
        return likely(f"Nothing was stored since it was set{said}.")
    return unknown(
        "Nothing was stored since it was set; one exchange alone does not tell a wrong secret from an old one."
    )


def other_apps_credentials(evidence: Evidence) -> Finding:
    """The client id is another app's: two were mixed up."""
    if evidence.ids_of_others:
        return likely(
            f"What is stored for this client id is of {evidence.ids_of_others[0]}, an app that is stored for another "
            "client id here, too."
        )
    if len(evidence.app_ids) > 1:
        return likely(
            f"What is stored for this client id is of several apps, {' and '.join(evidence.app_ids)} among them."
        )
    if evidence.app_ids:
        return unlikely(f"All that is stored for this client id is of one app, {evidence.app_ids[0]}.")
    return unknown("Nothing is stored for this client id that would tell which app it is.")


def unknown_app(evidence: Evidence) -> Finding:
    """The client id was mistyped."""
    if evidence.last_success:
        return unlikely(f"It worked until {evidence.last_success.name}, {moment(evidence.last_success.at)}.")
    if evidence.places:
        return unlikely(f"The app is or was installed with it: {evidence.places[0].name}.")
    return likely("Nothing was ever stored for this client id.")


def deleted_at_slack(evidence: Evidence) -> Finding:
    last = evidence.last_success
    if last is None:
        return unknown("No success with this client id is kept.")
    if evidence.next_success:
        return unlikely(f"It worked again since: {evidence.next_success.name}.")
    if len(evidence.app_ids) > 1 or evidence.ids_of_others:
        return unknown("What is stored for this client id is of several apps, or of one that another has, too.")
    if last.release != evidence.this.release:
        return unknown(
            f"It worked until {last.name}, with release {last.release}; this one met release {evidence.this.release}."
        )
    return likely(f"It worked until {last.name}, {moment(last.at)}, and the client id has not changed since.")


def none_asked_for(evidence: Evidence) -> Finding:
    """The app's settings here name no scope."""
    bot, person = evidence.this.scopes, evidence.this.user_scopes
    asked = person if evidence.this.code == "no_user_scopes" else bot or person
    if asked:
        return unlikely(f"The start asked for {asked.replace(',', ', ')}.")
    return likely("The start asked for none.")


def _changed_at(evidence: Evidence) -> int | None:
    return evidence.app.secret_changed_at if evidence.app else None


def _is_same_secret(evidence: Evidence, last: Kept) -> bool:
    """Whether the secret is the one of an earlier success: not changed since, or read once by the same process."""
    changed_at = _changed_at(evidence)
    if changed_at is not None:
        return changed_at <= last.at
    return last.process_started_at is not None and last.process_started_at == evidence.this.process_started_at
