"""What the desk says of attempts that did not fail: those nobody came back from, those underway, the successes."""

from collections.abc import Callable

from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import at_slack, installed, never_came_back, returning
from dashboard.install.catalogue.entry import (
    AFTER_FIX,
    APP_OWNER,
    CRITICAL,
    INSTALLER,
    MAJOR,
    MINOR,
    NO,
    NOBODY,
    NONE,
    OPERATOR,
    ORG_ADMIN,
    WORKSPACE_ADMIN,
    YES,
    Cause,
    Support,
)
from dashboard.install.catalogue.evidence import Finding

# Causes that join those of an attempt's code when its link was used again.
REPEATED = (Cause(returning.reload_or_back), Cause(returning.link_shared))


def _stops_everybody(check: Callable[..., Finding], owner: str, us: str, reply: str = replies.OUR_SETTING) -> Cause:
    """A setting at Slack or here for which Slack's page lets nobody through: the customer can do nothing."""
    return Cause(
        check,
        owner=owner,
        severity=CRITICAL,
        retry=AFTER_FIX,
        us=us,
        customer="Nothing; they can try again once it is corrected.",
        reply=reply,
    )


ABANDONED = Support(
    owner=NOBODY,
    severity=NONE,
    retry=YES,
    explanation="Slack shows what it refuses on its own page and sends nobody back: a wrong redirect URL, client id or "
    "scope, an app that is not open to others, a full plan. Approval by an admin takes hours or days. What the "
    "customer read there decides.",
    us="Ask the customer what they read on Slack's page, and whether they may install apps that are not in Slack's "
    "directory.",
    customer="Tell us what stands on Slack's page; or start again.",
    reply=replies.NEVER_CAME_BACK,
    causes=(
        _stops_everybody(
            never_came_back.not_distributed,
            APP_OWNER,
            "At api.slack.com/apps → Manage Distribution, press Activate Public Distribution.",
            replies.NOT_OPEN_YET,
        ),
        _stops_everybody(
            never_came_back.not_registered,
            APP_OWNER,
            "Add the app's redirect URL at api.slack.com/apps → OAuth & Permissions → Redirect URLs.",
        ),
        _stops_everybody(
            never_came_back.wrong_scheme_or_host,
            OPERATOR,
            "Set PUBLIC_URL to the address that people see, https included.",
        ),
        _stops_everybody(
            never_came_back.unknown_app,
            OPERATOR,
            "Compare the client id here with api.slack.com/apps → Basic Information.",
        ),
        _stops_everybody(
            never_came_back.not_in_slack_configuration,
            APP_OWNER,
            "Compare the scopes of the app's settings here with those at api.slack.com/apps → OAuth & Permissions.",
        ),
        Cause(
            never_came_back.waiting_for_approval,
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            us="Nothing here.",
            customer="Ask the workspace's admin to approve the app, then start again.",
            reply=replies.APPROVAL_UNDERWAY,
        ),
        Cause(
            at_slack.restricted_by_policy,
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            us="Nothing here.",
            customer="Ask an admin of the workspace to approve the app, then start again.",
            reply=replies.ASK_ADMIN,
        ),
        Cause(
            never_came_back.app_limit_of_plan,
            owner=INSTALLER,
            severity=MINOR,
            retry=AFTER_FIX,
            us="Nothing here.",
            customer="Remove an app that is not needed any more, or change the plan, then start again.",
            reply=replies.PLAN_IS_FULL,
        ),
        Cause(never_came_back.closed_the_tab),
    ),
    at_app=True,
)

RUNNING = Support(
    owner=NOBODY,
    severity=NONE,
    retry=YES,
    explanation="Nothing is wrong so far. People read Slack's page for minutes; where an admin has to approve the app "
    "it takes days. After a day without a return the attempt is taken for abandoned.",
    us="Nothing.",
    customer="Press Allow on Slack's page.",
    reply=replies.RUNNING,
    causes=(Cause(never_came_back.waiting_for_approval, owner=WORKSPACE_ADMIN, reply=replies.APPROVAL_UNDERWAY),),
)

SUCCEEDED = Support(
    owner=NOBODY,
    severity=NONE,
    retry=NO,
    explanation="Slack gave a token and it is stored. That the customer sees nothing happen has other causes than the "
    "installation: a bot sees only channels that it was invited to, and an organization's only workspaces it was added "
    "to.",
    us="Nothing.",
    customer="Invite the bot to a channel: type /invite and the app's name there.",
    reply=replies.INVITE_THE_BOT,
    causes=(
        Cause(
            installed.held_by_operator,
            owner=OPERATOR,
            severity=MINOR,
            retry=NO,
            us="Read in its timeline by whom and why; resume it if that is over.",
            customer="Nothing: it is switched off on our side.",
            reply=replies.SWITCHED_OFF,
        ),
        Cause(
            installed.removed_by_somebody,
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=YES,
            us="Nothing: only the customer can install it again.",
            customer="Install the app again.",
            reply=replies.WAS_REMOVED,
        ),
        Cause(
            installed.token_expired,
            owner=OPERATOR,
            severity=MAJOR,
            retry=YES,
            us="Let the Bolt app renew tokens, or switch token rotation off at Slack.",
            customer="Install the app again.",
            reply=replies.ACCESS_RAN_OUT,
        ),
        Cause(
            installed.scope_missing,
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=YES,
            us="Nothing, if the app can do without it until then.",
            customer="Install the app again, and leave all permissions switched on.",
            reply=replies.ALL_SCOPES,
        ),
        Cause(
            installed.not_checked,
            owner=OPERATOR,
            severity=MINOR,
            us="Look whether the bot answers there; if it does, all is well.",
            customer="Try the app; if it is silent, install it again.",
        ),
        Cause(
            installed.no_workspace_added,
            owner=ORG_ADMIN,
            severity=MINOR,
            us="Nothing: it is the organization's to decide.",
            customer="Ask an admin of the organization to add the app to the workspace.",
            reply=replies.ADD_WORKSPACES,
        ),
        Cause(
            installed.wrong_level,
            owner=ORG_ADMIN,
            severity=MINOR,
            us="Nothing here.",
            customer="Ask an admin of the organization to install the app for all of it.",
            reply=replies.CHOOSE_ORGANIZATION,
        ),
        Cause(
            installed.bot_never_asks,
            owner=OPERATOR,
            severity=MAJOR,
            retry=AFTER_FIX,
            us="Look whether the bot's process runs, gets this workspace's events, and uses these tables.",
            customer="Nothing; it works once we have mended it.",
            reply=replies.OUR_FAULT,
        ),
        Cause(installed.bot_not_in_channel),
    ),
)

SUPPORT = {"abandoned": ABANDONED, "running": RUNNING, "succeeded": SUCCEEDED}
