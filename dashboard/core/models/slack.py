"""slack_sdk's two tables, by name, column and meaning: a Bolt app reads and writes them on the same database.

Times are its naive UTC datetimes. Each has an archive of the same columns, for what no Bolt app shall find for a while.
"""

from datetime import datetime

from sqlalchemy import Boolean, DateTime, Index, Integer, String, func
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class _InstallationColumns:
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


class _BotColumns:
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


class SlackInstallation(_InstallationColumns, Model):
    """One row for each installation and re-installation by a person; the newest is the current one (slack_sdk)."""

    __tablename__ = "slack_installations"
    __table_args__ = (
        Index("slack_installations_idx", "client_id", "enterprise_id", "team_id", "user_id", "installed_at"),
        Index("slack_installations_latest_idx", "client_id", "enterprise_id", "team_id", "installed_at"),
    )


class SlackBot(_BotColumns, Model):
    """The bot's token of each installation and re-installation that has a bot (slack_sdk)."""

    __tablename__ = "slack_bots"
    __table_args__ = (Index("slack_bots_idx", "client_id", "enterprise_id", "team_id", "installed_at"),)


class ArchivedInstallation(_InstallationColumns, Model):
    """A row of `slack_installations` while its installation is suspended or deleted; its id is its own."""

    __tablename__ = "dashboard_archived_installations"
    __table_args__ = (Index("dashboard_archived_installations_tenant", "client_id", "enterprise_id", "team_id"),)


class ArchivedBot(_BotColumns, Model):
    """A row of `slack_bots` for as long."""

    __tablename__ = "dashboard_archived_bots"
    __table_args__ = (Index("dashboard_archived_bots_tenant", "client_id", "enterprise_id", "team_id"),)
