"""The registry: the Slack apps this deployment serves."""

from sqlalchemy import Boolean, Integer, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class App(Model):
    """A Slack app of ours: the tenant of everything else. Its secrets are sealed.

    The environment's app has a row too, so that it can have a brand and members; what the environment decides is read
    from there. Noted here are its client id, by which its rows are found, and its scopes; the rest is NULL.
    """

    __tablename__ = "dashboard_apps"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str]
    client_id: Mapped[str] = mapped_column(String(32), unique=True)
    client_secret: Mapped[str | None]
    client_secret_changed_at: Mapped[int | None]
    signing_secret: Mapped[str | None]
    scopes: Mapped[str | None]  # comma-joined, as everywhere
    optional_scopes: Mapped[str | None]
    user_scopes: Mapped[str | None]
    redirect_uri: Mapped[str | None]  # NULL: made from PUBLIC_URL
    success_url: Mapped[str | None]
    failure_url: Mapped[str | None]
    page_enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    paused_at: Mapped[int | None]
    # Operators without one-time codes have no role in it.
    second_factor: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())

    # The brand, see apps/brand.py
    vendor: Mapped[str | None]
    sentence: Mapped[str | None]
    how_it_works: Mapped[str | None]
    next_steps: Mapped[str | None]
    scope_reasons: Mapped[str | None]  # one to a line, `chat:write to answer you`
    accent: Mapped[str | None] = mapped_column(String(7))
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)  # WebP, 128 pixels high
    privacy_url: Mapped[str | None]
    terms_url: Mapped[str | None]
    support: Mapped[str | None]  # an e-mail address or a URL
    translations: Mapped[str | None]  # of its texts by language, as JSON; English stands in the columns above

    created_at: Mapped[int]
    changed_at: Mapped[int]
