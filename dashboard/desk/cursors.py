"""Cursors: the place in a list from which its next page goes on, as text that an address can carry."""

import base64
import binascii
import json
from dataclasses import dataclass

from dashboard.core.db import LARGEST_ID
from dashboard.desk.filters import Listed

LONGEST_ID = 32  # characters of an attempt's

_LARGEST_NUMBER = 2**53  # what JSON, and the cursor with it, holds exactly


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: after the row with this value in the column it is sorted by, and this id."""

    backwards: bool
    value: int | str
    id: int | str


def at(row: Listed, field: str, *, backwards: bool) -> str:
    """The cursor of what comes after a row, or `backwards` before it, in a list that is sorted by that field."""
    place = ["n" if backwards else "o", getattr(row, field), row.id]
    text = json.dumps(place, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, *, of_attempts: bool, is_text: bool) -> Place | None:
    """The place that a cursor names, or None if it is none of ours. `of_attempts`: whose ids are letters and digits;
    `is_text`: whether the list is sorted by text."""
    try:
        direction, value, id_ = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError, TypeError, RecursionError):
        return None
    fits_id = _is_attempt_id(id_) if of_attempts else _is_number(id_) and id_ <= LARGEST_ID
    fits = _is_text(value) if is_text else _is_number(value)
    return Place(direction == "n", value, id_) if direction in ("n", "o") and fits_id and fits else None


def _is_attempt_id(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_ID and value.isascii() and value.isalnum()


def _is_text(value: object) -> bool:
    """Text that a database takes: PostgreSQL no NUL, neither of them half a surrogate pair."""
    return isinstance(value, str) and not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)


def _is_number(value: object) -> bool:
    return type(value) is int and abs(value) < _LARGEST_NUMBER
