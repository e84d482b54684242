"""How the text of an environment variable becomes its value. Each raises ValueError with what is wrong, fit to follow
the variable's name in a sentence."""

import ipaddress
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from sqlalchemy import URL

SHORTEST_KEY = 32
LONGEST_CLIENT_ID = 32  # slack_sdk's column of that name holds 32 characters
LOG_LEVELS = ("debug", "info", "warning", "error")

_SCOPE = re.compile(r"[A-Za-z0-9:._-]{1,100}")
_BETWEEN_SCOPES = re.compile(r"[,\s]+")
_NOT_IN_A_URL = re.compile(r"[\s\x00-\x1f\"'<>\\]")
_COOKIE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def text(value: str) -> str:
    return value


def is_encodable(value: str) -> bool:
    """Whether a text came as UTF-8: Python keeps other bytes of the environment and command line as half characters."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValueError(f"needs at least {SHORTEST_KEY} characters in each key (make one with `dashboard secret`)")
    return keys


def scopes(value: str) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(_BETWEEN_SCOPES.split(value.strip(", \t\n")))) if value.strip(", \t\n") else ()
    for scope in scopes:
        if not _SCOPE.fullmatch(scope):
            raise ValueError(f"holds '{scope[:40]}', which is not a scope's name (write them as chat:write,commands)")
    return scopes


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine itself, where http needs no TLS (RFC 6761, RFC 8252 §8.3)."""
    if not host:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secure_url(value: str) -> str:
    """An https address, or http on loopback."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address (write it as https://slack.example.com)") from None
    if not host or "@" in parts.netloc or _NOT_IN_A_URL.search(value):
        raise ValueError("is not an address (write it as https://slack.example.com)")
    if not value.isascii():
        raise ValueError("must be in ASCII (write a host such as bücher.example as xn--bcher-kva.example)")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("must begin with https:// (http:// is accepted on localhost only)")
    return value


def origin(value: str) -> str:
    parts = urlsplit(secure_url(value))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must be a scheme and host without a path, such as https://slack.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def endpoint(value: str) -> str:
    """An address to which a path or a query is added."""
    if "?" in value or "#" in value:
        raise ValueError("must be an address without ? and #: a query is added to it")
    return secure_url(value)


def optional_url(value: str) -> str:
    return secure_url(value) if value else ""


def switch(value: str) -> bool:
    if value.lower() not in ("on", "off"):
        raise ValueError("must be on or off")
    return value.lower() == "on"


def number(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def level(value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return value.lower()


def cookie_name(value: str) -> str:
    if not _COOKIE_NAME.fullmatch(value):
        raise ValueError("must be 1 to 64 letters, digits, dashes or underscores")
    return value


def client_id(value: str) -> str:
    if len(value) > LONGEST_CLIENT_ID or not value.isascii() or _BETWEEN_SCOPES.search(value):
        raise ValueError(f"is not a Slack client id (at most {LONGEST_CLIENT_ID} characters, such as 1234.5678)")
    return value


def database_url(value: str) -> str:
    scheme = value.partition("://")[0]
    if scheme not in ("sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql://")
    from sqlalchemy import make_url  # noqa: PLC0415 - takes longer to load than `--help` may take
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415 - the same

    try:
        parsed = make_url(value)
    except (ArgumentError, ValueError):  # their texts quote what may be a part of a password
        raise ValueError("is not a database's address (percent-encode @ : / ? # in a password)") from None
    _check_sqlite(parsed) if scheme.startswith("sqlite") else _check_postgresql(parsed)
    return value


def _check_sqlite(parsed: "URL") -> None:
    file = (parsed.database or "").strip("/")
    if parsed.host or not file or file.startswith((":memory:", "file:")):
        raise ValueError("must name a file, such as sqlite+aiosqlite:///dashboard.db (a database in memory is lost)")
    if parsed.query:
        raise ValueError("takes no options for SQLite: leave out the ? and what follows")


def _check_postgresql(parsed: "URL") -> None:
    import psycopg  # noqa: PLC0415 - loads libpq, which SQLite does without

    if parsed.port is not None and not 1 <= parsed.port <= 65535:
        raise ValueError("has an invalid port")
    for option, given in parsed.query.items():
        try:
            psycopg.conninfo.make_conninfo(**{option: given if isinstance(given, str) else ",".join(given)})
        except psycopg.Error:
            raise ValueError(f"has the option '{option[:40]}', which PostgreSQL does not know") from None
