"""What can be behind a start that nobody came back from."""

from dashboard.core.clock import DAY, HOUR, MINUTE
from tests.support.circumstances import Case, began, came_back, failed, stored

DENIED = "access_denied_unexplained"
ELSEWHERE = "http://intranet.example/callback"
FIVE = tuple(began(-number * HOUR) for number in range(1, 6))
ABANDONED = ("abandoned",)


def read(code: str) -> frozenset[str]:
    return frozenset((code,))


def since_a_change(**columns):
    """Four starts with other columns than before, and one success from before."""
    return (stored(-3 * DAY), *(began(-number * HOUR, **columns) for number in range(1, 5)))


CASES = [
    Case(
        "never_came_back.not_distributed",
        "likely",
        "None of 6 starts in the week before came back, and it was ever stored in no workspace but Home",
        others=FIVE,
        places=({"team_id": "T0HOME", "team_name": "Home"},),
    ),
    Case(
        "never_came_back.not_distributed",
        "likely",
        "None of 8 starts in the week before",
        others=(*FIVE, began(-DAY), stored(-2 * DAY, team_id="T0HOME")),
        places=({"team_id": "T0HOME", "team_name": "Home"},),
    ),
    Case(
        "never_came_back.not_distributed",
        "likely",
        "The customer read on Slack's page that the app is not open",
        read=read("invalid_team_for_non_distributed_app"),
    ),
    Case(
        "never_came_back.not_distributed",
        "unlikely",
        "1 of 7 starts in the week before came back",
        others=(*FIVE, came_back(-DAY, "access_denied")),
    ),
    Case(
        "never_came_back.not_distributed",
        "unlikely",
        "more than one workspace: Home, Initech",
        others=FIVE,
        places=({"team_id": "T0HOME", "team_name": "Home"}, {"team_id": "T2", "team_name": "Initech"}),
    ),
    Case(
        "never_came_back.not_distributed", "unknown", "There were 2 starts in the week before", others=(began(-HOUR),)
    ),
    Case(
        "never_came_back.not_registered",
        "likely",
        "None of 5 starts with this redirect URL came back",
        this={"redirect_uri": ELSEWHERE},
        others=since_a_change(redirect_uri=ELSEWHERE),
    ),
    Case("never_came_back.not_registered", "likely", "the redirect URL is none of", read=read("bad_redirect_uri")),
    Case(
        "never_came_back.not_registered",
        "unlikely",
        "1 of 2 starts with this redirect URL in the week before came back",
        others=(stored(-DAY),),
    ),
    Case("never_came_back.not_registered", "unknown", "Ask what they read there", others=FIVE),
    Case(
        "never_came_back.wrong_scheme_or_host",
        "likely",
        "none of 6 starts came back to it",
        this={"redirect_uri": ELSEWHERE},
        others=tuple(began(-number * HOUR, redirect_uri=ELSEWHERE) for number in range(1, 6)),
    ),
    Case("never_came_back.wrong_scheme_or_host", "unlikely", "is under PUBLIC_URL"),
    Case(
        "never_came_back.wrong_scheme_or_host",
        "unlikely",
        "but 1 of 2 came back to it",
        this={"redirect_uri": ELSEWHERE},
        others=(stored(-DAY, redirect_uri=ELSEWHERE),),
    ),
    Case(
        "never_came_back.wrong_scheme_or_host",
        "unknown",
        "1 start is too few to tell",
        this={"redirect_uri": ELSEWHERE},
    ),
    Case("never_came_back.wrong_scheme_or_host", "unknown", "is not known any more", app=None),
    Case("never_came_back.unknown_app", "likely", "the client id is not valid", read=read("invalid_client_id")),
    Case(
        "never_came_back.unknown_app", "unlikely", "with this client id in the week before came", others=(stored(-DAY),)
    ),
    Case("never_came_back.unknown_app", "unknown", "Ask what they read there", others=FIVE),
    Case(
        "never_came_back.not_in_slack_configuration",
        "likely",
        "None of 5 starts with these scopes came back",
        this={"scopes": "im:read"},
        others=since_a_change(scopes="im:read"),
    ),
    Case(
        "never_came_back.not_in_slack_configuration",
        "likely",
        "the requested scopes are not valid",
        read=read("invalid_scope"),
    ),
    Case(
        "never_came_back.not_in_slack_configuration",
        "unlikely",
        "with these scopes in the week before came back",
        others=(failed(-DAY, "bad_client_secret"),),
    ),
    Case("never_came_back.not_in_slack_configuration", "unknown", "Ask what they read there", others=FIVE),
    Case(
        "never_came_back.waiting_for_approval",
        "likely",
        "3 h",
        this={"browser_digest": "one"},
        others=(stored(3 * HOUR, browser_digest="one"),),
        codes=ABANDONED,
    ),
    Case(
        "never_came_back.waiting_for_approval",
        "likely",
        "had been refused without a reason",
        this={"browser_digest": "one"},
        others=(came_back(-DAY, DENIED, browser_digest="one"),),
    ),
    Case(
        "never_came_back.waiting_for_approval",
        "unknown",
        "Slack tells nobody",
        others=(stored(10 * MINUTE, ip_hash="alike"),),
        this={"ip_hash": "alike"},
    ),
    Case("never_came_back.app_limit_of_plan", "likely", "as many apps as its plan allows", read=read("app_limit")),
    Case("never_came_back.app_limit_of_plan", "unknown", "which plan the customer has, nobody tells us"),
    Case(
        "never_came_back.closed_the_tab",
        "unknown",
        "The same browser began again 2 min later",
        this={"browser_digest": "one"},
        others=(began(2 * MINUTE, browser_digest="one"),),
    ),
    Case("never_came_back.closed_the_tab", "unknown", "Nothing tells that somebody closed a tab"),
]
