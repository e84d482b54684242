"""What Slack answers to an exchange when the app's settings, here or at Slack, are wrong."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import anywhere, at_slack, exchange
from dashboard.install.catalogue.entry import (
    AFTER_FIX,
    APP_OWNER,
    CRITICAL,
    NO,
    OPERATOR,
    Cause,
    Support,
    alias,
    entry,
)


def _setting(explanation: str, us: str, *causes: Cause, owner: str = APP_OWNER, retry: str = AFTER_FIX) -> Support:
    """The support half of a setting that stops everybody: the customer can do nothing."""
    return Support(
        owner=owner,
        severity=CRITICAL,
        retry=retry,
        explanation=explanation,
        us=us,
        customer="Nothing; they can try again once it is corrected.",
        reply=replies.OUR_SETTING,
        causes=causes,
        at_app=True,
    )


_OTHER_APP = Cause(
    exchange.other_apps_credentials,
    owner=OPERATOR,
    us="Copy client id, client secret and signing secret anew, all three from the same app's Basic Information page.",
)
_SCOPES_HERE = Cause(exchange.none_asked_for, owner=OPERATOR)
_EVERYBODY = Cause(anywhere.everybody_meets_it)
_RELEASE = Cause(
    anywhere.with_this_release,
    owner=OPERATOR,
    us="Go back to the release before, and report it with the attempt's reference.",
    reply=replies.OUR_FAULT,
)

_CODE_VERIFIER = entry(
    "invalid_code_verifier",
    text("The app and Slack disagree about how to install it"),
    text(
        "One of the app's settings at Slack does not fit the way it is installed here. The people who run the app "
        "have to change it."
    ),
    _setting(
        "Slack compared a proof that the exchange comes from whoever started (PKCE). This dashboard has a client "
        "secret and sends no such proof: another program began the installation with one, or something on the way "
        "added it.",
        "Look for another program that begins installations with the redirect URL here. Leave PKCE off at "
        "api.slack.com/apps: it makes the app a public client, and only Slack's support can undo that.",
        _EVERYBODY,
        _RELEASE,
    ),
    start_again=False,
)

ENTRIES = (
    entry(
        "invalid_client_id",
        text("Slack does not know this app"),
        text(
            "The app is not set up correctly here, so nobody can install it at the moment. The people who run it "
            "have to correct that."
        ),
        _setting(
            "Slack has no app with this client id: it was mistyped here, or the app was deleted at Slack. A deleted "
            "app cannot be brought back, and its installations are gone with it.",
            "Compare the client id here with api.slack.com/apps → Basic Information.",
            Cause(exchange.unknown_app, owner=OPERATOR),
            Cause(
                exchange.deleted_at_slack,
                retry=NO,
                us="Look at api.slack.com/apps whether the app is still there. If it was deleted, make a new one and "
                "register it here: every workspace has to install it again.",
            ),
            _OTHER_APP,
            _RELEASE,
        ),
        start_again=False,
    ),
    entry(
        "bad_client_secret",
        text("The app could not identify itself to Slack"),
        text(
            "A password between the app and Slack is out of date, so installing fails for everybody at the moment. The "
            "people who run the app have to renew it."
        ),
        _setting(
            "Slack knows the app, and not this client secret. A regenerated secret makes the old one useless at once; "
            "the signing secret, which stands beside it at Slack, is often copied in its place.",
            "Copy the client secret anew from api.slack.com/apps → Basic Information.",
            Cause(
                exchange.changed_here, owner=OPERATOR, us="Set the client secret here anew: the last change broke it."
            ),
            Cause(
                exchange.rotated_at_slack,
                us="Somebody has regenerated the client secret at Slack: copy the new one from Basic Information.",
            ),
            Cause(exchange.never_right, owner=OPERATOR),
            _OTHER_APP,
        ),
        start_again=False,
    ),
    entry(
        "bad_redirect_uri",
        text("The app's return address does not match"),
        text(
            "Slack sent you back to another address than the one it has on file, so it stopped there. The people who "
            "run the app have to correct the address."
        ),
        _setting(
            "The redirect URL of the exchange has to be, letter for letter, the one of the start and under one of "
            "those that the app has at Slack. A slash at the end, http for https or another port is another address.",
            "Compare the redirect URL here with those at api.slack.com/apps → OAuth & Permissions → Redirect URLs.",
            Cause(exchange.changed_since_start, owner=OPERATOR, us="Nothing more: new starts send the new one."),
            Cause(
                exchange.wrong_scheme_or_host,
                owner=OPERATOR,
                us="Set PUBLIC_URL to the address that people see, https included, or the app's redirect URL to one "
                "under it.",
            ),
            Cause(exchange.not_registered, us="Add the address at api.slack.com/apps → OAuth & Permissions and save."),
            Cause(
                exchange.removed_at_slack,
                us="It was accepted before: look at api.slack.com/apps → OAuth & Permissions whether somebody removed "
                "it, and whether the proxy still passes the address on as it came.",
            ),
            _OTHER_APP,
        ),
        start_again=False,
    ),
    entry(
        "no_scopes",
        text("The app did not ask for any permission"),
        text("Without one there is nothing to install. The people who run the app have to say what it needs."),
        _setting(
            "Neither a bot's nor a person's scope was asked for. An app of the environment has its scopes in "
            "SLACK_SCOPES, which is empty by default.",
            "Set the scopes in the app's settings here.",
            _SCOPES_HERE,
            _EVERYBODY,
            owner=OPERATOR,
        ),
        start_again=False,
    ),
    entry(
        "no_user_scopes",
        text("The app did not ask for any of your permissions"),
        text(
            "It is meant to act for you, yet its link does not say in what. The people who run the app have to "
            "correct it."
        ),
        _setting(
            "The app at Slack is one that acts for a person, and no scope of a person's was asked for. Scopes of a bot "
            "do not count here.",
            "Set the user scopes in the app's settings here.",
            _SCOPES_HERE,
            Cause(at_slack.scopes_changed_here, owner=OPERATOR),
            owner=OPERATOR,
        ),
        start_again=False,
    ),
    _CODE_VERIFIER,
    alias(
        _CODE_VERIFIER,
        "pkce_not_allowed",
        _setting(
            "The exchange had a PKCE proof and the app at Slack takes none. This dashboard sends none either: "
            "something between us and Slack added it, or another program uses our codes.",
            "Look whether a proxy rewrites what goes to slack.com, and whether another program has the redirect URL.",
            _EVERYBODY,
            _RELEASE,
        ),
    ),
    alias(
        _CODE_VERIFIER,
        "oauth_authorization_url_mismatch",
        _setting(
            "The start and the exchange went to different generations of Slack's addresses: /oauth/authorize is for "
            "classic apps, /oauth/v2/authorize for the others. The dashboard uses the second; a link that was copied "
            "from elsewhere may use the first.",
            "Look for buttons with slack.com/oauth/authorize in them and put the install page there instead.",
            _EVERYBODY,
            Cause(anywhere.this_customer_alone),
        ),
    ),
    alias(
        _CODE_VERIFIER,
        "invalid_grant_type",
        _setting(
            "Slack takes another kind of exchange for this app than we asked for. An app with token rotation takes "
            "“authorization_code” and “refresh_token”; the dashboard sends the first.",
            "Look whether a proxy rewrites what goes to slack.com.",
            _EVERYBODY,
            _RELEASE,
            owner=OPERATOR,
        ),
    ),
)
