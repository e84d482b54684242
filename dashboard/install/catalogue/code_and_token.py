"""What Slack answers to an exchange, or to the check of the new token, when the code or the token is no good."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import anywhere, exchange, token
from dashboard.install.catalogue.entry import (
    AFTER_FIX,
    APP_OWNER,
    CRITICAL,
    INSTALLER,
    MAJOR,
    MINOR,
    OPERATOR,
    SLACK,
    WORKSPACE_ADMIN,
    YES,
    Cause,
    Support,
    alias,
    entry,
)

_CODE_CAUSES = (
    Cause(exchange.returned_twice),
    Cause(exchange.too_late),
    Cause(
        exchange.somebody_else_exchanges,
        owner=OPERATOR,
        severity=CRITICAL,
        retry=AFTER_FIX,
        us="Look for a second service at the same redirect URL, a former deployment or the Bolt app's own OAuth flow, "
        "and for a proxy that sends a request twice.",
        reply=replies.OUR_FAULT,
    ),
)
_INVALID_CODE = entry(
    "invalid_code",
    text("Slack's confirmation could not be used"),
    text(
        "It works once and for ten minutes; this one was used before or came too late. Start again, and go straight "
        "through without reloading."
    ),
    Support(
        owner=INSTALLER,
        severity=MINOR,
        retry=YES,
        explanation="Slack's code lives for ten minutes, works once and for one app. We send each code once, however "
        "often somebody returns, so a used one was used by somebody else or is made up.",
        us="Nothing for one alone.",
        customer="Start again and go straight through.",
        reply=replies.GO_STRAIGHT_THROUGH,
        causes=(*_CODE_CAUSES, Cause(exchange.other_apps_credentials, owner=OPERATOR, retry=AFTER_FIX)),
    ),
    start_again=True,
)

_REMOVED = Cause(token.removed_at_once)
_ALONE = Cause(anywhere.this_customer_alone)

ENTRIES = (
    _INVALID_CODE,
    alias(
        _INVALID_CODE,
        "code_already_used",
        Support(
            owner=INSTALLER,
            severity=MINOR,
            retry=YES,
            explanation="Slack has given a token for this code already. We send each code once, so that was somebody "
            "else: a second service at the same redirect URL, or a program that reads the addresses people visit.",
            us="Nothing for one alone. Where several meet it, somebody else exchanges our codes.",
            customer="Look whether the app is in the workspace already; if not, start again.",
            reply=replies.GO_STRAIGHT_THROUGH,
            causes=_CODE_CAUSES,
        ),
    ),
    entry(
        "invalid_refresh_token",
        text("The app's access has run out"),
        text("It could not be renewed. Installing the app again gives it fresh access."),
        Support(
            owner=OPERATOR,
            severity=MAJOR,
            retry=YES,
            explanation="A refresh token works once. When two processes renew the same token, or an old copy of the "
            "database comes back into use, the later one is refused, and only a new installation helps.",
            us="Let one process renew tokens, or give all of them the dashboard's store, which locks.",
            customer="Install the app again; nothing is lost.",
            reply=replies.ACCESS_RAN_OUT,
            causes=(Cause(token.rotated_by_two), _ALONE),
        ),
        start_again=True,
    ),
    entry(
        "account_inactive",
        text("The app was removed while it was being installed"),
        text(
            "Slack granted access and withdrew it again, perhaps because somebody removed the app or an account was "
            "closed. Start again; if it repeats, ask an admin of your workspace."
        ),
        Support(
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=YES,
            explanation="The token belongs to an account that is deactivated, or to an app that was removed meanwhile. "
            "In workspaces with many admins one installs while another cleans up.",
            us="Nothing.",
            customer="Start again; if it repeats, ask an admin who removed the app.",
            reply=replies.ACCESS_LOST,
            causes=(_REMOVED, _ALONE),
        ),
        start_again=True,
    ),
    entry(
        "token_revoked",
        text("Slack took the app's access back"),
        text(
            "It was withdrawn right after it was given. Somebody in your workspace may have removed the app at the "
            "same moment. Start again, and ask an admin if it repeats."
        ),
        Support(
            owner=WORKSPACE_ADMIN,
            severity=MINOR,
            retry=YES,
            explanation="Somebody revoked the token between the exchange and its check: by removing the app in Slack, "
            "or a program of ours that calls auth.revoke for workspaces it does not want.",
            us="Look whether anything of yours revokes tokens of new installations.",
            customer="Start again; if it repeats, ask an admin who removed the app.",
            reply=replies.ACCESS_LOST,
            causes=(_REMOVED, _ALONE),
        ),
        start_again=True,
    ),
    entry(
        "token_expired",
        text("The app's access had run out before it could be stored"),
        text("That should not happen within seconds. Start again; if it repeats, tell us the reference below."),
        Support(
            owner=SLACK,
            severity=MINOR,
            retry=YES,
            explanation="With token rotation a token lives for twelve hours. One that has run out within seconds "
            "points to a clock that is wrong, at Slack or in a proxy that answers from its memory.",
            us="Look whether a proxy keeps Slack's answers.",
            customer="Start again.",
            reply=replies.SLACK_BUSY,
            causes=(Cause(anywhere.everybody_meets_it, owner=OPERATOR, severity=MAJOR), _ALONE),
        ),
        start_again=True,
    ),
    entry(
        "invalid_auth",
        text("Slack does not accept the access it has just given"),
        text(
            "This can be a passing fault, or a list of allowed addresses that the app's makers have to extend. Start "
            "again once; if it repeats, tell us the reference below."
        ),
        Support(
            owner=SLACK,
            severity=MINOR,
            retry=YES,
            explanation="Right after the exchange some of Slack's servers do not know the token yet; we try twice. If "
            "it fails for everybody, the app's list of allowed IP addresses at Slack lacks the address we call from.",
            us="If it repeats for everybody: at api.slack.com/apps → OAuth & Permissions → Allowed IP Addresses add "
            "the addresses that this service calls from.",
            customer="Start again once.",
            reply=replies.SLACK_BUSY,
            causes=(
                Cause(
                    token.allowed_addresses,
                    owner=APP_OWNER,
                    severity=CRITICAL,
                    retry=AFTER_FIX,
                    reply=replies.OUR_SETTING,
                ),
                Cause(token.not_known_yet),
            ),
        ),
        start_again=True,
    ),
)
