"""What can be wrong with a return before Slack is asked: another browser, a lost cookie, an old or foreign state."""

from dashboard.core.clock import DAY, HOUR, MINUTE
from dashboard.core.words import many, moment, span
from dashboard.install.catalogue.causes.at_slack import DENIED
from dashboard.install.catalogue.evidence import Evidence, Finding, Kept, likely, people, unknown, unlikely
from dashboard.install.state import shortest

IN_APP = ("Slack", "Facebook", "Instagram", "LinkedIn")
STRIPPED, ENOUGH = 0.8, 10  # share of the returns without a cookie, of at least so many
MET_BY = 3  # browsers
OVERLAP = 5 * MINUTE  # longer than a deployment takes to replace a process


def begun_at_slack(evidence: Evidence) -> Finding:
    """The link was Slack's own, or somebody's, and led past our start."""
    start = _start_within(evidence, HOUR)
    if start:
        return unlikely(f"This browser had begun {start.name} here, {span(evidence.at - start.seen_at)} before.")
    host = evidence.attempt.return_referrer_host
    if not host:
        return unknown("The browser did not say from which page it came.")
    if host == "slack.com" or host.endswith(".slack.com"):
        return likely(f"It came from {host}, and no start of this browser is kept.")
    return unknown(f"It came from {host}, which is not Slack's.")


def other_browser(evidence: Evidence) -> Finding:
    started, returned = _named(evidence)
    if not started or not returned:
        return unknown("Which browser it was is not known of the start or of the return.")
    if started != returned:
        return likely(f"It was begun in {started} and came back in {returned}.")
    left = ": another profile or a private window is left" if evidence.attempt.cookie == "other" else ""
    return unlikely(f"Both were {started}{left}.")


def in_app_browser(evidence: Evidence) -> Finding:
    """An app opened the link inside itself: its cookies are not those of the browser."""
    attempt = evidence.attempt
    inside = next((name for name in (attempt.browser, attempt.return_browser) if name in IN_APP), None)
    if inside:
        return likely(f"One of the two was the browser inside the {inside} app, which shares no cookies.")
    if not attempt.browser or not attempt.return_browser:
        return unknown("Which browser it was is not known of the start or of the return.")
    return unknown(f"Both name themselves {attempt.browser}; some apps do not say that they open links in themselves.")


def cookies_stripped(evidence: Evidence) -> Finding:
    """A proxy or host in front of this service takes the cookie out, for everybody."""
    returns = _returns(evidence)
    without = [each for each in returns if each.cookie == "missing"]
    figures = f"{len(without)} of {many(len(returns), 'return')} in the 24 hours before came without their cookie"
    if len(returns) < ENOUGH:
        return unknown(f"{figures}: too few to be sure.")
    if len(without) >= STRIPPED * len(returns):
        return likely(f"{figures}.")
    return unlikely(f"{figures}: the others had it.")


def cookies_blocked(evidence: Evidence) -> Finding:
    """This browser keeps no cookies."""
    if cookies_stripped(evidence).likelihood == "likely":
        return unlikely("The cookie is lost for nearly everybody, not for this browser alone.")
    started, returned = _named(evidence)
    if not started or started != returned:
        return unknown("It is not known to be one browser that lost its cookie.")
    others = _returns(evidence)[:-1]
    kept = [each for each in others if each.cookie == "same"]
    if not kept:
        return unknown(f"Both were {started}; nobody else came back in the 24 hours before to compare with.")
    return likely(f"Both were {started}, and {len(kept)} of {many(len(others), 'other return')} had their cookie.")


def tab_left_open(evidence: Evidence) -> Finding:
    attempt = evidence.attempt
    if evidence.age is None:
        return unknown("When it was begun is not kept.")
    if attempt.returns > 1:
        return unlikely(f"It had come back before: {attempt.returns} times in all.")
    if attempt.cookie != "same":
        return unknown("It did not come back in the browser that began it, as far as its cookie tells.")
    return likely(f"It came back {span(evidence.age)} after its start, for the first time; {_limit(evidence)}.")


def link_from_history(evidence: Evidence) -> Finding:
    """The address of the return was opened once more."""
    attempt = evidence.attempt
    if attempt.returns > 1:
        return likely(f"It came back {attempt.returns} times, first {moment(attempt.returned_at or evidence.at)}.")
    began = attempt.started_at or evidence.this.seen_at
    later = [each for each in evidence.browser if began < each.seen_at <= evidence.at]
    if later:
        return likely(f"The same browser had begun again since: {later[-1].name}, {moment(later[-1].seen_at)}.")
    return unknown("It came back once, and the browser has no later start: nothing tells where the link was kept.")


def waited_for_approval(evidence: Evidence) -> Finding:
    if evidence.age is None:
        return unknown("When it was begun is not kept.")
    if evidence.age < HOUR:
        return unlikely(f"It came back after {span(evidence.age)}: no admin was waited for that long.")
    refused = {each.browser_digest: each.at for each in evidence.around if each.code == DENIED and each.verified}
    approved = [
        each
        for each in evidence.around
        if each.is_stored
        and each.at > refused.get(each.browser_digest, each.at)  # with the refusal no customer is named
    ]
    if approved:
        browsers = len({each.browser_digest for each in approved})
        return likely(
            f"It came back after {span(evidence.age)}, and {many(browsers, 'browser')} of the app's visitors was "
            f"refused without a reason and succeeded later, {approved[-1].name} last."
        )
    return unknown(f"It came back after {span(evidence.age)}; no visitor of the app was seen to need an approval.")


def secret_key_changed(evidence: Evidence) -> Finding:
    """The state was signed with a key that this service no longer has."""
    key, started_at = evidence.attempt.key_id, evidence.attempt.process_started_at
    if not key or not started_at:
        return unknown("Which key the service had then was not kept yet.")
    keys = [each for each in evidence.around if each.key_id and each.at <= evidence.at]
    others = [each for each in keys if each.key_id != key]
    if not others:
        if keys:
            return unlikely(f"The newest key was the same in {many(len(keys), 'attempt')} of the week before.")
        return unknown("No attempt of the week before is kept to compare the key with.")
    met = [
        each
        for each in [*evidence.around, evidence.this]
        if each.code == evidence.this.code and started_at <= each.at <= started_at + HOUR
    ]
    browsers = people(met)
    changed = f"The newest key changed between {moment(others[-1].at)} and {moment(started_at)}"
    if browsers >= MET_BY:
        return likely(f"{changed}, and {browsers} browsers met this within the hour after.")
    return unknown(f"{changed}; only {many(browsers, 'browser')} met this within the hour after.")


def key_differs_between_processes(evidence: Evidence) -> Finding:
    """Several processes run at once with different keys: each refuses what the other signed."""
    key, started_at = evidence.attempt.key_id, evidence.attempt.process_started_at
    if not key or not started_at:
        return unknown("Which key the service had then was not kept yet.")
    since = [each for each in evidence.near(DAY) if each.key_id and each.at > started_at + OVERLAP]
    beside = [each for each in since if each.key_id != key]
    if beside:
        return likely(
            f"The process that refused it runs since {moment(started_at)}; another one with another key took "
            f"{beside[0].name} at {moment(beside[0].at)}."
        )
    if since:
        return unlikely(f"No other key was at work beside it in {many(len(since), 'attempt')} since it started.")
    return unknown("No attempt since its start is kept to compare the key with.")


def truncated(evidence: Evidence) -> Finding:
    """A part of the address was lost."""
    length, like_ours = evidence.attempt.state_length, evidence.attempt.state_like_ours
    if length is None or evidence.app is None:
        return unknown("How long its state was is not kept.")
    least = shortest(evidence.attempt.client_id, evidence.app.redirect_uri)
    if like_ours and length < least:
        return likely(f"Its state begins like ours and has {length} characters; ours have at least {least}.")
    if like_ours:
        return unlikely(f"Its state has {length} characters; ours have at least {least}.")
    return unlikely(f"Its state, of {many(length, 'character')}, does not begin like ours.")


def foreign_start_link(evidence: Evidence) -> Finding:
    """A link made by hand, or by another program, with a state of its own."""
    attempt = evidence.attempt
    if attempt.state_like_ours is None:
        return unknown("What its state looked like is not kept.")
    if attempt.state_like_ours:
        return unlikely("Its state begins like ours.")
    start = _start_within(evidence, DAY)
    if start:
        return unlikely(f"This browser had begun {start.name} here, {span(evidence.at - start.seen_at)} before.")
    return likely(
        f"Its state has nothing of our form ({many(attempt.state_length or 0, 'character')}), and no start of this "
        "browser is kept."
    )


def hand_made(_evidence: Evidence) -> Finding:
    """The address was cut or typed."""
    return likely("It came back with a state of ours and neither a code nor an error; Slack sends one of the two.")


def reload_or_back(evidence: Evidence) -> Finding:
    """The same person reloaded the page, or went back to it."""
    attempt = evidence.attempt
    if attempt.repeat_cookie is None:
        return unknown("Who came back with the used link is not kept.")
    after = evidence.at - (attempt.spent_at or evidence.at)
    when = f"{span(after)} after it was used"
    if attempt.repeat_cookie == "same":
        return likely(f"The same browser came back {when}; its first outcome was: {attempt.outcome or 'none yet'}.")
    if attempt.repeat_ip_hash != attempt.return_ip_hash:
        return unlikely(f"Another browser of another network came back, {when}.")
    if attempt.repeat_cookie == "missing" and after <= MINUTE:
        return likely(f"A browser of the same network, without its cookie, came back {when}.")
    return unknown(f"Another browser of the same network came back {when}: half an office shares it.")


def link_shared(evidence: Evidence) -> Finding:
    """Somebody was sent the address of the return."""
    attempt = evidence.attempt
    if attempt.repeat_cookie is None:
        return unknown("Who came back with the used link is not kept.")
    if attempt.repeat_cookie == "same":
        return unlikely("The same browser came back with it.")
    when = f"{span(max(0, evidence.at - (attempt.spent_at or evidence.at)))} after it was used"
    if attempt.repeat_ip_hash == attempt.return_ip_hash:
        return unknown(f"Another browser of the same network came back {when}.")
    return likely(f"Another browser, in another network, came back with it {when}.")


def _start_within(evidence: Evidence, before: int) -> Kept | None:
    """The last start of the returning browser within a time (ms) before."""
    starts = [
        each for each in evidence.browser if each.verified and evidence.at - before <= each.seen_at <= evidence.at
    ]
    return starts[-1] if starts else None


def _returns(evidence: Evidence) -> list[Kept]:
    """The returns with a state of ours in the 24 hours before, this one last."""
    since = [each for each in evidence.verified_before(DAY) if each.returned_at]
    return [*since, evidence.this] if evidence.this.verified else since


def _named(evidence: Evidence) -> tuple[str, str]:
    """Browser and system at the start and at the return; empty where one is not known."""
    attempt = evidence.attempt
    return _name(attempt.browser, attempt.system), _name(attempt.return_browser, attempt.return_system)


def _name(browser: str | None, system: str | None) -> str:
    return f"{browser} on {system}" if browser and system else ""


def _limit(evidence: Evidence) -> str:
    limit = evidence.attempt.state_limit
    return f"links lived {span(limit * 1000)} then" if limit else "how long links lived then was not kept yet"
