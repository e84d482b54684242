"""What a token that Slack refuses right after it gave it can come from."""

from dashboard.core.clock import HOUR, MINUTE
from tests.support.circumstances import AT, Case, failed, stored

SAME = ""

CASES = [
    Case(
        "token.removed_at_once",
        "likely",
        " 400 ms after it gave the token",
        this={"closed_at": AT + 400},
    ),
    Case(
        "token.removed_at_once",
        "likely",
        "Slack answered token_revoked 2 s after it gave the token",
        this={"closed_at": AT + 2000},
        codes=("token_revoked",),
    ),
    Case(
        "token.removed_at_once",
        "unknown",
        "The exchange itself was refused",
        this={"step": "verified", "exchanged_at": None},
    ),
    Case(
        "token.allowed_addresses",
        "likely",
        "Each of 3 token checks of the app was refused",
        others=(failed(-HOUR, "invalid_auth"), failed(-2 * HOUR, "invalid_auth")),
        elsewhere=(stored(MINUTE),),
    ),
    Case(
        "token.allowed_addresses",
        "unlikely",
        "2 other checks of the app passed",
        others=(failed(-HOUR, "invalid_auth"), stored(HOUR), stored(2 * HOUR)),
        elsewhere=(stored(MINUTE),),
    ),
    Case(
        "token.allowed_addresses",
        "unknown",
        "3 of 3 token checks of the app were refused within a day of it, and 0 checks of other apps passed",
        others=(failed(-HOUR, "invalid_auth"), failed(-2 * HOUR, "invalid_auth")),
    ),
    Case(
        "token.not_known_yet",
        "likely",
        "succeeded 2 min later",
        this={"browser_digest": "one"},
        others=(stored(2 * MINUTE, browser_digest="one"),),
    ),
    Case("token.not_known_yet", "unknown", "has not tried again since"),
    Case("token.rotated_by_two", "unknown", "leaves no trace of who did it when"),
]
