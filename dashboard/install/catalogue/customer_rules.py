"""What stands against an installation on the customer's side: their organization, their rules, their account."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import anywhere, customer
from dashboard.install.catalogue.entry import (
    AFTER_FIX,
    APP_OWNER,
    INSTALLER,
    MINOR,
    NO,
    ORG_ADMIN,
    SLACK,
    WORKSPACE_ADMIN,
    YES,
    Cause,
    Support,
    entry,
)

_NOTHING = "Nothing: it is the customer's to decide."
_POLICY = (Cause(customer.policy),)
_ACCOUNT = (Cause(customer.account),)

ENTRIES = (
    entry(
        "cannot_install_an_org_installed_app",
        text("Your organization has this app already"),
        text(
            "It is installed for the whole organization, so it cannot be installed in one workspace as well. Ask an "
            "admin of the organization to add your workspace to it."
        ),
        Support(
            owner=ORG_ADMIN,
            severity=MINOR,
            retry=NO,
            explanation="An app that is installed for an organization is given to its workspaces by an admin there, "
            "and cannot be installed in one of them besides. To people in such a workspace it looks as if it were "
            "missing.",
            us=_NOTHING,
            customer="Ask an admin of the organization to add the workspace: admin console → Apps → the app → Manage → "
            "Add to more workspaces.",
            reply=replies.ORG_HAS_IT,
            causes=(Cause(customer.org_has_it),),
        ),
        start_again=False,
    ),
    entry(
        "user_email_unverified",
        text("Your e-mail address is not confirmed at Slack"),
        text(
            "Slack wants to know that it is yours before you may add apps. Look for Slack's message in your mail, "
            "confirm the address, then start again."
        ),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="Somebody who has just made a workspace can use Slack at once, and add apps only once their "
            "e-mail address is confirmed. New customers who try everything in one afternoon meet it.",
            us=_NOTHING,
            customer="Confirm the address with the message that Slack sent when the account was made (it can be sent "
            "anew under Account settings), then start again.",
            reply=replies.CONFIRM_EMAIL,
            causes=_ACCOUNT,
        ),
        start_again=True,
    ),
    entry(
        "preview_feature_not_available",
        text("The app uses something your workspace does not have yet"),
        text(
            "Slack has not switched that feature on for your workspace. Slack's support or the people who run the "
            "app can tell you when it will be."
        ),
        Support(
            owner=APP_OWNER,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="A scope or feature of the app is in Slack's preview, which Slack switches on for single "
            "workspaces. It works where the app is made, and not at customers.",
            us="Take what is in preview out of the app's scopes here and its features at Slack.",
            customer="Nothing; Slack's support can tell when the feature will be there.",
            reply=replies.FEATURE_MISSING,
            causes=(
                Cause(anywhere.this_customer_alone, owner=SLACK),
                Cause(anywhere.everybody_meets_it, reply=replies.OUR_SETTING),
            ),
            at_app=True,
        ),
        start_again=False,
    ),
    entry(
        "team_added_to_org",
        text("Your workspace is just moving into an organization"),
        text("Slack does not add apps while it moves. Wait until the move is finished, then start again."),
        Support(
            owner=ORG_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="While Slack moves a workspace into an organization it answers nothing else, for hours at "
            "times. Afterwards the workspace keeps its id and gains its organization's; people can get other ids.",
            us=_NOTHING,
            customer="Wait until the move is finished, then start again.",
            reply=replies.MOVING,
            causes=(Cause(customer.moving),),
        ),
        start_again=True,
    ),
    entry(
        "org_login_required",
        text("Your workspace now belongs to an organization"),
        text("Sign in to the organization at Slack first, then start again."),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="The workspace was moved into an organization, and this person still has the session from "
            "before the move.",
            us=_NOTHING,
            customer="Sign in to the organization (its address ends in .enterprise.slack.com), then start again.",
            reply=replies.ORG_SIGN_IN,
            causes=(*_ACCOUNT, Cause(customer.moving, owner=ORG_ADMIN)),
        ),
        start_again=True,
    ),
    entry(
        "enterprise_is_restricted",
        text("Your organization does not allow this app"),
        text("Its rules at Slack keep the app out. An admin of the organization can allow it."),
        Support(
            owner=ORG_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="The organization is restricted as a whole at Slack, which forbids calls like ours on behalf "
            "of its workspaces. An admin of one workspace cannot lift it.",
            us=_NOTHING,
            customer="Ask an admin of the organization to allow the app.",
            reply=replies.ORG_RULE,
            causes=_POLICY,
        ),
        start_again=False,
    ),
    entry(
        "ekm_access_denied",
        text("Your organization has paused access to its data"),
        text(
            "It holds its own encryption keys at Slack, and at the moment they are withheld. An admin of the "
            "organization can tell you when that ends."
        ),
        Support(
            owner=ORG_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="With Enterprise Key Management a customer can withhold the keys to its data, for a channel or "
            "for everything. While it does, apps that work there stop, too: it is no fault and may be on purpose.",
            us=_NOTHING,
            customer="Ask an admin of the organization when access is given again.",
            reply=replies.ORG_KEYS,
            causes=_POLICY,
        ),
        start_again=False,
    ),
    entry(
        "slack_access_denied",
        text("Slack denied the app access to your workspace"),
        text("A rule of your workspace or organization stands against it. An admin can say which, and allow the app."),
        Support(
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="Slack refused the exchange, after the person had pressed Allow: that is a rule, and not "
            "somebody who cancelled, which has the same name on Slack's page.",
            us=_NOTHING,
            customer="Ask an admin of the workspace which rule it is, and whether the app can be allowed.",
            reply=replies.ASK_ADMIN,
            causes=_POLICY,
        ),
        start_again=False,
    ),
    entry(
        "no_permission",
        text("Your account may not install this app"),
        text("In your workspace that takes an admin, or somebody an admin has named. Send them the link to this app."),
        Support(
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="A guest, or a member where only admins or named managers of apps may install. The workspace "
            "itself may well allow the app.",
            us=_NOTHING,
            customer="Send the install link to an admin of the workspace.",
            reply=replies.ONLY_ADMINS,
            causes=_ACCOUNT,
        ),
        start_again=False,
    ),
    entry(
        "missing_scope",
        text("The app was given less than it needs"),
        text(
            "A permission that it cannot do without is missing. Start again and leave all of them switched on; if you "
            "cannot, ask an admin of your workspace."
        ),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="The token was given, and lacks a scope that a call needs. A person can switch off optional "
            "scopes on Slack's page, and a rule of an organization can take some out.",
            us="Look whether a scope is marked optional in the app's settings that the app cannot do without.",
            customer="Start again and leave all permissions switched on.",
            reply=replies.ALL_SCOPES,
            causes=(Cause(customer.fewer_scopes_granted), Cause(anywhere.this_customer_alone)),
            at_app=True,
        ),
        start_again=True,
    ),
    entry(
        "accesslimited",
        text("Slack is limited on the network of your organization"),
        text("Your organization allows certain networks only, and ours is not among them. An admin can change that."),
        Support(
            owner=ORG_ADMIN,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="The organization lets only certain networks call Slack on its behalf, and the address this "
            "service calls from is none of them. The person's own network does not matter.",
            us="Tell the customer the addresses that this service calls from.",
            customer="Ask an admin of the organization to add those addresses.",
            reply=replies.NETWORK_RULE,
            causes=_POLICY,
        ),
        start_again=False,
    ),
    entry(
        "two_factor_setup_required",
        text("Your workspace wants two-factor authentication first"),
        text("Turn it on in your Slack account, then start again."),
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=AFTER_FIX,
            explanation="The workspace asks for a second factor, and this person has not set one up. They can read and "
            "write until their next sign-in, and install nothing.",
            us=_NOTHING,
            customer="Turn on two-factor authentication in the Slack account, then start again.",
            reply=replies.TWO_FACTORS,
            causes=_ACCOUNT,
        ),
        start_again=True,
    ),
)
