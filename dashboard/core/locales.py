"""Lengths of time and moments in the languages of the public pages, by Unicode's CLDR."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from dashboard.core import words
from dashboard.core.messages import ENGLISH, PSEUDO

_UNITS: tuple[tuple[Literal["day", "hour", "minute", "second"], int], ...] = (
    ("day", 86_400),
    ("hour", 3_600),
    ("minute", 60),
    ("second", 1),
)


def duration(milliseconds: int, language: str) -> str:
    """A length of time in its largest unit: `3 Tage`."""
    if language in (ENGLISH, PSEUDO):
        return words.duration(milliseconds)
    from babel.dates import format_timedelta  # noqa: PLC0415 - 4 MB, for what few ask for

    seconds = max(1, milliseconds // 1000)
    name, length = next(unit for unit in _UNITS if seconds >= unit[1])
    whole = timedelta(seconds=seconds // length * length)
    return format_timedelta(whole, granularity=name, threshold=float("inf"), locale=language)


def moment(milliseconds: int, language: str) -> str:
    """A moment: `Mo., 23. Nov. 2026, 09:14 UTC`."""
    if language in (ENGLISH, PSEUDO):
        return words.moment(milliseconds)
    from babel.dates import format_skeleton  # noqa: PLC0415 - as above

    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    day, time = (format_skeleton(skeleton, at, locale=language) for skeleton in ("yMMMEd", "Hm"))
    return f"{day}, {time} UTC"
