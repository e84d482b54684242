"""What can be wrong with a return before Slack is asked."""

from dashboard.core.clock import DAY, HOUR, MINUTE
from tests.support.circumstances import AT, Case, began, came_back, stored

DENIED = "access_denied_unexplained"
FIREFOX = {"browser": "Firefox", "system": "Windows"}
BACK_IN_FIREFOX = {"return_browser": "Firefox", "return_system": "Windows"}
BACK_IN_SAFARI = {"return_browser": "Safari", "return_system": "iOS"}
NO_KEY = {"key_id": None}
NEVER_STORED = ("state_reused",)  # nor is who repeated it
NO_STATE = {"verified": False, "browser_digest": None, "return_browser_digest": "one"}


def returns(without: int, with_it: int):
    lost = [came_back(-number * MINUTE, "no_cookie", cookie="missing") for number in range(1, without + 1)]
    return (*lost, *(stored(-number * MINUTE, cookie="same") for number in range(1, with_it + 1)))


CASES = [
    Case(
        "returning.begun_at_slack",
        "likely",
        "It came from acme.slack.com, and no start of this browser is kept",
        this={**NO_STATE, "return_referrer_host": "acme.slack.com"},
    ),
    Case(
        "returning.begun_at_slack",
        "unlikely",
        "This browser had begun",
        this={**NO_STATE, "return_referrer_host": "slack.com"},
        others=(began(-10 * MINUTE, browser_digest="one"),),
    ),
    Case("returning.begun_at_slack", "unknown", "did not say from which page", this=NO_STATE),
    Case(
        "returning.begun_at_slack",
        "unknown",
        "It came from evil-slack.com, which is not Slack's",
        this={**NO_STATE, "return_referrer_host": "evil-slack.com"},
    ),
    Case(
        "returning.other_browser",
        "likely",
        "begun in Firefox on Windows and came back in Safari on iOS",
        this={**FIREFOX, **BACK_IN_SAFARI},
    ),
    Case(
        "returning.other_browser",
        "unlikely",
        "Both were Firefox on Windows: another profile or a private window is left",
        this={**FIREFOX, **BACK_IN_FIREFOX, "cookie": "other"},
        codes=("cookie_mismatch",),
    ),
    Case(
        "returning.other_browser",
        "unlikely",
        "Both were Firefox on Windows.",
        this={**FIREFOX, **BACK_IN_FIREFOX, "cookie": "missing"},
        codes=("no_cookie", "invalid_browser"),
    ),
    Case("returning.other_browser", "unknown", "Which browser it was is not known", this=FIREFOX),
    Case(
        "returning.in_app_browser",
        "likely",
        "the browser inside the LinkedIn app",
        this={"browser": "LinkedIn", "system": "iOS", **BACK_IN_SAFARI},
    ),
    Case("returning.in_app_browser", "unknown", "Both name themselves Firefox", this={**FIREFOX, **BACK_IN_FIREFOX}),
    Case("returning.in_app_browser", "unknown", "Which browser it was is not known"),
    Case(
        "returning.cookies_stripped",
        "likely",
        "10 of 11 returns in the 24 hours before came without their cookie",
        this={"cookie": "missing"},
        others=returns(9, 1),
    ),
    Case(
        "returning.cookies_stripped",
        "unlikely",
        "4 of 11 returns in the 24 hours before came without",
        this={"cookie": "missing"},
        others=returns(3, 7),
    ),
    Case(
        "returning.cookies_stripped",
        "unknown",
        "3 of 3 returns in the 24 hours before came without their cookie: too few to be sure",
        this={"cookie": "missing"},
        others=returns(2, 0),
    ),
    Case(
        "returning.cookies_blocked",
        "likely",
        "and 4 of 5 other returns had their cookie",
        this={**FIREFOX, **BACK_IN_FIREFOX, "cookie": "missing"},
        others=returns(1, 4),
    ),
    Case(
        "returning.cookies_blocked",
        "unlikely",
        "lost for nearly everybody",
        this={**FIREFOX, **BACK_IN_FIREFOX, "cookie": "missing"},
        others=returns(10, 1),
    ),
    Case("returning.cookies_blocked", "unknown", "not known to be one browser", this={**FIREFOX, **BACK_IN_SAFARI}),
    Case(
        "returning.cookies_blocked",
        "unknown",
        "nobody else came back in the 24 hours before",
        this={**FIREFOX, **BACK_IN_FIREFOX},
    ),
    Case(
        "returning.tab_left_open",
        "likely",
        "It came back 3 d 4 h after its start, for the first time; links lived 10 min then",
        this={"started_at": AT - 76 * HOUR, "state_limit": 600, "cookie": "same"},
    ),
    Case(
        "returning.tab_left_open",
        "likely",
        "It came back 11 min after its start, for the first time; how long links lived then was not kept yet",
        this={"started_at": AT - 11 * MINUTE, "cookie": "same", "state_limit": None},
    ),
    Case("returning.tab_left_open", "unlikely", "It had come back before: 3 times in all", this={"returns": 3}),
    Case("returning.tab_left_open", "unknown", "When it was begun is not kept", this={"started_at": None}),
    Case("returning.tab_left_open", "unknown", "It did not come back in the browser", this={"cookie": "missing"}),
    Case("returning.link_from_history", "likely", "It came back 2 times, first", this={"returns": 2}),
    Case(
        "returning.link_from_history",
        "likely",
        "The same browser had begun again since",
        this={"started_at": AT - DAY, "browser_digest": "one"},
        others=(began(-HOUR, browser_digest="one"),),
    ),
    Case("returning.link_from_history", "unknown", "nothing tells where the link was kept"),
    Case(
        "returning.waited_for_approval",
        "likely",
        "It came back after 2 d, and 1 browser of the app's visitors was refused without a reason and succeeded later",
        this={"started_at": AT - 2 * DAY},
        others=(came_back(-2 * DAY, DENIED, browser_digest="one"), stored(-DAY, browser_digest="one", team_id="T1")),
    ),
    Case(
        "returning.waited_for_approval",
        "unlikely",
        "It came back after 30 min: no admin was waited for that long",
        this={"started_at": AT - 30 * MINUTE},
    ),
    Case(
        "returning.waited_for_approval",
        "unknown",
        "no visitor of the app was seen to need an approval",
        this={"started_at": AT - 2 * DAY},
    ),
    Case("returning.waited_for_approval", "unknown", "When it was begun is not kept", this={"started_at": None}),
    Case(
        "returning.secret_key_changed",
        "likely",
        "and 3 browsers met this within the hour after",
        this={"key_id": "new", "process_started_at": AT - 10 * MINUTE},
        others=(
            stored(-HOUR, key_id="old", process_started_at=AT - DAY),
            *(came_back(-number * MINUTE, "", key_id="new", process_started_at=AT - 10 * MINUTE) for number in (1, 2)),
        ),
    ),
    Case(
        "returning.secret_key_changed",
        "unlikely",
        "The newest key was the same in 1 attempt of the week before",
        this={"key_id": "one", "process_started_at": AT - HOUR},
        others=(stored(-DAY, key_id="one"),),
    ),
    Case("returning.secret_key_changed", "unknown", "Which key the service had then was not kept yet", this=NO_KEY),
    Case(
        "returning.secret_key_changed",
        "unknown",
        "No attempt of the week before",
        this={"key_id": "one", "process_started_at": AT - HOUR},
    ),
    Case(
        "returning.secret_key_changed",
        "unknown",
        "only 1 browser met this",
        this={"key_id": "new", "process_started_at": AT - 10 * MINUTE},
        others=(stored(-HOUR, key_id="old"),),
    ),
    Case(
        "returning.key_differs_between_processes",
        "likely",
        "another one with another key took",
        this={"key_id": "one", "process_started_at": AT - HOUR},
        others=(stored(-MINUTE, key_id="two", process_started_at=AT - HOUR),),
    ),
    Case(
        "returning.key_differs_between_processes",
        "unlikely",
        "No other key was at work beside it in 1 attempt since it started",
        this={"key_id": "one", "process_started_at": AT - HOUR},
        others=(stored(-MINUTE, key_id="one"),),
    ),
    Case(
        "returning.key_differs_between_processes",
        "unknown",
        "Which key the service had then was not kept yet",
        this=NO_KEY,
    ),
    Case(
        "returning.key_differs_between_processes",
        "unknown",
        "No attempt since its start is kept",
        this={"key_id": "one", "process_started_at": AT - HOUR},
    ),
    Case(
        "returning.truncated",
        "likely",
        "begins like ours and has 100 characters; ours have at least",
        this={"state_length": 100, "state_like_ours": True},
    ),
    Case(
        "returning.truncated",
        "unlikely",
        "Its state has 600 characters",
        this={"state_length": 600, "state_like_ours": True},
    ),
    Case(
        "returning.truncated",
        "unlikely",
        "of 9 characters, does not begin like ours",
        this={"state_length": 9, "state_like_ours": False},
    ),
    Case("returning.truncated", "unknown", "How long its state was is not kept", this={"state_length": None}),
    Case(
        "returning.foreign_start_link",
        "likely",
        "Its state has nothing of our form (9 characters)",
        this={**NO_STATE, "state_length": 9, "state_like_ours": False},
    ),
    Case(
        "returning.foreign_start_link",
        "unlikely",
        "This browser had begun",
        this={**NO_STATE, "state_length": 9, "state_like_ours": False},
        others=(began(-HOUR, browser_digest="one"),),
    ),
    Case(
        "returning.foreign_start_link",
        "unlikely",
        "begins like ours",
        this={"state_length": 9, "state_like_ours": True},
    ),
    Case(
        "returning.foreign_start_link",
        "unknown",
        "What its state looked like is not kept",
        this={"state_like_ours": None},
    ),
    Case("returning.hand_made", "likely", "neither a code nor an error"),
    Case(
        "returning.reload_or_back",
        "likely",
        "The same browser came back 5 s after it was used; its first outcome was: succeeded",
        this={"returns": 2, "repeat_cookie": "same", "last_returned_at": AT + 5000},
        codes=("succeeded",),
    ),
    Case(
        "returning.reload_or_back",
        "likely",
        "A browser of the same network, without its cookie, came back 7 s after it was used",
        this={
            "returns": 2,
            "repeat_cookie": "missing",
            "repeat_ip_hash": "a",
            "return_ip_hash": "a",
            "last_returned_at": AT + 7000,
        },
        codes=("succeeded",),
    ),
    Case(
        "returning.reload_or_back",
        "unlikely",
        "Another browser of another network came back, 2 h after",
        this={
            "returns": 2,
            "repeat_cookie": "other",
            "repeat_ip_hash": "b",
            "return_ip_hash": "a",
            "last_returned_at": AT + 2 * HOUR,
        },
        codes=("succeeded",),
    ),
    Case(
        "returning.reload_or_back",
        "unknown",
        "half an office shares it",
        this={"returns": 2, "repeat_cookie": "other", "repeat_ip_hash": "a", "return_ip_hash": "a"},
        codes=("succeeded",),
    ),
    Case("returning.reload_or_back", "unknown", "Who came back with the used link is not kept", codes=NEVER_STORED),
    Case(
        "returning.link_shared",
        "likely",
        "in another network, came back with it 2 h after it was used",
        this={
            "returns": 2,
            "repeat_cookie": "other",
            "repeat_ip_hash": "b",
            "return_ip_hash": "a",
            "last_returned_at": AT + 2 * HOUR,
        },
        codes=("succeeded",),
    ),
    Case(
        "returning.link_shared",
        "unlikely",
        "The same browser came back with it",
        this={"returns": 2, "repeat_cookie": "same"},
        codes=("succeeded",),
    ),
    Case(
        "returning.link_shared",
        "unknown",
        "Another browser of the same network",
        this={"returns": 2, "repeat_cookie": "other", "repeat_ip_hash": "a", "return_ip_hash": "a"},
        codes=("succeeded",),
    ),
    Case("returning.link_shared", "unknown", "Who came back with the used link is not kept", codes=NEVER_STORED),
]
