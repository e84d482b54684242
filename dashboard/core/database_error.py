"""What a database's error was about, in one word. Its text is never kept: it can quote the row, and a row holds tokens.

https://www.sqlite.org/rescode.html and https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re
from collections.abc import Mapping

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

LOCKED, UNAVAILABLE, DISK_FULL, READ_ONLY = "locked", "unavailable", "disk_full", "read_only"
NOT_MIGRATED, TOO_LONG, CHARACTER_SET, DAMAGED = "not_migrated", "too_long", "character_set", "damaged"
NO_CONNECTION_LEFT, OTHER = "no_connection_left", "other"

WORDS = {
    LOCKED: "another process held the database for too long",
    UNAVAILABLE: "the database did not answer",
    NO_CONNECTION_LEFT: "the database had no connection left",
    DAMAGED: "the database's file is damaged",
    DISK_FULL: "no room was left on the disk",
    READ_ONLY: "the database takes no writes",
    NOT_MIGRATED: "a table or column is missing",
    TOO_LONG: "a value is longer than its column",
    CHARACTER_SET: "a value has a character that the database cannot keep",
    OTHER: "something that is none of the known troubles",
}

MENDABLE = WORDS.keys() - {TOO_LONG, CHARACTER_SET, OTHER}  # by whoever runs the database

# By what SQLSTATE begins with, the longer first.
_SQLSTATES = {
    "40001": LOCKED,
    "40P01": LOCKED,
    "55P03": LOCKED,
    "53100": DISK_FULL,
    "53300": NO_CONNECTION_LEFT,
    "25006": READ_ONLY,
    "42P01": NOT_MIGRATED,
    "42703": NOT_MIGRATED,
    "22001": TOO_LONG,
    "22021": CHARACTER_SET,
    "22P05": CHARACTER_SET,
    "XX001": DAMAGED,
    "08": UNAVAILABLE,
    "57P": UNAVAILABLE,
}
_SQLITE = {
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_FULL": DISK_FULL,
    "SQLITE_READONLY": READ_ONLY,
    "SQLITE_CANTOPEN": UNAVAILABLE,
    "SQLITE_IOERR": UNAVAILABLE,
    "SQLITE_NOTADB": DAMAGED,
    "SQLITE_CORRUPT": DAMAGED,
    "SQLITE_TOOBIG": TOO_LONG,
}
_LENGTH = re.compile(r"\((\d+)\)")  # "value too long for type character varying(32)": of which column, it does not say
_NO_SUCH = ("no such table", "no such column", "has no column named")  # SQLite has no code of its own for these


def kind(error: BaseException) -> str | None:
    """The word for an error of the database; None if it is none."""
    if isinstance(error, PoolTimeoutError):
        return NO_CONNECTION_LEFT
    if not isinstance(error, DBAPIError) or error.orig is None:
        return None
    sqlstate = getattr(error.orig, "sqlstate", None)
    if sqlstate:
        return next((word for start, word in _SQLSTATES.items() if str(sqlstate).startswith(start)), OTHER)
    name = getattr(error.orig, "sqlite_errorname", "")
    word = next((word for start, word in _SQLITE.items() if name.startswith(start)), None)
    if word:
        return word
    if any(phrase in str(error.orig) for phrase in _NO_SUCH):
        return NOT_MIGRATED
    # A driver that has no state to give did not get as far as the database.
    return UNAVAILABLE if error.connection_invalidated or type(error.orig).__name__ == "OperationalError" else OTHER


def columns(error: BaseException) -> list[str]:
    """The columns whose values the database may not have taken, being longer than it said or of characters that it does
    not keep: their names, and never what should have gone into them. Empty if it was something else. A token's column
    has no length (migration 0001)."""
    if not isinstance(error, DBAPIError) or not isinstance(error.params, Mapping):
        return []
    word, length = kind(error), _LENGTH.search(str(error.orig))
    texts = {
        name: value for name, value in error.params.items() if isinstance(value, str) and not name.endswith("_token")
    }
    if word == TOO_LONG and length:
        return sorted(name for name, value in texts.items() if len(value) > int(length[1]))
    if word == CHARACTER_SET:
        return sorted(name for name, value in texts.items() if "\0" in value or not _is_unicode(value))
    return []


def _is_unicode(text: str) -> bool:
    """Whether it can be written as UTF-8: half a character cannot."""
    return text.encode(errors="replace").decode() == text
