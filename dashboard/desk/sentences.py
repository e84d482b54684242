"""The sentences that people read off a page and send: Slack's, by what they mean, and ours, by their codes."""

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from dashboard.core.messages import LANGUAGES, translated
from dashboard.core.models import AttemptEntry
from dashboard.install.catalogue import ENTRIES
from dashboard.install.catalogue.causes.never_came_back import READ, was_read
from dashboard.install.entries import NOTE
from dashboard.slack.tenant import fold

SHORTEST = 20  # characters of a sentence that is told by itself
SHORTEST_OF = {"ja": 10}  # where a character says more
MOST_CODES = 20

# What Slack's own page says, folded, and what it means: a key of `never_came_back.READ`.
_SLACKS = {
    "did not match any configured uris": "bad_redirect_uri",
    "bad_redirect_uri": "bad_redirect_uri",
    "invalid_team_for_non_distributed_app": "invalid_team_for_non_distributed_app",
    "invalid client_id": "invalid_client_id",
    "invalid_client_id": "invalid_client_id",
    "please specify client_id": "invalid_client_id",
    "please specify `client_id`": "invalid_client_id",
    "requested scopes are not valid": "invalid_scope",
    "invalid permissions requested": "invalid_scope",
    "invalid requested permissions": "invalid_scope",
    "requested scopes cannot be blank": "invalid_scope",
    "cannot request both identity scopes": "invalid_scope",
    "invalid_scope": "invalid_scope",
    "not permitted to install apps": "restricted",
    "not allowed on this workspace": "restricted",
    "you are not authorized to install": "restricted",
    "you're not authorized to install": "restricted",
    "your not authorized to install": "restricted",  # as people write it
    "isn't listed in the slack app directory": "restricted",
    "only workspace owners can install": "restricted",
    "plans can only install 10 apps": "app_limit",
    "your workspace has reached the limit": "app_limit",
    "limit of apps reached": "app_limit",
    "reached the limit of apps": "app_limit",
    "reached its limit of apps": "app_limit",
    "reached the app limit": "app_limit",
    "reached its app limit": "app_limit",
    "reached your app limit": "app_limit",
}
_SENTENCE = re.compile(r"[^.:;\u3002]+")


def read_on_slack(text: str) -> frozenset[str]:
    """What somebody read on Slack's page, by what it means."""
    folded = fold(text.replace("\u2019", "'"))
    return frozenset(meaning for sentence, meaning in _SLACKS.items() if sentence in folded)


def read_by_notes(notes: Iterable[AttemptEntry]) -> frozenset[str]:
    """What was read on Slack's page, by what it means, as far as somebody has kept it as a note."""
    texts = [entry.text or "" for entry in notes if entry.kind == NOTE]
    return frozenset(meaning for meaning in READ if any(was_read(meaning) in text for text in texts))


def codes_of(text: str) -> tuple[str, ...]:
    """The codes whose page shows a sentence that is in the text."""
    folded = fold(text)
    found = [code for sentence, codes in _ours().items() if sentence in folded for code in codes]
    return tuple(dict.fromkeys(found))[:MOST_CODES]


@lru_cache(maxsize=1)
def _ours() -> dict[str, list[str]]:
    """Each heading and each sentence of the failure pages in every language, folded, with the codes that show it."""
    codes: dict[str, list[str]] = {}
    for language, entry in product(LANGUAGES, ENTRIES.values()):
        title, words = (translated(each, language) for each in (entry.visitor.title, entry.visitor.text))
        for sentence in (title, *_SENTENCE.findall(words)):
            folded = fold(sentence)
            if len(folded) >= SHORTEST_OF.get(language, SHORTEST) and "{" not in folded:
                codes.setdefault(folded, []).append(entry.code)
    return codes
