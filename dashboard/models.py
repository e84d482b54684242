"""Every table, in reading order: what Slack granted, what we know of it, and how it came about.

`slack_installations` and `slack_bots` are slack_sdk's, by name, column and meaning: a Bolt app reads and writes them on
the same database. Ours carry a prefix, since the database may be a Bolt app's own. Times in our tables are whole
milliseconds since 1970, UTC, and end in `_at`; those in slack_sdk's are its naive UTC datetimes.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, DateTime, Index, Integer, MetaData, String, Text, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "pk": "%(table_name)s_pkey",
}


class Model(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {str: Text, int: BigInteger}  # noqa: RUF012 - SQLAlchemy's own declaration


class SlackInstallation(Model):
    """One row for each installation and re-installation by a person; the newest is the current one (slack_sdk)."""

    __tablename__ = "slack_installations"
    __table_args__ = (
        Index("slack_installations_idx", "client_id", "enterprise_id", "team_id", "user_id", "installed_at"),
        Index("slack_installations_latest_idx", "client_id", "enterprise_id", "team_id", "installed_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    client_id: Mapped[str] = mapped_column(String(32))
    app_id: Mapped[str] = mapped_column(String(32))
    enterprise_id: Mapped[str | None] = mapped_column(String(32))
    enterprise_name: Mapped[str | None]
    enterprise_url: Mapped[str | None]
    team_id: Mapped[str | None] = mapped_column(String(32))
    team_name: Mapped[str | None]
    bot_token: Mapped[str | None]
    bot_id: Mapped[str | None] = mapped_column(String(32))
    bot_user_id: Mapped[str | None] = mapped_column(String(32))
    bot_scopes: Mapped[str | None]
    bot_refresh_token: Mapped[str | None]
    bot_token_expires_at: Mapped[datetime | None] = mapped_column(DateTime)
    user_id: Mapped[str] = mapped_column(String(32))
    user_token: Mapped[str | None]
    user_scopes: Mapped[str | None]
    user_refresh_token: Mapped[str | None]
    user_token_expires_at: Mapped[datetime | None] = mapped_column(DateTime)
    incoming_webhook_url: Mapped[str | None]
    incoming_webhook_channel: Mapped[str | None]
    incoming_webhook_channel_id: Mapped[str | None]
    incoming_webhook_configuration_url: Mapped[str | None]
    is_enterprise_install: Mapped[bool] = mapped_column(Boolean, default=False)
    token_type: Mapped[str | None] = mapped_column(String(32))
    installed_at: Mapped[datetime] = mapped_column(DateTime, default=func.now())


class SlackBot(Model):
    """The bot's token of each installation and re-installation that has a bot (slack_sdk)."""

    __tablename__ = "slack_bots"
    __table_args__ = (Index("slack_bots_idx", "client_id", "enterprise_id", "team_id", "installed_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    client_id: Mapped[str] = mapped_column(String(32))
    app_id: Mapped[str] = mapped_column(String(32))
    enterprise_id: Mapped[str | None] = mapped_column(String(32))
    enterprise_name: Mapped[str | None]
    team_id: Mapped[str | None] = mapped_column(String(32))
    team_name: Mapped[str | None]
    bot_token: Mapped[str | None]
    bot_id: Mapped[str | None] = mapped_column(String(32))
    bot_user_id: Mapped[str | None] = mapped_column(String(32))
    bot_scopes: Mapped[str | None]
    bot_refresh_token: Mapped[str | None]
    bot_token_expires_at: Mapped[datetime | None] = mapped_column(DateTime)
    is_enterprise_install: Mapped[bool] = mapped_column(Boolean, default=False)
    installed_at: Mapped[datetime] = mapped_column(DateTime, default=func.now())


class Installation(Model):
    """The current state of one app in one workspace or organization. It stays when Slack's rows go: the tombstone."""

    __tablename__ = "dashboard_installations"
    __table_args__ = (UniqueConstraint("client_id", "tenant"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    client_id: Mapped[str] = mapped_column(String(32))
    tenant: Mapped[str] = mapped_column(String(65))  # E…/T…, either half may be empty: a key without NULL
    app_id: Mapped[str]
    enterprise_id: Mapped[str | None]
    enterprise_name: Mapped[str | None]
    enterprise_url: Mapped[str | None]
    team_id: Mapped[str | None]
    team_name: Mapped[str | None]
    is_enterprise_install: Mapped[bool]
    status: Mapped[str] = mapped_column(String(16))  # see installations.STATUSES
    to_check: Mapped[bool]  # stored although Slack did not answer auth.test
    url: Mapped[str | None]  # the workspace's address, from auth.test
    installer_id: Mapped[str]
    bot_scopes: Mapped[str | None]
    user_scopes: Mapped[str | None]
    first_installed_at: Mapped[int]
    installed_at: Mapped[int]
    removed_at: Mapped[int | None]


class Attempt(Model):
    """One begun installation, with the reference its visitor sees. Never a code, token, secret or query string."""

    __tablename__ = "dashboard_attempts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    reference: Mapped[str] = mapped_column(String(9), unique=True)
    client_id: Mapped[str] = mapped_column(String(32))
    verified: Mapped[bool]  # a state of ours came with it; others stay out of rates and groups
    release: Mapped[str]

    # Where it stands
    step: Mapped[str] = mapped_column(String(16))  # the furthest reached, see attempts.STEPS
    outcome: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str | None]
    detail: Mapped[str | None]
    code: Mapped[str | None]  # the catalogue's entry
    slack_error: Mapped[str | None]
    slack_description: Mapped[str | None]
    slack_method: Mapped[str | None]
    slack_status: Mapped[int | None]
    slack_request_id: Mapped[str | None]
    slack_ms: Mapped[int | None]
    error_class: Mapped[str | None]

    # When
    started_at: Mapped[int | None]
    returned_at: Mapped[int | None]
    last_returned_at: Mapped[int | None]
    spent_at: Mapped[int | None]
    exchanged_at: Mapped[int | None]
    token_verified_at: Mapped[int | None]
    closed_at: Mapped[int | None]  # the outcome is final
    returns: Mapped[int] = mapped_column(server_default="0")

    # What was asked for
    source: Mapped[str | None]
    team: Mapped[str | None]
    link_metadata: Mapped[str | None]
    metadata_signed: Mapped[bool | None]
    redirect_uri: Mapped[str | None]
    scopes: Mapped[str | None]
    user_scopes: Mapped[str | None]

    # Who came
    browser_digest: Mapped[str | None]
    cookie: Mapped[str | None]  # at the last return: same, missing, other
    locale: Mapped[str | None]
    user_agent: Mapped[str | None]
    browser: Mapped[str | None]  # its family, such as Firefox
    system: Mapped[str | None]
    ip_prefix: Mapped[str | None]
    ip_hash: Mapped[str | None]
    referrer_host: Mapped[str | None]
    return_user_agent: Mapped[str | None]
    return_browser: Mapped[str | None]
    return_system: Mapped[str | None]
    return_ip_prefix: Mapped[str | None]
    return_ip_hash: Mapped[str | None]
    return_referrer_host: Mapped[str | None]

    # What Slack said it is
    app_id: Mapped[str | None]
    enterprise_id: Mapped[str | None]
    team_id: Mapped[str | None]
    user_id: Mapped[str | None]


# The sweep looks for attempts whose process died; there are never many.
Index(
    "dashboard_attempts_running",
    Attempt.spent_at,
    sqlite_where=Attempt.closed_at.is_(None) & Attempt.spent_at.is_not(None),
    postgresql_where=Attempt.closed_at.is_(None) & Attempt.spent_at.is_not(None),
)


class TokenKey(Model):
    """Which keys sealed rows that may still be there, so that a missing one is noticed at the start."""

    __tablename__ = "dashboard_token_keys"

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(8), primary_key=True)
