"""A page that is rendered once, with gaps for what differs between those who see it."""

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

_EDGE = "\ue000"  # of the Private Use Area: no text in any language has it
_GAP = re.compile(f"{_EDGE}([a-z_]+){_EDGE}")


def gap(name: str) -> Markup:
    """What a template is given in the place of a value. It must put it out as it is, through no filter."""
    return Markup(f"{_EDGE}{name}{_EDGE}")  # noqa: S704 - our own names


def parts(html: str) -> tuple[str, ...]:
    """What was rendered with gaps, for `filled`: text and a gap's name, in turn."""
    return tuple(_GAP.split(html))


def filled(page: tuple[str, ...], values: Mapping[str, str]) -> str:
    """The page with each value in its gaps, escaped as a template does it. What only looks like a gap stays."""
    escaped = {name: escape(value) for name, value in values.items()}
    return "".join(escaped.get(part, gap(part)) if number % 2 else part for number, part in enumerate(page))
