"""The error catalogue: one entry for every way an installation can end badly, by its code.

A code is the most telling of what is known: Slack's own error, else our detail, else the reason. An entry holds the
visitor's half, which the failure page shows, and support's: whose it is to fix, causes with evidence, remedy, reply.
"""

from dashboard.install.catalogue import (
    app_settings,
    code_and_token,
    customer_rules,
    our_request,
    ours,
    returning,
    slack_page,
    slack_side,
)
from dashboard.install.catalogue.entry import APP_OWNER, OPERATOR, SLACK, Entry, Visitor

__all__ = [
    "ENTRIES",
    "MODULES",
    "OURS",
    "THEIRS",
    "UNKNOWN",
    "Entry",
    "Visitor",
    "code_of",
    "code_on_return",
    "find",
    "is_catalogued",
]
__all__ += ["title", "whose"]

MODULES = (slack_page, returning, app_settings, code_and_token, customer_rules, our_request, slack_side, ours)
ENTRIES: dict[str, Entry] = {entry.code: entry for module in MODULES for entry in module.ENTRIES}
UNKNOWN = ENTRIES["unknown_error"]

# Whose the failures of a code are to fix, as far as the desk sorts by it. The settings of the app at Slack are ours.
_SIDES = {APP_OWNER: "ours", OPERATOR: "ours", SLACK: "Slack's"}
THEIRS = {
    side: tuple(code for code, entry in ENTRIES.items() if _SIDES.get(entry.support.owner, "the customer's") == side)
    for side in ("ours", "Slack's", "the customer's")
}

OURS = frozenset(entry.code for entry in (*returning.ENTRIES, *ours.ENTRIES)) - {UNKNOWN.code} | slack_side.OURS
_ON_RETURN = (
    frozenset(entry.code for entry in (*slack_page.ENTRIES, *slack_side.ENTRIES))
    - slack_side.OURS
    - {"access_denied_unexplained"}
)


def code_of(reason: str, detail: str | None, slack_error: str | None) -> str:
    """The catalogue's code of a failure. It need not have an entry: Slack can send codes nobody has written down."""
    if slack_error:  # Slack uses some of our names too, for something else
        return f"slack_{slack_error}" if slack_error in OURS or slack_error == "access_denied" else slack_error
    return detail or reason


def code_on_return(error: str) -> str:
    """The code of an `error` in a return's query. Anybody can write one there: it has the words of Slack's page, or of
    Slack's passing faults, but none of those that tell what became of an exchange, or of a state."""
    if error in ENTRIES and error not in _ON_RETURN | {UNKNOWN.code}:
        return f"slack_{error}"
    return error


def is_catalogued(code: str) -> bool:
    return code in ENTRIES


def find(code: str) -> Entry:
    """The entry of a code, or the generic one."""
    return ENTRIES.get(code, UNKNOWN)


def whose(code: str) -> str:
    """Whose it is to fix: ours, Slack's or the customer's. What nobody knows is ours to look at."""
    return next((side for side, codes in THEIRS.items() if code in codes), "ours")


def title(code: str) -> str:
    """What a code's page is headed with, as the desk names it."""
    return ENTRIES[code].visitor.title if is_catalogued(code) else "Not in the catalogue yet"
