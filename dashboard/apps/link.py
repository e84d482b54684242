"""An install link: the parameters of *install* and *start*, checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboard.core.errors import LinkRefusedError

LONGEST_METADATA = 512  # characters

_TEAM = re.compile(r"[TE][A-Z0-9]{1,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Link:
    """What a link asks for: a workspace to pre-select, and metadata of the vendor's, signed or not."""

    team: str | None = None
    metadata: str | None = None
    signed: bool = False


def read(query: Mapping[str, str], accepts: Callable[[str, str], bool]) -> Link:
    """Read a link's parameters; `accepts` says whether a signature fits metadata (`App.accepts`).

    A team that is no Slack id is left out: the person chooses at Slack.
    Raises LinkRefusedError if metadata is too long or holds control characters, or its signature is wrong.
    """
    team, metadata, signature = query.get("team", ""), query.get("metadata", ""), query.get("sig")
    if len(metadata) > LONGEST_METADATA:
        raise LinkRefusedError(f"Its metadata is longer than {LONGEST_METADATA} characters.")
    if _CONTROL.search(metadata):
        raise LinkRefusedError("Its metadata holds control characters.")
    if signature is not None and not accepts(metadata, signature):
        raise LinkRefusedError("Its signature does not match its metadata.")
    return Link(
        team=team if _TEAM.fullmatch(team) else None,
        metadata=metadata or None,
        signed=bool(metadata) and signature is not None,
    )
