"""What Slack answers when the code is exchanged, or the new token is tried, and means it."""

from dashboard.install.catalogue.entry import aliases, entry

_INVALID_CODE = entry(
    "invalid_code",
    "Slack's confirmation could not be used",
    "It works once and for ten minutes; this one was used before or came too late. Start again, and go straight "
    "through without reloading.",
    start_again=True,
)
_CODE_VERIFIER = entry(
    "invalid_code_verifier",
    "The app and Slack disagree about how to install it",
    "One of the app's settings at Slack does not fit the way it is installed here. The people who run the app have to "
    "change it.",
    start_again=False,
)
_BAD_REQUEST = entry(
    "invalid_arg_name",
    "Slack could not make sense of our request",
    "This is a mistake on our side, not yours. Please pass on the reference below; we will look into it.",
    start_again=False,
)

ENTRIES = (
    # The app's configuration
    entry(
        "invalid_client_id",
        "Slack does not know this app",
        "The app is not set up correctly here, so nobody can install it at the moment. The people who run it have to "
        "correct that.",
        start_again=False,
    ),
    entry(
        "bad_client_secret",
        "The app could not identify itself to Slack",
        "A password between the app and Slack is out of date, so installing fails for everybody at the moment. The "
        "people who run the app have to renew it.",
        start_again=False,
    ),
    entry(
        "bad_redirect_uri",
        "The app's return address does not match",
        "Slack sent you back to another address than the one it has on file, so it stopped there. The people who run "
        "the app have to correct the address.",
        start_again=False,
    ),
    entry(
        "no_scopes",
        "The app did not ask for any permission",
        "Without one there is nothing to install. The people who run the app have to say what it needs.",
        start_again=False,
    ),
    entry(
        "no_user_scopes",
        "The app did not ask for any of your permissions",
        "It is meant to act for you, yet its link does not say in what. The people who run the app have to correct it.",
        start_again=False,
    ),
    _CODE_VERIFIER,
    *aliases(_CODE_VERIFIER, "pkce_not_allowed", "oauth_authorization_url_mismatch", "invalid_grant_type"),
    # The code and the token
    _INVALID_CODE,
    *aliases(_INVALID_CODE, "code_already_used"),
    entry(
        "invalid_refresh_token",
        "The app's access has run out",
        "It could not be renewed. Installing the app again gives it fresh access.",
        start_again=True,
    ),
    entry(
        "account_inactive",
        "The app was removed while it was being installed",
        "Slack granted access and withdrew it again, perhaps because somebody removed the app or an account was "
        "closed. Start again; if it repeats, ask an admin of your workspace.",
        start_again=True,
    ),
    entry(
        "token_revoked",
        "Slack took the app's access back",
        "It was withdrawn right after it was given. Somebody in your workspace may have removed the app at the same "
        "moment. Start again, and ask an admin if it repeats.",
        start_again=True,
    ),
    entry(
        "token_expired",
        "The app's access had run out before it could be stored",
        "That should not happen within seconds. Start again; if it repeats, tell us the reference below.",
        start_again=True,
    ),
    entry(
        "invalid_auth",
        "Slack does not accept the access it has just given",
        "This can be a passing fault, or a list of allowed addresses that the app's makers have to extend. Start again "
        "once; if it repeats, tell us the reference below.",
        start_again=True,
    ),
    # The customer's own rules
    entry(
        "cannot_install_an_org_installed_app",
        "Your organization has this app already",
        "It is installed for the whole organization, so it cannot be installed in one workspace as well. Ask an admin "
        "of the organization to add your workspace to it.",
        start_again=False,
    ),
    entry(
        "user_email_unverified",
        "Your e-mail address is not confirmed at Slack",
        "Slack wants to know that it is yours before you may add apps. Look for Slack's message in your mail, confirm "
        "the address, then start again.",
        start_again=True,
    ),
    entry(
        "preview_feature_not_available",
        "The app uses something your workspace does not have yet",
        "Slack has not switched that feature on for your workspace. Slack's support or the people who run the app can "
        "tell you when it will be.",
        start_again=False,
    ),
    entry(
        "team_added_to_org",
        "Your workspace is just moving into an organization",
        "Slack does not add apps while it moves. Wait until the move is finished, then start again.",
        start_again=True,
    ),
    entry(
        "org_login_required",
        "Your workspace now belongs to an organization",
        "Sign in to the organization at Slack first, then start again.",
        start_again=True,
    ),
    entry(
        "enterprise_is_restricted",
        "Your organization does not allow this app",
        "Its rules at Slack keep the app out. An admin of the organization can allow it.",
        start_again=False,
    ),
    entry(
        "ekm_access_denied",
        "Your organization has paused access to its data",
        "It holds its own encryption keys at Slack, and at the moment they are withheld. An admin of the organization "
        "can tell you when that ends.",
        start_again=False,
    ),
    entry(
        "slack_access_denied",
        "Slack denied the app access to your workspace",
        "A rule of your workspace or organization stands against it. An admin can say which, and allow the app.",
        start_again=False,
    ),
    entry(
        "no_permission",
        "Your account may not install this app",
        "In your workspace that takes an admin, or somebody an admin has named. Send them the link to this app.",
        start_again=False,
    ),
    entry(
        "missing_scope",
        "The app was given less than it needs",
        "A permission that it cannot do without is missing. Start again and leave all of them switched on; if you "
        "cannot, ask an admin of your workspace.",
        start_again=True,
    ),
    entry(
        "accesslimited",
        "Slack is limited on the network of your organization",
        "Your organization allows certain networks only, and ours is not among them. An admin can change that.",
        start_again=False,
    ),
    entry(
        "two_factor_setup_required",
        "Your workspace wants two-factor authentication first",
        "Turn it on in your Slack account, then start again.",
        start_again=True,
    ),
    # Our own mistakes
    _BAD_REQUEST,
    *aliases(
        _BAD_REQUEST,
        "not_authed",
        "unknown_method",
        "invalid_array_arg",
        "invalid_charset",
        "invalid_form_data",
        "invalid_post_type",
        "missing_post_type",
        "method_deprecated",
        "deprecated_endpoint",
        "not_allowed_token_type",
        "is_bot",
    ),
)
