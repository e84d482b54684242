"""What Slack's own page sends back instead of a code."""

from dashboard.install.catalogue.entry import entry

ENTRIES = (
    entry(
        "access_denied",
        "You cancelled the installation",
        "Nothing was installed, and nothing is wrong. If it was by mistake, or you would like to look again at what "
        "the app asks for, you can start again.",
        start_again=True,
    ),
    entry(
        "access_denied_unexplained",
        "Slack did not allow the installation",
        "Slack gave no reason. In many workspaces only admins may add apps, or an app must be approved first: ask one "
        "of your workspace's admins whether this app is approved, then start again.",
        start_again=True,
    ),
    entry(
        "invalid_scope",
        "The app asked for a permission that Slack does not accept",
        "The people who run the app have to correct what it asks for. Trying again will not help until they have.",
        start_again=False,
    ),
    entry(
        "unapproved_scope",
        "Not all of the app's permissions are approved",
        "Slack, or an admin of your organization, has yet to approve something the app asks for. The people who run "
        "the app can tell you what is missing.",
        start_again=False,
    ),
    entry(
        "no_bot_scopes_requested",
        "This app cannot be added to a whole organization",
        "It works for single people only. Start again and choose a workspace instead of the organization.",
        start_again=True,
    ),
    entry(
        "invalid_team_for_non_distributed_app",
        "The app is not open to your workspace yet",
        "Its makers have not opened it to workspaces other than their own. If one of those is yours, start again and "
        "choose it at the top right of Slack's page.",
        start_again=True,
    ),
)
