"""What can go wrong on this side."""

from dashboard.core.clock import DAY, HOUR, MINUTE
from tests.support.circumstances import AT, Case, failed, stored

WORDS = {
    "database_down": ("locked", "unavailable", "no_connection_left", "damaged"),
    "disk_full": ("disk_full",),
    "read_only": ("read_only",),
    "not_migrated": ("not_migrated",),
    "value_does_not_fit": ("too_long", "character_set"),
}
ALL = {word for words in WORDS.values() for word in words}
BEGAN = AT - HOUR  # the process

_DATABASE = [
    Case(
        f"ours.{cause}",
        "likely" if word in words else "unlikely",
        "1 other customer or browser met such trouble and 1 other succeeded" if word in words else "another trouble",
        this={"database_error": word},
        others=(failed(-MINUTE, "storage_error"), stored(MINUTE)),
    )
    for cause, words in WORDS.items()
    for word in sorted(ALL)
]
_UNDECIDED = [
    case
    for cause in WORDS
    for case in (
        Case(f"ours.{cause}", "unknown", "What the database's trouble was is not kept", this={"database_error": None}),
        Case(
            f"ours.{cause}",
            "unknown",
            "none of the known troubles (OddError)",
            this={"database_error": "other", "error_class": "OddError"},
        ),
    )
]

CASES = [
    Case(
        "ours.value_does_not_fit",
        "likely",
        "a value is longer than its column (one of enterprise_name, team_name); within five minutes 0 other",
        this={"database_error": "too_long", "database_columns": "enterprise_name,team_name"},
    ),
    *_DATABASE,
    *_UNDECIDED,
    Case(
        "ours.restarted",
        "likely",
        "another one started 30 s after, and 2 others ended with it",
        this={"process_started_at": BEGAN},
        others=(
            failed(-1000, "interrupted", process_started_at=BEGAN),
            failed(-2000, "interrupted", process_started_at=BEGAN),
            stored(MINUTE, process_started_at=AT + 30_000),
        ),
    ),
    Case(
        "ours.restarted",
        "unlikely",
        "The same process was still at work afterwards",
        this={"process_started_at": BEGAN},
        others=(stored(5 * MINUTE, process_started_at=BEGAN),),
    ),
    Case("ours.restarted", "unknown", "Which process took it was not kept yet", this={"process_started_at": None}),
    Case(
        "ours.restarted",
        "unknown",
        "No attempt of a process that started later",
        this={"process_started_at": BEGAN},
    ),
    Case(
        "ours.fault_in_the_code",
        "likely",
        "The code raised KeyError; 2 others met the same within a day",
        this={"error_class": "KeyError"},
        others=(
            failed(-HOUR, "internal_error", error_class="KeyError"),
            failed(HOUR, "internal_error", error_class="KeyError"),
            failed(-2 * DAY, "internal_error", error_class="KeyError"),
        ),
    ),
    Case(
        "ours.link_of_another",
        "likely",
        "Slack named T2, and the one-time link was made for another",
        this={"team_id": "T2"},
    ),
    Case("ours.fault_in_the_code", "unknown", "The class of the error is not kept"),
]
