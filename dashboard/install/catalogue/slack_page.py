"""What Slack's own page sends back instead of a code."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import anywhere, at_slack
from dashboard.install.catalogue.entry import (
    AFTER_FIX,
    APP_OWNER,
    CRITICAL,
    INSTALLER,
    MAJOR,
    MINOR,
    NOBODY,
    NONE,
    OPERATOR,
    WORKSPACE_ADMIN,
    YES,
    Cause,
    Support,
    entry,
)

_SCOPE_CAUSES = (
    Cause(
        at_slack.scopes_changed_here,
        owner=OPERATOR,
        us="Take the new scopes out of the app's settings here, or add them at api.slack.com/apps → OAuth & "
        "Permissions first.",
    ),
    Cause(at_slack.not_in_slack_configuration),
    Cause(
        at_slack.not_combinable,
        us="Take one kind of scopes out of the app's settings here: Slack grants them in separate installations.",
    ),
)

ENTRIES = (
    entry(
        "access_denied",
        text("You cancelled the installation"),
        text(
            "Nothing was installed, and nothing is wrong. If it was by mistake, or you would like to look again at "
            "what the app asks for, you can start again."
        ),
        Support(
            owner=NOBODY,
            severity=NONE,
            retry=YES,
            explanation="Slack sends this back, with a description, when somebody presses Cancel on its page. Many "
            "do so to ask a colleague first, and come back.",
            us="Nothing, unless many do: then look at what the app asks for, and at the reasons its install page "
            "gives for it.",
            customer="Start again and press Allow, if it was by mistake.",
            reply=replies.CANCELLED,
            causes=(Cause(at_slack.pressed_cancel),),
            at_app=True,
        ),
        start_again=True,
    ),
    entry(
        "access_denied_unexplained",
        text("Slack did not allow the installation"),
        text(
            "Slack gave no reason. In many workspaces only admins may add apps, or an app must be approved first: "
            "ask one of your workspace's admins whether this app is approved, then start again."
        ),
        Support(
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="Somebody who presses Cancel is sent back with a description; without one it is Slack that "
            "said no, most often because an admin has to approve the app. Slack tells neither of us when they do.",
            us="Nothing here. Where it met many customers, an app in Slack's directory passes more such rules.",
            customer="Ask an admin of the workspace to approve the app (in Slack: Settings → Manage apps), then start "
            "again.",
            reply=replies.ASK_ADMIN,
            causes=(
                Cause(at_slack.approval_needed),
                Cause(at_slack.restricted_by_policy),
                Cause(at_slack.pressed_cancel, owner=NOBODY, severity=NONE, retry=YES, reply=replies.CANCELLED),
            ),
        ),
        start_again=True,
    ),
    entry(
        "invalid_scope",
        text("The app asked for a permission that Slack does not accept"),
        text(
            "The people who run the app have to correct what it asks for. Trying again will not help until they have."
        ),
        Support(
            owner=APP_OWNER,
            severity=CRITICAL,
            retry=AFTER_FIX,
            explanation="Slack knows no such scope, or the app may not ask for it: one that was renamed, is for "
            "another kind of token, or does not go together with the others. It stops everybody who starts with them.",
            us="Compare the scopes of the app's settings here with those at api.slack.com/apps → OAuth & Permissions.",
            customer="Nothing; they can try again once it is corrected.",
            reply=replies.OUR_SETTING,
            causes=_SCOPE_CAUSES,
            at_app=True,
        ),
        start_again=False,
    ),
    entry(
        "unapproved_scope",
        text("Not all of the app's permissions are approved"),
        text(
            "Slack, or an admin of your organization, has yet to approve something the app asks for. The people who "
            "run the app can tell you what is missing."
        ),
        Support(
            owner=APP_OWNER,
            severity=MAJOR,
            retry=AFTER_FIX,
            explanation="An app of Slack's directory was approved with certain scopes. Each one added since has to be "
            "reviewed by Slack before other workspaces can grant it.",
            us="Take the scopes that are not approved out of the app's settings here until Slack has reviewed them.",
            customer="Nothing; they can try again once Slack has approved it.",
            reply=replies.OUR_SETTING,
            causes=(
                *_SCOPE_CAUSES,
                Cause(anywhere.this_customer_alone, owner=WORKSPACE_ADMIN, reply=replies.ASK_ADMIN),
            ),
            at_app=True,
        ),
        start_again=False,
    ),
    entry(
        "no_bot_scopes_requested",
        text("This app cannot be added to a whole organization"),
        text("It works for single people only. Start again and choose a workspace instead of the organization."),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="An app that asks for a person's scopes only has no bot, and Slack can put nothing into an "
            "organization without one. Its installer chose the organization on Slack's page.",
            us="If the app should work for organizations, add a bot scope to its settings here and at Slack.",
            customer="Start again and choose one workspace at the top right of Slack's page.",
            reply=replies.CHOOSE_WORKSPACE,
            causes=(
                Cause(at_slack.chose_organization),
                Cause(at_slack.scopes_changed_here, owner=OPERATOR, severity=MAJOR, retry=AFTER_FIX),
                Cause(at_slack.not_in_slack_configuration, owner=APP_OWNER, severity=MAJOR, retry=AFTER_FIX),
            ),
            at_app=True,
        ),
        start_again=True,
    ),
    entry(
        "invalid_team_for_non_distributed_app",
        text("The app is not open to your workspace yet"),
        text(
            "Its makers have not opened it to workspaces other than their own. If one of those is yours, start again "
            "and choose it at the top right of Slack's page."
        ),
        Support(
            owner=APP_OWNER,
            severity=CRITICAL,
            retry=AFTER_FIX,
            explanation="A new app at Slack can be installed in the workspace it was made in and nowhere else, until "
            "somebody activates public distribution. It works for its makers, so they do not notice.",
            us="At api.slack.com/apps → Manage Distribution, tick the list and press Activate Public Distribution.",
            customer="Nothing; they can try again once the app is open to everybody.",
            reply=replies.NOT_OPEN_YET,
            causes=(
                Cause(anywhere.everybody_meets_it),
                Cause(anywhere.this_customer_alone, owner=INSTALLER, retry=YES),
            ),
        ),
        start_again=True,
    ),
)
