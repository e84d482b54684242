"""What can be wrong with a return before Slack is asked: the state, the cookie, the address."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import returning
from dashboard.install.catalogue.entry import (
    AFTER_FIX,
    CRITICAL,
    INSTALLER,
    MAJOR,
    MINOR,
    NOBODY,
    NONE,
    OPERATOR,
    YES,
    Cause,
    Support,
    alias,
    entry,
)

_LINK_US = "Look where the link stands that they followed, and put the app's install page there instead."
_NO_STATE_SUPPORT = Support(
    owner=OPERATOR,
    severity=MINOR,
    retry=YES,
    explanation="Slack sent somebody to us whom we had not sent to Slack: from the app's page in Slack's directory, "
    "from a button with Slack's address in it, or from “Reinstall” in the app's settings at Slack.",
    us=_LINK_US,
    customer="Start from the install page.",
    reply=replies.STARTED_ELSEWHERE,
    causes=(
        Cause(
            returning.begun_at_slack,
            us="In the app's directory listing at Slack set the installation's landing page to the install page here.",
        ),
    ),
    at_app=True,
)
_NO_STATE = entry(
    "no_state",
    text("This installation did not begin here"),
    text(
        "It was begun from a link that we cannot follow up, so nothing was installed. Start here instead: it takes "
        "you to Slack and back."
    ),
    _NO_STATE_SUPPORT,
    start_again=True,
    button=text("Start here"),
)

_FOREIGN_CAUSES = (
    Cause(
        returning.secret_key_changed,
        owner=OPERATOR,
        severity=MAJOR,
        us="Put the former key behind the new one in SECRET_KEY (“new,old”): links that are underway stay good.",
    ),
    Cause(
        returning.key_differs_between_processes,
        owner=OPERATOR,
        severity=CRITICAL,
        retry=AFTER_FIX,
        us="Give every process the same SECRET_KEY: each refuses what another has signed.",
        reply=replies.OUR_SETTING,
    ),
    Cause(returning.truncated, reply=replies.INCOMPLETE_LINK),
    Cause(returning.foreign_start_link, owner=OPERATOR, us=_LINK_US, reply=replies.STARTED_ELSEWHERE),
)
_STATE_UNKNOWN = entry(
    "state_unknown",
    text("We do not recognise this link"),
    text(
        "Part of the address is missing or out of date, so nothing was installed. A fresh start gives you a fresh link."
    ),
    Support(
        owner=INSTALLER,
        severity=MINOR,
        retry=YES,
        explanation="The state that came back is none that this service signed: a part of the address was lost, it was "
        "made somewhere else, or the key that signed it is gone. Nothing was sent to Slack.",
        us="Nothing for one alone. Where several meet it after a release, compare SECRET_KEY with the one before.",
        customer="Start again, from the install page and not from a saved address.",
        reply=replies.INCOMPLETE_LINK,
        causes=_FOREIGN_CAUSES,
    ),
    start_again=True,
)

ENTRIES = (
    _NO_STATE,
    alias(
        _NO_STATE,
        "invalid_browser",
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="Who came back could not be shown to be who began. Attempts have a more telling code beside "
            "this one (no state, no cookie, another cookie); it stands alone only where an older release wrote it.",
            us=_LINK_US,
            customer="Start from the install page and stay in one browser.",
            reply=replies.ONE_BROWSER,
            causes=(Cause(returning.begun_at_slack), Cause(returning.other_browser)),
            at_app=True,
        ),
    ),
    entry(
        "no_cookie",
        text("Your browser did not keep its place"),
        text(
            "You seem to have come back in another browser or window, or cookies are blocked, so we could not tell "
            "that it was you. Start again and stay in one browser; if you are inside another app, open the link in "
            "your browser."
        ),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="The return had no cookie of ours. Links that are opened inside another app's window, or sent "
            "on from a phone to a computer, end so; where nearly all do, something in front of us strips cookies.",
            us="Nothing for one alone.",
            customer="Open the link in one browser, not inside another app, with cookies allowed, and finish there.",
            reply=replies.ONE_BROWSER,
            causes=(
                Cause(
                    returning.cookies_stripped,
                    owner=OPERATOR,
                    severity=CRITICAL,
                    retry=AFTER_FIX,
                    us="Let the proxy pass Cookie and Set-Cookie on, and look that PUBLIC_URL is the address that "
                    "people see.",
                    reply=replies.OUR_SETTING,
                ),
                Cause(returning.in_app_browser, reply=replies.OPEN_IN_BROWSER),
                Cause(returning.other_browser),
                Cause(returning.cookies_blocked, reply=replies.ALLOW_COOKIES),
            ),
        ),
        start_again=True,
    ),
    entry(
        "cookie_mismatch",
        text("You came back in another browser"),
        text(
            "An installation has to be finished in the browser it was begun in. Nothing was installed; start again and "
            "stay in this one."
        ),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="A browser came back that holds a cookie of ours, but not of this start: another profile, a "
            "private window, another device, or a colleague who was sent the link. Refusing it is what keeps one "
            "person from finishing another's installation.",
            us="Nothing.",
            customer="Start again in the browser they want to use, and finish there.",
            reply=replies.ONE_BROWSER,
            causes=(Cause(returning.other_browser), Cause(returning.in_app_browser, reply=replies.OPEN_IN_BROWSER)),
        ),
        start_again=True,
    ),
    entry(
        "state_expired",
        text("The link had expired"),
        text("You came back after {age}; links work for {limit}. One click starts afresh."),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="Between the start and the return more time passed than a link lives. Nothing was sent to "
            "Slack, and Slack's code was not used.",
            us="If many wait for an approval, DASHBOARD_STATE_TTL can be longer.",
            customer="Start again and go straight through.",
            reply=replies.EXPIRED,
            causes=(
                Cause(returning.waited_for_approval, reply=replies.EXPIRED_WAITING),
                Cause(returning.link_from_history),
                Cause(returning.tab_left_open),
            ),
        ),
        start_again=True,
    ),
    entry(
        "state_reused",
        text("This link was already used"),
        text(
            "Somebody has come back with it before, perhaps you, in another window or browser. If the app is in your "
            "workspace already, there is nothing left to do. If not, start again."
        ),
        Support(
            owner=NOBODY,
            severity=NONE,
            retry=YES,
            explanation="A link works once. The browser that used it is shown the first outcome again; any other one "
            "reads this. It changes nothing about the first outcome.",
            us="Nothing.",
            customer="Look whether the app is in the workspace; if not, start again.",
            reply=replies.USED_LINK,
            causes=(Cause(returning.reload_or_back), Cause(returning.link_shared)),
        ),
        start_again=True,
    ),
    _STATE_UNKNOWN,
    alias(
        _STATE_UNKNOWN,
        "invalid_state",
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="The state could not be used. Attempts have a more telling code beside this one (unknown, "
            "expired, used); it stands alone only where an older release wrote it.",
            us="Nothing for one alone.",
            customer="Start again, from the install page and not from a saved address.",
            reply=replies.INCOMPLETE_LINK,
            causes=_FOREIGN_CAUSES,
        ),
    ),
    entry(
        "missing_code",
        text("Slack's confirmation is missing"),
        text("The address you came back with is incomplete, so nothing was installed. Start again from here."),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="Slack sends either a code or an error. An address with neither was cut, typed, or made by a "
            "program that tries addresses out.",
            us="Nothing.",
            customer="Start again and let Slack lead back by itself.",
            reply=replies.INCOMPLETE_LINK,
            causes=(Cause(returning.hand_made),),
        ),
        start_again=True,
    ),
)
