"""A tenant: one app in one workspace or organization, and its row in the summary."""

import hashlib
import re
import unicodedata
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from sqlalchemy import Connection, select

from dashboard.core.db import fetch_one
from dashboard.core.models import Installation
from dashboard.core.text import seen

SORTED_BY = 80  # characters of a name
ACTIVE, REVOKED, UNINSTALLED = "active", "revoked", "uninstalled"
SUSPENDED, DELETED = "suspended", "deleted"  # by an operator, who can take it back: see slack/archive.py


class Tenant(NamedTuple):
    """Where an app is installed: a workspace, a workspace inside an organization, or a whole organization."""

    client_id: str
    enterprise_id: str | None
    team_id: str | None

    @property
    def forms(self) -> list["Tenant"]:
        """The tenant in each way that rows spell it: others may write an absent id as '', we and slack_sdk as NULL."""
        enterprises, teams = ((id_,) if id_ else (None, "") for id_ in (self.enterprise_id, self.team_id))
        return [
            Tenant(self.client_id, enterprise_id, team_id) for enterprise_id, team_id in product(enterprises, teams)
        ]

    @property
    def key(self) -> str:
        return f"{self.enterprise_id or ''}/{self.team_id or ''}"


_ACCENTS = re.compile("[\u0300-\u036f]")
_WITHOUT = str.maketrans(
    {
        **dict.fromkeys("'`\u00b4\u2018\u2019\u02bc\u2032", ""),
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
    }
)


def fold(text: str) -> str:
    """Text as it is searched: compatibility forms unified, cases folded, in every script alike on every database."""
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split())


def plain(text: str) -> str:
    """Text as names are looked for by people whose keyboard lacks a letter: folded, Latin letters without their accents
    (`Łódź` is `lodz`), and without apostrophes, of which there are six."""
    folded = fold(text)
    if folded.isascii():
        return folded.replace("'", "").replace("`", "")
    bare = folded.translate(_WITHOUT)
    # Only the marks of European scripts: in others they are vowels, or make another letter.
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", bare)))


def search_text(*words: str | None) -> str:
    """What an installation is found by: the pairs of letters in it that have no case, its names, ids and address."""
    text = plain(" ".join(word for word in words if word))
    return " ".join([*pairs(text), text])


def pairs(text: str) -> list[str]:
    """Every two letters without case that stand together, once. Behind a space each, they are found by an index, as is
    what a word begins with in scripts that put spaces between words."""
    if text.isascii():
        return []
    both = (text[at : at + 2] for at in range(len(text) - 1))
    return list(dict.fromkeys(pair for pair in both if all(map(is_without_case, pair))))


def is_without_case(letter: str) -> bool:
    """Whether it is of a script without capital letters: most of these put no spaces between words."""
    return unicodedata.category(letter) == "Lo"


def sort_name(*names: str | None) -> str:
    """What an installation is sorted by where it is sorted by name: the first of these that says anything, folded."""
    folded = (fold(seen(name)) for name in names if name)
    return next((name[:SORTED_BY] for name in folded if name), "")


@lru_cache(maxsize=1024)  # most installations of an app may do the same
def scope_set(bot_scopes: str | None, user_scopes: str | None) -> str:
    """A short name for all that an installation may do: that of another is the same where its scopes are."""
    return hashlib.sha256(f"{bot_scopes or ''}\n{user_scopes or ''}".encode()).hexdigest()[:16]


def summary_of(db: Connection, tenant: Tenant) -> Installation | None:
    """The summary of a tenant; None if the app was never installed there."""
    here = (Installation.client_id == tenant.client_id, Installation.tenant == tenant.key)
    return fetch_one(db, select(Installation).where(*here), Installation)
