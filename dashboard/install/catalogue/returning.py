"""What can be wrong with a return before Slack is asked: the state, the cookie, the address."""

from dashboard.install.catalogue.entry import aliases, entry

_NO_STATE = entry(
    "no_state",
    "This installation did not begin here",
    "It was begun from a link that we cannot follow up, so nothing was installed. Start here instead: it takes you to "
    "Slack and back.",
    start_again=True,
    button="Start here",
)
_STATE_UNKNOWN = entry(
    "state_unknown",
    "We do not recognise this link",
    "Part of the address is missing or out of date, so nothing was installed. A fresh start gives you a fresh link.",
    start_again=True,
)

ENTRIES = (
    _NO_STATE,
    *aliases(_NO_STATE, "invalid_browser"),
    entry(
        "no_cookie",
        "Your browser did not keep its place",
        "You seem to have come back in another browser or window, or cookies are blocked, so we could not tell that it "
        "was you. Start again and stay in one browser; if you are inside another app, open the link in your browser.",
        start_again=True,
    ),
    entry(
        "cookie_mismatch",
        "You came back in another browser",
        "An installation has to be finished in the browser it was begun in. Nothing was installed; start again and "
        "stay in this one.",
        start_again=True,
    ),
    entry(
        "state_expired",
        "The link had expired",
        "You came back after {age}; links work for {limit}. One click starts afresh.",
        start_again=True,
    ),
    entry(
        "state_reused",
        "This link was already used",
        "Somebody has come back with it before, perhaps you, in another window or browser. If the app is in your "
        "workspace already, there is nothing left to do. If not, start again.",
        start_again=True,
    ),
    _STATE_UNKNOWN,
    *aliases(_STATE_UNKNOWN, "invalid_state"),
    entry(
        "missing_code",
        "Slack's confirmation is missing",
        "The address you came back with is incomplete, so nothing was installed. Start again from here.",
        start_again=True,
    ),
)
