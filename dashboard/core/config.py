"""Settings, read from the environment once, in `create_app`. The only place that knows a variable's name."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.core import parse
from dashboard.core.disk import DiskLimits
from dashboard.core.errors import ConfigurationError
from dashboard.core.pace import Pace


def _setting(
    variable: str, default: str, parse: Callable[[str], object], help_text: str, *, secret: bool = False
) -> Any:
    return field(
        repr=not secret,
        metadata={"variable": variable, "default": default, "parse": parse, "help": help_text, "secret": secret},
    )


@dataclass(frozen=True)
class Settings:
    """What the environment decides. Every field says its variable, default and meaning: docs and errors use them."""

    database_url: str = _setting(
        "DATABASE_URL",
        "sqlite+aiosqlite:///dashboard.db",
        parse.database_url,
        "Where everything is kept: a SQLite file, or a PostgreSQL address. The Bolt app uses the same one.",
        secret=True,
    )
    secret_keys: tuple[str, ...] = _setting(
        "SECRET_KEY",
        "",
        parse.keys,
        "Signs states. Several may be given, comma-separated, newest first: the first signs, all are accepted. "
        "At least 32 characters each; `dashboard secret` makes one. `serve` refuses to start without it.",
        secret=True,
    )
    token_keys: tuple[str, ...] = _setting(
        "DASHBOARD_TOKEN_KEYS",
        "",
        parse.keys,
        "Seals stored tokens, several comma-separated, newest first. Without it, keys are derived from SECRET_KEY.",
        secret=True,
    )
    public_url: str = _setting(
        "PUBLIC_URL",
        "http://localhost:8000",
        parse.origin,
        "Where browsers reach this service: scheme and host, https (http on localhost only). "
        "Redirect URLs are made from it.",
    )
    slack_client_id: str = _setting(
        "SLACK_CLIENT_ID", "", parse.client_id, "The default app's client id. Without it /slack/… answers 404."
    )
    slack_client_secret: str = _setting(
        "SLACK_CLIENT_SECRET", "", parse.text, "The default app's client secret.", secret=True
    )
    slack_signing_secret: str = _setting(
        "SLACK_SIGNING_SECRET",
        "",
        parse.text,
        "The default app's signing secret. The install flow does not need it.",
        secret=True,
    )
    slack_scopes: tuple[str, ...] = _setting(
        "SLACK_SCOPES", "", parse.scopes, "The bot scopes the default app asks for, comma-separated."
    )
    slack_user_scopes: tuple[str, ...] = _setting(
        "SLACK_USER_SCOPES", "", parse.scopes, "The user scopes the default app asks for, comma-separated."
    )
    slack_redirect_uri: str = _setting(
        "SLACK_REDIRECT_URI",
        "",
        parse.optional_url,
        "The default app's redirect URL as configured at Slack. Without it: PUBLIC_URL and /slack/oauth_redirect.",
    )
    slack_api_url: str = _setting(
        "SLACK_API_URL",
        "https://slack.com/api/",
        parse.endpoint,
        "Slack's API: another one for GovSlack and for tests.",
    )
    slack_authorize_url: str = _setting(
        "SLACK_AUTHORIZE_URL",
        "https://slack.com/oauth/v2/authorize",
        parse.endpoint,
        "Slack's page where a person allows the app: another one for GovSlack and for tests.",
    )
    token_encryption: bool = _setting(
        "DASHBOARD_TOKEN_ENCRYPTION",
        "on",
        parse.switch,
        "Whether tokens are sealed before they are stored. `off` keeps rows readable for slack_sdk's own stores. "
        "Must be set if the database holds plain rows from before.",
    )
    state_ttl: int = _setting(
        "DASHBOARD_STATE_TTL",
        "600",
        parse.number(1, 86400),
        "How long an install link lives once it was opened, in seconds.",
    )
    state_cookie: str = _setting(
        "DASHBOARD_STATE_COOKIE",
        "slack-app-oauth-state",
        parse.cookie_name,
        "The name of the install flow's cookie; unless it is set, `__Host-` stands before it under https. "
        "Some hosts strip every cookie but one of their own choosing.",
    )
    keep_attempts_days: int = _setting(
        "DASHBOARD_KEEP_ATTEMPTS", "180", parse.number(1, 36_500), "How long attempts are kept, in days."
    )
    keep_audit_days: int = _setting(
        "DASHBOARD_KEEP_AUDIT", "365", parse.number(1, 36_500), "How long the audit is kept, in days."
    )
    log_level: str = _setting(
        "DASHBOARD_LOG_LEVEL", "info", parse.level, "debug, info, warning or error. No level writes a secret."
    )
    proxy_hops: int = _setting(
        "DASHBOARD_PROXY_HOPS",
        "0",
        parse.number(0, 16),
        "How many proxies in front may be believed about a visitor's address, scheme and host, counted from the right.",
    )
    port: int = _setting(
        "PORT", "8000", parse.number(0, 65535), "The port `serve` listens on, unless --port says another."
    )
    said: frozenset[str] = frozenset()  # the names of the settings that the environment gave
    pace: Pace = field(default_factory=Pace)  # no variable decides it
    disk_limits: DiskLimits = field(default_factory=DiskLimits)  # nor this

    @classmethod
    def documented(cls) -> list[dataclasses.Field[object]]:
        """The fields that are read from a variable."""
        return [setting for setting in dataclasses.fields(cls) if "variable" in setting.metadata]

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> "Settings":
        """Read every setting; an empty variable counts as absent.

        Raises ConfigurationError with one sentence for each mistake, each naming its variable.
        """
        read: dict[str, Any] = {}  # each of its field's type, which its parser gives
        mistakes: list[str] = []
        given = {name for name, value in environment.items() if value.strip()}
        for setting in cls.documented():
            variable = setting.metadata["variable"]
            raw = environment[variable].strip() if variable in given else setting.metadata["default"]
            if not parse.is_encodable(raw):
                mistakes.append(f"{variable} is not text in UTF-8.")
                continue
            try:
                read[setting.name] = setting.metadata["parse"](raw)
            except ValueError as mistake:
                mistakes.append(f"{variable} {mistake}.")
        if not mistakes:
            said = frozenset(setting.name for setting in cls.documented() if setting.metadata["variable"] in given)
            settings = cls(**read, said=said)
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
        """What is allowed but probably a mistake: one sentence each."""
        sentences = []
        if self.slack_redirect_uri and not self.slack_redirect_uri.startswith(f"{self.public_url}/"):
            sentences.append(
                "SLACK_REDIRECT_URI is not at PUBLIC_URL: the browser's cookie is set at PUBLIC_URL and will be "
                "missing on the return, unless a proxy serves both."
            )
        if self.slack_client_id and not self.slack_scopes and not self.slack_user_scopes:
            sentences.append("SLACK_SCOPES and SLACK_USER_SCOPES are both empty: Slack refuses to install such an app.")
        return sentences

    def require_secret_key(self) -> None:
        """Raise ConfigurationError if no SECRET_KEY is set: nothing can be signed without one."""
        if not self.secret_keys:
            raise ConfigurationError("SECRET_KEY is missing.", "Make one with `dashboard secret` and set it.")

    @property
    def cookies_are_secure(self) -> bool:
        """Whether cookies carry `Secure`: always, except on loopback without TLS."""
        return self.public_url.startswith("https://")
