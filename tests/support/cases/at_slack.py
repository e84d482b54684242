"""What happened on Slack's page, by what it sent back."""

from dashboard.core.clock import DAY, HOUR, MINUTE
from tests.support.circumstances import AT, Case, came_back, failed, stored

DENIED = "access_denied_unexplained"
SAME = ""
CANCELLED = "The user has denied access to the scope(s)"

CASES = [
    Case(
        "at_slack.pressed_cancel",
        "likely",
        "they were at Slack for 42 s",
        this={"slack_description": CANCELLED, "started_at": AT - 42_000},
    ),
    Case(
        "at_slack.pressed_cancel",
        "likely",
        "they were at Slack for 3 h 5 min",
        this={"slack_description": CANCELLED, "started_at": AT - 3 * HOUR - 5 * MINUTE},
    ),
    Case("at_slack.pressed_cancel", "unknown", "here it sent none", codes=(DENIED,)),
    Case(
        "at_slack.pressed_cancel",
        "unknown",
        "anybody may have written it",
        this={"slack_description": CANCELLED, "verified": False},
    ),
    Case(
        "at_slack.approval_needed",
        "likely",
        "met it 2 times",
        this={"browser_digest": "one"},
        others=(came_back(-DAY, DENIED, browser_digest="one"),),
    ),
    Case(
        "at_slack.approval_needed",
        "likely",
        "succeeded 5 h later",
        this={"browser_digest": "one"},
        others=(
            came_back(-DAY, DENIED, browser_digest="one"),
            came_back(-HOUR, DENIED, browser_digest="one"),
            stored(5 * HOUR, browser_digest="one"),
        ),
    ),
    Case(
        "at_slack.approval_needed",
        "unlikely",
        "The same browser succeeded 10 min later",
        this={"browser_digest": "one"},
        others=(stored(10 * MINUTE, browser_digest="one"),),
    ),
    Case(
        "at_slack.approval_needed",
        "unknown",
        "Slack gave no cause",
        this={"ip_hash": "office", "user_agent": "alike"},
        others=(came_back(-DAY, DENIED, ip_hash="office", user_agent="alike"),),
    ),
    Case(
        "at_slack.restricted_by_policy",
        "likely",
        "The customer read on Slack's page",
        read=frozenset(("restricted",)),
    ),
    Case(
        "at_slack.restricted_by_policy",
        "likely",
        "The same customer met it before",
        this={"browser_digest": "one"},
        others=(
            *(stored(-20 * DAY, browser_digest=browser, team_id="T1") for browser in ("one", "two")),
            came_back(-DAY, DENIED, browser_digest="two"),
        ),
    ),
    Case("at_slack.restricted_by_policy", "unknown", "may members install apps that are not in Slack's directory?"),
    Case(
        "at_slack.scopes_changed_here",
        "likely",
        "the app added files:read and left out chat:write",
        this={"scopes": "files:read"},
        others=(stored(-DAY, scopes="chat:write"),),
    ),
    Case(
        "at_slack.scopes_changed_here",
        "likely",
        "the app added im:read",
        this={"scopes": "chat:write,im:read"},
        others=(stored(-DAY, scopes="chat:write"),),
    ),
    Case(
        "at_slack.scopes_changed_here", "unlikely", "The scopes are those of the last success", others=(stored(-DAY),)
    ),
    Case("at_slack.scopes_changed_here", "unknown", "No success of the app from before is kept"),
    Case(
        "at_slack.not_in_slack_configuration",
        "likely",
        "scopes was refused: 3 of 3",
        others=(came_back(-DAY, SAME), came_back(-HOUR, SAME)),
    ),
    Case(
        "at_slack.not_in_slack_configuration",
        "likely",
        "The customer read on Slack's page that the requested scopes",
        read=frozenset(("invalid_scope",)),
    ),
    Case(
        "at_slack.not_in_slack_configuration",
        "unlikely",
        "Slack let 1 other with the same scopes through",
        others=(failed(-DAY, "bad_client_secret"), came_back(-HOUR, SAME)),
    ),
    Case(
        "at_slack.not_in_slack_configuration",
        "unknown",
        "Nobody else came back from Slack with these scopes",
        others=(came_back(-DAY, SAME, scopes="im:read"),),
    ),
    Case(
        "at_slack.not_combinable",
        "likely",
        "identity.basic cannot be asked for together with chat:write",
        this={"scopes": "chat:write", "user_scopes": "identity.basic"},
    ),
    Case("at_slack.not_combinable", "unlikely", "None of its scopes excludes another"),
    Case(
        "at_slack.not_combinable",
        "unknown",
        "admin.users:read exists on Slack's Enterprise plans only",
        this={"user_scopes": "admin.users:read"},
    ),
    Case(
        "at_slack.chose_organization",
        "likely",
        "only a person's (search:read)",
        this={"scopes": None, "user_scopes": "search:read"},
    ),
    Case("at_slack.chose_organization", "unlikely", "The start asked for bot scopes: chat:write"),
]
