"""The people behind the desk: who they are, what they may see, and where they are signed in."""

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model


class OperatorAccount(Model):
    """A person who may sign in. Without a password hash they were invited and have not set one yet."""

    __tablename__ = "dashboard_operators"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)  # normalised, see operators.normal_email
    password_hash: Mapped[str | None]  # argon2
    totp_secret: Mapped[str | None]  # sealed; NULL: no second factor
    totp_offered: Mapped[str | None]  # sealed; shown to its owner, who has not yet proved to have it
    totp_last_step: Mapped[int | None]  # of the last code accepted: none is good twice
    owner: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[int]
    signed_in_at: Mapped[int | None]
    disabled_at: Mapped[int | None]


class Membership(Model):
    """What an operator may do with one app."""

    __tablename__ = "dashboard_memberships"

    operator_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("dashboard_operators.id", ondelete="CASCADE"), primary_key=True
    )
    app_id: Mapped[int] = mapped_column(Integer, ForeignKey("dashboard_apps.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))  # see permissions.ROLES


class RecoveryCode(Model):
    """Codes for the day the second factor is lost. A row goes when its code is used."""

    __tablename__ = "dashboard_recovery_codes"

    operator_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("dashboard_operators.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)


class OneTimeLink(Model):
    """A link by which an operator sets a password. A row goes when its link is used."""

    __tablename__ = "dashboard_one_time_links"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("dashboard_operators.id", ondelete="CASCADE"))
    expires_at: Mapped[int]


class Session(Model):
    """One browser in which an operator is signed in. Only a digest of what the browser holds is kept."""

    __tablename__ = "dashboard_sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("dashboard_operators.id", ondelete="CASCADE"))
    created_at: Mapped[int]
    last_seen_at: Mapped[int]  # written at most once a minute
    expires_at: Mapped[int]  # however busy it is
    confirmed_at: Mapped[int]  # when a password or code was last given
    browser: Mapped[str | None]
    system: Mapped[str | None]
    ip_prefix: Mapped[str | None]


class SavedView(Model):
    """A name for what a list's address asks for: an operator's own, or for everybody who is a member of an app."""

    __tablename__ = "dashboard_saved_views"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    operator_id: Mapped[int] = mapped_column(Integer, ForeignKey("dashboard_operators.id", ondelete="CASCADE"))
    client_id: Mapped[str | None] = mapped_column(String(32))  # the app's; None: the operator's own
    list: Mapped[str] = mapped_column(String(32))  # the last part of its address
    query: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[int]


class Throttle(Model):
    """Failures to sign in, counted for an account or an address. Neither is kept in clear."""

    __tablename__ = "dashboard_throttles"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    since_at: Mapped[int]


Index(None, Membership.app_id)
Index(None, OneTimeLink.operator_id)
Index(None, SavedView.operator_id)
Index(None, SavedView.client_id)
Index(None, Session.operator_id)
Index(None, Throttle.since_at)
