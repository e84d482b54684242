"""Lengths of time, moments and numbers in words."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache

_UNITS = (("day", "d", 86_400), ("hour", "h", 3_600), ("minute", "min", 60), ("second", "s", 1))


def duration(milliseconds: int) -> str:
    """A length of time in its largest unit: `3 days`."""
    seconds = max(1, milliseconds // 1000)
    name, _, length = next(unit for unit in _UNITS if seconds >= unit[2])
    return many(seconds // length, name)


def span(milliseconds: int) -> str:
    """A length of time in its two largest units: `3 d 4 h`; under a second in milliseconds."""
    if milliseconds < 1000:
        return f"{max(0, milliseconds)} ms"
    seconds = milliseconds // 1000
    parts: list[str] = []
    for _, short, length in _UNITS:
        count, seconds = divmod(seconds, length)
        if count or parts:
            parts.append(f"{count} {short}" if count else "")
    return " ".join(part for part in parts[:2] if part)


def moment(milliseconds: int) -> str:
    """A moment: `Mon 23 Nov 2026, 09:14 UTC`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%a %d %b %Y, %H:%M UTC")


@lru_cache(maxsize=256)  # all charts name the same ones
def day(milliseconds: int) -> str:
    """A day as charts name it: `Mon 23 Nov`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%a %d %b")


def isotime(milliseconds: int) -> str:
    """A moment for machines, as `<time datetime>` wants it."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def many(count: int, noun: str, plural: str = "") -> str:
    """A number of things: `1 browser`, `3 browsers`. The plural is said where it takes more than an s."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"


def share(part: int, whole: int, places: int = 0) -> str:
    """A share in per cent: `98 %`. Only all is 100 and only nothing 0: what would be rounded to them is `> 99 %`, or
    `< 1 %`."""
    said, least = 100 * part / whole, 10.0**-places
    if 0 < said < least:
        return f"< {least:.{places}f} %"
    if 100 - least < said < 100:
        return f"> {100 - least:.{places}f} %"
    return f"{said:.{places}f} %"


def listed(items: Iterable[str]) -> str:
    """Several things in a sentence: `a, b and c`."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last
