"""What the catalogue holds of a code."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """What the failure page says to the person who was installing: a heading, what to know, and the button that
    begins anew, only if that can help. The text may name {age} and {limit}, durations in words."""

    title: str
    text: str
    button: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. An alias says the same to the visitor as the code it names."""

    code: str
    visitor: Visitor
    alias_of: str | None = None


def entry(code: str, title: str, text: str, *, start_again: bool, button: str = "Start again") -> Entry:
    return Entry(code, Visitor(title, text, button if start_again else None))


def aliases(original: Entry, *codes: str) -> tuple[Entry, ...]:
    """Codes that mean the same to the visitor, though not to support."""
    return tuple(Entry(code, original.visitor, alias_of=original.code) for code in codes)
