"""The error catalogue: one entry for every way an installation can end badly, by its code.

A code is the most telling of what is known: Slack's own error, else our detail, else the reason. An entry holds the
visitor's half (what the failure page says). The support half (whose it is to fix, causes with evidence, remedy, reply)
joins it here, in the same entries.
"""

from dashboard.catalogue import exchange, ours, returning, slack_page, slack_side
from dashboard.catalogue.entry import Entry, Visitor

__all__ = ["ENTRIES", "UNKNOWN", "Entry", "Visitor", "code_of", "find", "is_catalogued"]

ENTRIES: dict[str, Entry] = {
    entry.code: entry
    for entries in (slack_page.ENTRIES, returning.ENTRIES, exchange.ENTRIES, slack_side.ENTRIES, ours.ENTRIES)
    for entry in entries
}
UNKNOWN = ENTRIES["unknown_error"]

# Slack uses these names too, for something else.
_SLACKS_OWN = {"access_denied": "slack_access_denied", "internal_error": "slack_internal_error"}


def code_of(reason: str, detail: str | None, slack_error: str | None) -> str:
    """The catalogue's code of a failure. It need not have an entry: Slack can send codes nobody has written down."""
    if slack_error:
        return _SLACKS_OWN.get(slack_error, slack_error)
    return detail or reason


def is_catalogued(code: str) -> bool:
    return code in ENTRIES


def find(code: str) -> Entry:
    """The entry of a code, or the generic one."""
    return ENTRIES.get(code, UNKNOWN)
