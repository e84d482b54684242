"""What one sends to the customer: greeting, what happened, what comes next, the reference."""

from dataclasses import dataclass

from dashboard.core.messages import ENGLISH, text, translated
from dashboard.install.catalogue.entry import AFTER_FIX, APP_OWNER, NO, OPERATOR, SLACK

UNNAMED = text("our app")  # in the place of a name that nobody gave
_GREETING = text("Hello,")
_AGAIN = text("You can start again here: {url}")
_AGAIN_THEN = text("Once that is done, please start again here: {url}")
_WE_WRITE = text("We will write to you as soon as it works.")
_REFERENCE = text("Reference: {reference}")
_ENDING = text("Kind regards")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a reply is made of. `language` is the one that the visitor's browser asked for."""

    text: str  # in English: a key of the catalogues
    app_name: str  # empty: it has none
    retry: str
    owner: str
    install_url: str  # empty: nothing can be installed there now
    reference: str  # empty: it is about no attempt
    language: str


def written(reply: Reply, language: str = ENGLISH) -> str:
    """The reply, to be copied, in a language of LANGUAGES."""
    words = {
        "app": reply.app_name or translated(UNNAMED, language),
        "url": reply.install_url,
        "reference": reply.reference,
    }
    parts = (_GREETING, reply.text, _next(reply), _REFERENCE if reply.reference else "", _ENDING)
    return "\n\n".join(_filled(translated(part, language), words) for part in parts if part)


def _next(reply: Reply) -> str:
    """Who does something next."""
    if reply.retry == AFTER_FIX and reply.owner in (APP_OWNER, OPERATOR, SLACK):
        return _WE_WRITE
    if reply.retry == NO or not reply.install_url:
        return ""
    return _AGAIN_THEN if reply.retry == AFTER_FIX else _AGAIN


def _filled(sentence: str, words: dict[str, str]) -> str:
    filled = sentence.format_map(words)
    return f"{filled[:1].upper()}{filled[1:]}"
