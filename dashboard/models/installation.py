"""What we know of the rows Slack's tables hold: the summary, and the keys that sealed them."""

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.models.base import Model


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


class TokenKey(Model):
    """Which keys sealed rows that may still be there, so that a missing one is noticed at the start."""

    __tablename__ = "dashboard_token_keys"

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(8), primary_key=True)
