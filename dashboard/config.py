"""Settings, read from the environment once, in `create_app`. The only place that knows a variable's name."""

import dataclasses
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from dashboard.errors import ConfigurationError

SHORTEST_KEY = 32
LONGEST_CLIENT_ID = 32  # slack_sdk's column of that name holds 32 characters
LOG_LEVELS = ("debug", "info", "warning", "error")

_SCOPE = re.compile(r"[A-Za-z0-9:._-]{1,100}")
_COOKIE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _setting(variable: str, default: str, parse: Callable[[str], Any], help_text: str, *, secret: bool = False) -> Any:
    return field(
        repr=not secret,
        metadata={"variable": variable, "default": default, "parse": parse, "help": help_text, "secret": secret},
    )


def _text(value: str) -> str:
    return value


def _keys(value: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in value.split(",") if key.strip())
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise ValueError(f"needs at least {SHORTEST_KEY} characters in each key (make one with `dashboard secret`)")
    return keys


def _scopes(value: str) -> tuple[str, ...]:
    scopes = tuple(dict.fromkeys(re.split(r"[,\s]+", value.strip(", \t\n")))) if value.strip(", \t\n") else ()
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


def _secure_url(value: str) -> str:
    """An https address, or http on loopback."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address (write it as https://slack.example.com)") from None
    if not host or parts.username or re.search(r"[\s\x00-\x1f\"'<>\\]", value):
        raise ValueError("is not an address (write it as https://slack.example.com)")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError("must begin with https:// (http:// is accepted on localhost only)")
    return value


def _origin(value: str) -> str:
    parts = urlsplit(_secure_url(value))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must be a scheme and host without a path, such as https://slack.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _optional_url(value: str) -> str:
    return _secure_url(value) if value else ""


def _switch(value: str) -> bool:
    if value.lower() not in ("on", "off"):
        raise ValueError("must be on or off")
    return value.lower() == "on"


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _level(value: str) -> str:
    if value.lower() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return value.lower()


def _cookie_name(value: str) -> str:
    if not _COOKIE_NAME.fullmatch(value):
        raise ValueError("must be 1 to 64 letters, digits, dashes or underscores")
    return value


def _client_id(value: str) -> str:
    if len(value) > LONGEST_CLIENT_ID or not value.isascii() or re.search(r"[\s,]", value):
        raise ValueError(f"is not a Slack client id (at most {LONGEST_CLIENT_ID} characters, such as 1234.5678)")
    return value


def _database_url(value: str) -> str:
    scheme = value.partition("://")[0]
    if scheme not in ("sqlite", "sqlite+aiosqlite", "postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError("must begin with sqlite+aiosqlite:/// or postgresql://")
    if scheme.startswith("sqlite") and not value.partition(":///")[2].partition("?")[0].strip("/"):
        raise ValueError("must name a file, such as sqlite+aiosqlite:///dashboard.db (a database in memory is lost)")
    return value


@dataclass(frozen=True)
class Settings:
    """What the environment decides. Every field says its variable, default and meaning: docs and errors use them."""

    database_url: str = _setting(
        "DATABASE_URL",
        "sqlite+aiosqlite:///dashboard.db",
        _database_url,
        "Where everything is kept: a SQLite file, or a PostgreSQL address. The Bolt app uses the same one.",
        secret=True,
    )
    secret_keys: tuple[str, ...] = _setting(
        "SECRET_KEY",
        "",
        _keys,
        "Signs states. Several may be given, comma-separated, newest first: the first signs, all are accepted. "
        "At least 32 characters each; `dashboard secret` makes one. `serve` refuses to start without it.",
        secret=True,
    )
    token_keys: tuple[str, ...] = _setting(
        "DASHBOARD_TOKEN_KEYS",
        "",
        _keys,
        "Seals stored tokens, several comma-separated, newest first. Without it, keys are derived from SECRET_KEY.",
        secret=True,
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "http://localhost:8000",
        _origin,
        "Where browsers reach this service: scheme and host, https (http on localhost only). "
        "Redirect URLs are made from it.",
    )
    slack_client_id: str = _setting(
        "SLACK_CLIENT_ID", "", _client_id, "The default app's client id. Without it /slack/… answers 404."
    )
    slack_client_secret: str = _setting(
        "SLACK_CLIENT_SECRET", "", _text, "The default app's client secret.", secret=True
    )
    slack_signing_secret: str = _setting(
        "SLACK_SIGNING_SECRET",
        "",
        _text,
        "The default app's signing secret. The install flow does not need it.",
        secret=True,
    )
    slack_scopes: tuple[str, ...] = _setting(
        "SLACK_SCOPES", "", _scopes, "The bot scopes the default app asks for, comma-separated."
    )
    slack_user_scopes: tuple[str, ...] = _setting(
        "SLACK_USER_SCOPES", "", _scopes, "The user scopes the default app asks for, comma-separated."
    )
    slack_redirect_uri: str = _setting(
        "SLACK_REDIRECT_URI",
        "",
        _optional_url,
        "The default app's redirect URL as configured at Slack. Without it: PUBLIC_URL and /slack/oauth_redirect.",
    )
    slack_api_url: str = _setting(
        "SLACK_API_URL", "https://slack.com/api/", _secure_url, "Slack's API: another one for GovSlack and for tests."
    )
    slack_authorize_url: str = _setting(
        "SLACK_AUTHORIZE_URL",
        "https://slack.com/oauth/v2/authorize",
        _secure_url,
        "Slack's page where a person allows the app: another one for GovSlack and for tests.",
    )
    token_encryption: bool = _setting(
        "DASHBOARD_TOKEN_ENCRYPTION",
        "on",
        _switch,
        "Whether tokens are sealed before they are stored. `off` keeps rows readable for slack_sdk's own stores.",
    )
    state_ttl: int = _setting(
        "DASHBOARD_STATE_TTL",
        "600",
        _number(1, 86400),
        "How long an install link lives once it was opened, in seconds.",
    )
    state_cookie: str = _setting(
        "DASHBOARD_STATE_COOKIE",
        "slack-app-oauth-state",
        _cookie_name,
        "The name of the install flow's cookie. Some hosts strip every cookie but one of their own choosing.",
    )
    log_level: str = _setting(
        "DASHBOARD_LOG_LEVEL", "info", _level, "debug, info, warning or error. No level writes a secret."
    )
    proxy_hops: int = _setting(
        "DASHBOARD_PROXY_HOPS",
        "0",
        _number(0, 16),
        "How many proxies in front may be believed about a visitor's address, scheme and host, counted from the right.",
    )
    port: int = _setting("PORT", "8000", _number(0, 65535), "The port `serve` listens on, unless --port says another.")

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every setting; an empty variable counts as absent.

        Raises ConfigurationError with one sentence for each mistake, each naming its variable.
        """
        values: dict[str, Any] = {}
        mistakes: list[str] = []
        for setting in dataclasses.fields(cls):
            variable = setting.metadata["variable"]
            raw = environment.get(variable, "").strip() or setting.metadata["default"]
            try:
                values[setting.name] = setting.metadata["parse"](raw)
            except ValueError as mistake:
                mistakes.append(f"{variable} {mistake}.")
        if not mistakes:
            settings = cls(**values)
            mistakes = settings._contradictions()
        if mistakes:
            raise ConfigurationError("\n".join(mistakes), "docs/configuration.md says what each variable means.")
        return settings

    def _contradictions(self) -> list[str]:
        if self.slack_client_id and not self.slack_client_secret:
            return ["SLACK_CLIENT_SECRET is missing: the app of SLACK_CLIENT_ID cannot be installed without it."]
        if self.slack_client_secret and not self.slack_client_id:
            return ["SLACK_CLIENT_ID is missing: SLACK_CLIENT_SECRET alone names no app."]
        return []

    def warnings(self) -> list[str]:
        """What can be run, but hardly works as it was meant: one sentence each."""
        found = []
        if self.slack_redirect_uri and not self.slack_redirect_uri.startswith(f"{self.public_url}/"):
            found.append(
                "SLACK_REDIRECT_URI is not at PUBLIC_URL: the browser's cookie is set at PUBLIC_URL and will be "
                "missing on the return, unless a proxy serves both."
            )
        if self.slack_client_id and not self.slack_scopes and not self.slack_user_scopes:
            found.append("SLACK_SCOPES and SLACK_USER_SCOPES are both empty: Slack refuses to install such an app.")
        return found

    def require_secret_key(self) -> None:
        """Raise ConfigurationError where no SECRET_KEY is set: nothing can be signed without one."""
        if not self.secret_keys:
            raise ConfigurationError("SECRET_KEY is missing.", "Make one with `dashboard secret` and set it.")

    @property
    def cookies_are_secure(self) -> bool:
        """Whether cookies carry `Secure`: always, except on loopback without TLS."""
        return self.public_url.startswith("https://")
