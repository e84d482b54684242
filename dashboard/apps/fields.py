"""How the text of an app's setting becomes its value. Each raises ValueError with what is wrong, fit to follow the
setting's name in a sentence."""

import re

from dashboard.core import parse
from dashboard.core.parse import secure_url

TAKEN = "new"  # /ops/apps/new
LONGEST_TEXT, LONGEST_SECRET = 2_000, 200  # characters
LONGEST_NAME = 200  # characters

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_EMAIL = re.compile(r"[^\s@<>\"'?&]{1,64}@[A-Za-z0-9.-]{1,255}")


def slug(value: str) -> str:
    """The part of an app's address that names it."""
    if not _SLUG.fullmatch(value):
        raise ValueError("must be 1 to 40 small letters, digits and dashes, such as acme-bot")
    if value == TAKEN:
        raise ValueError(f"must not be {TAKEN}: that is the address of the form for a new app")
    return value


def name(value: str) -> str:
    if not value or len(value) > LONGEST_NAME or not value.isprintable():
        raise ValueError(f"must be 1 to {LONGEST_NAME} printable characters")
    return value


def vendor(value: str) -> str | None:
    """Who makes the app."""
    if not value.isprintable():
        raise ValueError("must be printable characters")
    return value or None


def accent(value: str) -> str | None:
    if value and not _COLOUR.fullmatch(value):
        raise ValueError("must be a colour such as #0b57b0")
    return value.lower() or None


def support(value: str) -> str | None:
    """Where a person turns for help: an e-mail address, or a web address."""
    if value and not _EMAIL.fullmatch(value):
        secure_url(value)
    return value or None


def scopes(value: str) -> str | None:
    """Scopes, comma-joined as everywhere."""
    return ",".join(parse.scopes(value)) or None


def url(value: str) -> str | None:
    return parse.optional_url(value) or None


def text(value: str) -> str | None:
    """Words of the vendor's for a public page, in several lines."""
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"must have at most {LONGEST_TEXT:,} characters, and has {len(value):,}")
    return "\n".join(line.rstrip() for line in value.strip().splitlines()) or None


def scope_reasons(value: str) -> str | None:
    """Why each scope is needed, one to a line: the scope, a blank, and the reason."""
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    for line in lines:
        scope, _, reason = line.partition(" ")
        if not reason.strip() or parse.scopes(scope) != (scope,):
            raise ValueError("must have a scope and its reason on each line, as in: chat:write to answer you")
    return "\n".join(lines) or None


def secret(value: str) -> str:
    """A secret of Slack's."""
    if not value or not value.isascii() or not value.isprintable() or len(value) > LONGEST_SECRET:
        raise ValueError("is none that Slack gives: copy it anew from Basic Information")
    return value
