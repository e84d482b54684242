"""What one answers a customer: what happened, in their words, and who does what next. No codes, no internals, no blame.

`desk/reply.py` puts a greeting before it, and behind it the link to start again and the reference. A text may name
{app}.
"""

from dashboard.core.messages import text

# Nothing is wrong
INSTALLED = text("{app} is installed in your workspace. Nothing else is needed from you.")
RUNNING = text("The installation of {app} has begun and is not finished yet. Please press Allow on Slack's page.")
CANCELLED = text(
    "The installation of {app} was cancelled on Slack's page, so nothing was installed, and nothing is wrong. If it "
    "was by mistake, or you would like to look again at what the app asks for, please start again."
)
NEVER_CAME_BACK = text(
    "You began to install {app} and Slack did not send you back to us, so nothing was installed here. Slack shows what "
    "stands against it on its own page: could you tell us what you read there? If you only closed the page, please "
    "start again. If your workspace asks an admin first, nothing more is needed until they have answered."
)

# The way back
STARTED_ELSEWHERE = text(
    "The installation of {app} was begun from a link that does not lead through us, so we could not finish it, and "
    "nothing was installed. Please begin with the link below."
)
INCOMPLETE_LINK = text(
    "The address with which you came back from Slack was not complete, so we could not finish the installation of "
    "{app}. A new start gives you a new one."
)
ONE_BROWSER = text(
    "The installation of {app} came back to us in another browser or window than it began in, so we could not tell "
    "that it was you, and nothing was installed. Please start again and stay in one browser until you see our page."
)
OPEN_IN_BROWSER = text(
    "The link was opened inside another app, which forgets who you are on the way to Slack and back. Please open it in "
    "your usual browser (Safari, Chrome, Firefox or Edge) and start again there."
)
ALLOW_COOKIES = text(
    "Your browser did not keep our cookie on the way to Slack and back, so we could not tell that it was you. Please "
    "allow cookies for our address, or use another browser or a window that is not private, and start again."
)
EXPIRED = text(
    "The link with which you came back from Slack was too old, so nothing was installed. Please start again and go "
    "straight through; it takes a minute."
)
EXPIRED_WAITING = text(
    "By the time your request was approved, the link had become too old. Now that {app} is approved, please start "
    "again."
)
USED_LINK = text(
    "That link had been used already; it works once. If {app} is in your workspace, there is nothing left to do. If "
    "not, please start again."
)
GO_STRAIGHT_THROUGH = text(
    "Slack's confirmation could not be used: it works once and for ten minutes. Please start again, go straight "
    "through, and do not reload the page."
)

OTHER_WORKSPACE = text(
    "The link was made for one workspace, and another was chosen on Slack's page, so nothing was installed. Please "
    "open it again and choose your workspace at the top right of Slack's page."
)

# We have to mend it
OUR_SETTING = text(
    "The installation of {app} stopped because of a setting on our side. You did nothing wrong and cannot change it; "
    "we are correcting it."
)
OUR_FAULT = text(
    "The installation of {app} stopped because of a fault on our side. You did nothing wrong; we are looking into it."
)
NOT_SAVED = text(
    "Slack agreed to the installation of {app}, but we could not save it. Slack may show the app as installed already; "
    "that does no harm. We are looking into it on our side."
)
NOT_ASKED = text(
    "Our records could not be reached for a moment, so the installation of {app} was not begun at Slack, and nothing "
    "was installed."
)
INTERRUPTED = text(
    "Our service stopped in the middle of the installation of {app}. Slack may show the app as installed already; "
    "starting again finishes it and does no harm."
)
NOT_OPEN_YET = text(
    "{app} is not open to other workspaces yet, so Slack could not install it in yours. We are changing that."
)
CANNOT_EXPLAIN = text(
    "Slack reported a problem with the installation of {app} that we have not met before. We are looking into it."
)

# Slack
SLACK_BUSY = text(
    "Slack did not answer us properly at that moment, so the installation of {app} could not be finished. Such faults "
    "usually pass within minutes; slack-status.com tells more."
)
TOO_MANY = text("Slack asked us to slow down at that moment. It passes within a minute or two.")
ACCESS_LOST = text(
    "Slack gave {app} access and took it back within moments. That happens when somebody removes the app or closes an "
    "account at the same time. Please start again; if it happens again, ask an admin of your workspace."
)
ACCESS_RAN_OUT = text(
    "The access that {app} had to your workspace has run out and could not be renewed. Installing it again gives it "
    "new access; nothing else is lost."
)

# The customer's side
ASK_ADMIN = text(
    "Slack did not allow the installation of {app} and gave no reason. In many workspaces an admin has to approve an "
    "app first, and only apps of Slack's directory may be installed. Please ask an admin of your workspace whether "
    "{app} may be installed; once it is approved, start again."
)
ONLY_ADMINS = text(
    "In your workspace only admins, or people they have named, may install apps. Please send the link below to one of "
    "your workspace's admins."
)
ORG_RULE = text(
    "A rule of your organization at Slack keeps {app} out. An admin of the organization can allow it; we cannot."
)
ORG_KEYS = text(
    "Your organization holds its own encryption keys at Slack and withholds them at the moment. Please ask an admin of "
    "the organization when that ends."
)
NETWORK_RULE = text(
    "Your organization lets certain networks only talk to Slack on its behalf, and ours is not among them. An admin of "
    "the organization can add it."
)
ORG_HAS_IT = text(
    "Your organization has {app} already, for all of it, so it cannot be installed in one workspace as well. Please "
    "ask an admin of the organization to add your workspace to it."
)
CHOOSE_WORKSPACE = text(
    "{app} works for a person in one workspace and cannot be added to a whole organization. Please start again and "
    "choose a workspace on Slack's page."
)
CONFIRM_EMAIL = text(
    "Slack wants to know that your e-mail address is yours before you may add apps. Please confirm it with the message "
    "that Slack has sent you, and start again."
)
TWO_FACTORS = text(
    "Your workspace asks for two-factor authentication. Please turn it on in your Slack account, and start again."
)
ORG_SIGN_IN = text(
    "Your workspace belongs to an organization now. Please sign in to the organization at Slack first, and start again."
)
MOVING = text(
    "Your workspace is just being moved into an organization, and Slack adds no apps meanwhile. Please wait until that "
    "is finished, and start again."
)
FEATURE_MISSING = text(
    "{app} uses something that Slack has not switched on for your workspace yet. Slack's support can tell you when it "
    "will be."
)
ALL_SCOPES = text(
    "{app} was given less than it needs. Please start again and leave all permissions switched on; if you cannot, "
    "please ask an admin of your workspace."
)
PLAN_IS_FULL = text(
    "Your workspace has as many apps as its plan at Slack allows. Please remove one that you no longer need, or change "
    "the plan, and start again."
)
APPROVAL_UNDERWAY = text(
    "As far as we can tell your request to install {app} waits for an admin of your workspace. Once it is approved, "
    "please start again."
)

# Installed, and silent
INVITE_THE_BOT = text(
    "{app} is installed. It sees only channels that it was invited to: please open a channel and type /invite followed "
    "by the name of the app."
)
ADD_WORKSPACES = text(
    "{app} is installed for your organization, but in none of its workspaces yet. Please ask an admin of the "
    "organization to add it to yours."
)
CHOOSE_ORGANIZATION = text(
    "{app} is installed in one workspace, and what you miss works for a whole organization only. Please ask an admin "
    "of your organization to install it there."
)
SWITCHED_OFF = text(
    "{app} is switched off for your workspace on our side. If you think that this is a mistake, please write back."
)
WAS_REMOVED = text("{app} was removed from your workspace. Installing it again brings it back.")
WAS_REMOVED_OR_NOT_BEGUN = text(
    "We have no installation of {app} in your workspace. If Slack shows one, it was not made through us: please "
    "install it with the link below."
)
