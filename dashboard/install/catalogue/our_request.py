"""What Slack answers when our own request was wrong: each a mistake of this program, or of something on the way."""

from dashboard.core.messages import text
from dashboard.install.catalogue import replies
from dashboard.install.catalogue.causes import anywhere
from dashboard.install.catalogue.entry import AFTER_FIX, CRITICAL, OPERATOR, Cause, Support, alias, entry

_CAUSES = (
    Cause(
        anywhere.with_this_release,
        us="Go back to the release before, and report it with the attempt's reference and Slack's request id.",
    ),
    Cause(anywhere.everybody_meets_it),
    Cause(
        anywhere.this_customer_alone,
        us="Compare with one that succeeded: what does this customer's link, browser or proxy send that others do not?",
    ),
)


def _support(explanation: str, us: str = "Look whether a proxy between us and slack.com rewrites requests.") -> Support:
    return Support(
        owner=OPERATOR,
        severity=CRITICAL,
        retry=AFTER_FIX,
        explanation=explanation,
        us=us,
        customer="Nothing; they can try again once it is mended.",
        reply=replies.OUR_FAULT,
        causes=_CAUSES,
    )


_BAD_REQUEST = entry(
    "invalid_arg_name",
    text("Slack could not make sense of our request"),
    text("This is a mistake on our side, not yours. Please pass on the reference below; we will look into it."),
    _support("Slack does not take a field of that name. Our fields are fixed: something added one on the way."),
    start_again=False,
)

_EXPLANATIONS = {
    "not_authed": "The request reached Slack without the app's credentials or token: a proxy took the header out.",
    "unknown_method": "Slack has no method of that name. Ours are oauth.v2.access and auth.test: the address was "
    "changed on the way, or Slack has withdrawn one.",
    "invalid_array_arg": "A field was sent twice. We send each once: something repeats them on the way.",
    "invalid_charset": "The request did not say utf-8. We say nothing else: something set another character set.",
    "invalid_form_data": "The form of the request could not be read: it was cut or encoded anew on the way.",
    "invalid_post_type": "The request's content type is none that Slack takes: something replaced it on the way.",
    "missing_post_type": "The request had a body and no content type: something took the header out on the way.",
    "method_deprecated": "Slack is about to withdraw the method: a newer release of this dashboard is needed.",
    "deprecated_endpoint": "Slack has withdrawn the method: a newer release of this dashboard is needed.",
    "not_allowed_token_type": "The token that the exchange gave is of a kind that the check does not take, as for an "
    "app that is set up as a workflow or with a person's token alone.",
    "is_bot": "A bot's token was sent where Slack takes a person's only.",
}

ENTRIES = (_BAD_REQUEST, *(alias(_BAD_REQUEST, code, _support(text)) for code, text in _EXPLANATIONS.items()))
