"""What in the customer's own organization, rules or account can stand against it."""

from dashboard.core.clock import DAY, HOUR
from tests.support.circumstances import Case, failed, stored

SAME = ""
ORGANIZATION = {"enterprise_id": "E1", "team_id": None, "enterprise_name": "Globex", "is_enterprise_install": True}

CASES = [
    Case(
        "customer.org_has_it",
        "likely",
        "Globex (E1) has it as a whole",
        this={"browser_digest": "one"},
        others=(stored(-DAY, browser_digest="one", team_id="T1", enterprise_id="E1"),),
        places=(ORGANIZATION,),
    ),
    Case("customer.org_has_it", "unlikely", "No organization has it as a whole"),
    Case(
        "customer.org_has_it",
        "unlikely",
        "E2 does not have it as a whole",
        this={"browser_digest": "one"},
        others=(stored(-DAY, browser_digest="one", team_id="T1", enterprise_id="E2"),),
        places=(ORGANIZATION,),
    ),
    Case("customer.org_has_it", "unknown", "As a whole it is installed in Globex", places=(ORGANIZATION,)),
    Case(
        "customer.account",
        "likely",
        "Somebody else of T1 installed it",
        this={"browser_digest": "one"},
        others=(stored(-9 * DAY, browser_digest="one", team_id="T1"), stored(-DAY, team_id="T1")),
    ),
    Case(
        "customer.account",
        "likely",
        "No other browser of T1 met it",
        this={"browser_digest": "one"},
        others=(stored(-DAY, browser_digest="one", team_id="T1"),),
    ),
    Case(
        "customer.account",
        "unlikely",
        "2 other browsers of T1 met it, too",
        this={"browser_digest": "one"},
        others=(
            *(stored(-DAY, browser_digest=browser, team_id="T1") for browser in ("one", "two", "three")),
            failed(-HOUR, SAME, browser_digest="two"),
            failed(-2 * HOUR, SAME, browser_digest="three"),
            failed(-2 * HOUR, SAME, browser_digest="somebody else's"),
        ),
    ),
    Case(
        "customer.account",
        "unknown",
        "this browser never installed it before",
        this={"team": "T1"},
        others=(stored(-DAY, team_id="T1"),),
    ),
    Case(
        "customer.moving",
        "likely",
        "T1 had no organization at",
        this={"browser_digest": "one"},
        others=(
            stored(-DAY, browser_digest="one", team_id="T1"),
            stored(HOUR, browser_digest="one", team_id="T1", enterprise_id="E1"),
        ),
    ),
    Case(
        "customer.moving",
        "likely",
        "and is in E1 now",
        this={"browser_digest": "one"},
        others=(stored(-DAY, browser_digest="one", team_id="T1"),),
        places=({"team_id": "T1", "enterprise_id": "E1"},),
    ),
    Case("customer.moving", "unknown", "Nothing that is kept of this customer shows an organization"),
    Case(
        "customer.policy",
        "likely",
        "The last success there was",
        this={"browser_digest": "one"},
        others=(stored(-DAY, browser_digest="one", team_id="T1"),),
    ),
    Case("customer.policy", "likely", "Nothing from before is kept of this customer"),
    Case("customer.fewer_scopes_granted", "unknown", "what was granted is not kept of a failure"),
]
