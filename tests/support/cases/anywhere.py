"""Whom else it met, and since which release."""

from dashboard.core.clock import DAY, HOUR, MINUTE
from tests.support.circumstances import Case, failed, stored

SAME = ""  # in the place of the code that is asked about

CASES = [
    Case(
        "anywhere.everybody_meets_it",
        "likely",
        "Each of 4 that asked Slack within a day of it ended so, of 4 customers or browsers",
        others=tuple(failed(-number * HOUR, SAME) for number in (1, 2, 3)),
    ),
    Case(
        "anywhere.everybody_meets_it",
        "likely",
        "Each of 3 that asked",
        others=tuple(failed(-number * HOUR, SAME) for number in (1, 2)),
    ),
    Case(
        "anywhere.everybody_meets_it",
        "unlikely",
        "1 other of the app within a day of it succeeded",
        others=(stored(-HOUR), failed(-2 * HOUR, SAME), failed(-3 * HOUR, SAME)),
    ),
    Case("anywhere.everybody_meets_it", "unknown", "Nobody else asked Slack within a day", others=(stored(-2 * DAY),)),
    Case(
        "anywhere.everybody_meets_it",
        "unknown",
        "Of 2 others within a day of it 2 ended so: too few",
        this={"browser_digest": "one"},
        others=tuple(failed(-number * MINUTE, SAME, browser_digest="one") for number in (1, 2)),
    ),
    Case(
        "anywhere.this_customer_alone",
        "likely",
        "2 others of the app succeeded within a day of it",
        others=(stored(-HOUR), stored(HOUR)),
    ),
    Case(
        "anywhere.this_customer_alone",
        "unlikely",
        "It met 1 other customer or browser within a day of it, too",
        others=(stored(-HOUR), failed(HOUR, SAME)),
    ),
    Case("anywhere.this_customer_alone", "unknown", "Nobody else asked Slack within a day"),
    Case(
        "anywhere.this_customer_alone",
        "unknown",
        "Nobody else asked Slack within a day",
        this={"browser_digest": "one"},
        others=(stored(HOUR, browser_digest="one", team_id="T1"),),
    ),
    Case(
        "anywhere.with_this_release",
        "likely",
        "Since release 2.0 each of 3 ended so",
        this={"release": "2.0"},
        others=(
            stored(-2 * DAY, release="1.9"),
            failed(-HOUR, SAME, release="2.0"),
            failed(-2 * HOUR, SAME, release="2.0"),
        ),
    ),
    Case(
        "anywhere.with_this_release",
        "unlikely",
        "Release 2.0 stored 1 other in the week before",
        this={"release": "2.0"},
        others=(stored(-DAY, release="2.0"),),
    ),
    Case(
        "anywhere.with_this_release",
        "unlikely",
        "It was met before release 2.0, too",
        this={"release": "2.0"},
        others=(failed(-DAY, SAME, release="1.9"),),
    ),
    Case(
        "anywhere.with_this_release",
        "unknown",
        "Release 1.0 has too few attempts to compare: 0 others",
        this={"release": "1.0"},
    ),
]
