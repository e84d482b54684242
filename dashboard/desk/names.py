"""Workspaces and organizations whose names stand in a text that somebody wrote."""

from bisect import bisect_left, bisect_right

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.db import without_index
from dashboard.core.models import Installation
from dashboard.core.text import seen
from dashboard.slack.tenant import SORTED_BY, fold, is_without_case

Column = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]

SHORTEST = 4
MOST = 4_000  # parts of a text that are looked for: of five hundred characters, where spaces stand between words, all
MOST_CALLED_SO = 200  # installations, of which the latest are shown


def conditions(operator: Operator, text: str) -> list[ColumnElement[bool]]:
    """The conditions that an installation's own name stands in a text, however it is written, and that its
    organization's does, as Slack writes it; among those that the operator may see. The parts of the text are looked for
    in an index of names, which is said by its order: one that expects many would read all rows for the latest."""
    of_organization = Installation.enterprise_id.is_not(None), Installation.enterprise_name.in_(parts(seen(text)))
    return [
        _first_of(operator, Installation.sort_name, Installation.sort_name.in_(parts(fold(seen(text))))),
        _first_of(operator, Installation.enterprise_name, *of_organization),
    ]


def _first_of(operator: Operator, name: Column, *known: ColumnElement[bool]) -> ColumnElement[bool]:
    visible = without_index(visible_to(operator, Installation.client_id))
    return Installation.id.in_(select(Installation.id).where(*known, visible).order_by(name).limit(MOST_CALLED_SO))


def parts(text: str) -> list[str]:
    """Every part of a text that may be a name: it begins and ends where a word does. Of too many the longest are left
    out."""
    ends = [at for at in range(len(text) + 1) if not _is_within_a_word(text[max(0, at - 1) : at + 1])]
    found: dict[str, None] = {}
    for begin in ends:
        near = ends[bisect_left(ends, begin + SHORTEST) : bisect_right(ends, begin + SORTED_BY)]
        found |= dict.fromkeys(part for end in near if (part := text[begin:end]) == part.strip())
    return sorted(found, key=len)[:MOST]


def _is_within_a_word(around: str) -> bool:
    """Whether two characters belong to one word."""
    return len(around) == 2 and all(one.isalnum() and not is_without_case(one) for one in around)
