"""An install link: the parameters of *install* and *start*, checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.core.errors import LinkRefusedError
from dashboard.core.messages import LANGUAGES, text

LONGEST_METADATA = 512  # characters; a text below says so

_TEAM = re.compile(r"[TE][A-Z0-9]{1,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link asks for: a workspace to pre-select, and metadata of the vendor's, signed or not, and if signed
    perhaps until when (seconds since 1970); the language of the pages, if not the browser's."""

    team: str | None = None
    metadata: str | None = None
    signed: bool = False
    expires_at: int | None = None
    language: str | None = None


def signed_text(metadata: str, expires_at: int | None) -> str:
    """What the signature of a link is made of. No metadata holds a line feed, so the two forms are never the same."""
    return metadata if expires_at is None else f"{metadata}\n{expires_at}"


def read(query: Mapping[str, str], accepts: Callable[[str, str], bool], now: int) -> Link:
    """Read a link's parameters at `now` (ms); `accepts` says whether a signature fits a text (`App.accepts`).

    A team that is no Slack id is left out: the person chooses at Slack. So is a language there are no texts in.
    Raises LinkRefusedError if metadata is too long or holds control characters, its signature is wrong, or it is signed
    and has expired.
    """
    team, metadata, signature = query.get("team", ""), query.get("metadata", ""), query.get("sig")
    if len(metadata) > LONGEST_METADATA:
        raise LinkRefusedError(text("Its metadata is longer than 512 characters."))
    if _CONTROL.search(metadata):
        raise LinkRefusedError(text("Its metadata holds control characters."))
    team_or_none = team if _TEAM.fullmatch(team) else None
    language = spoken(query)
    if signature is None:
        return Link(team_or_none, metadata or None, language=language)
    expires_at = _expiry(query.get("exp"))
    if not accepts(signed_text(metadata, expires_at), signature):
        raise LinkRefusedError(text("Its signature does not match its metadata."))
    if expires_at is not None and expires_at * 1000 <= now:
        raise LinkRefusedError(text("It has expired."))
    return Link(team_or_none, metadata or None, bool(metadata), expires_at, language)


def spoken(query: Mapping[str, str]) -> str | None:
    """The language that an address asks for with `lang`, if there are texts in it."""
    language = query.get("lang", "")
    return language if language in LANGUAGES else None


def _expiry(given: str | None) -> int | None:
    """Raises LinkRefusedError if it is not a time."""
    if given is None:
        return None
    if not _SECONDS.fullmatch(given):
        raise LinkRefusedError(text("Its time of expiry is not a number of seconds."))
    return int(given)
