"""What we know of the rows Slack's tables hold: the summary, what it has yet to catch up with, the keys that sealed."""

from sqlalchemy import BigInteger, Index, Integer, String, UniqueConstraint, and_, text
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.core.models.base import Model

_LATEST = ("installed_at", "status", "client_id")


class Installation(Model):
    """The current state of one app in one workspace or organization. It stays when Slack's rows go: the tombstone."""

    __tablename__ = "dashboard_installations"
    __table_args__ = (
        UniqueConstraint("client_id", "tenant"),
        Index("dashboard_installations_installed_at", "installed_at"),
        Index("dashboard_installations_first_installed_at", "first_installed_at"),
        # They hold what tells the latest of a workspace or organization.
        Index("dashboard_installations_team_id", "team_id", *_LATEST),
        Index("dashboard_installations_app_latest", "client_id", "installed_at", "status"),
        Index("dashboard_installations_app_added", "client_id", "first_installed_at", "status"),
        Index("dashboard_installations_app_name", "client_id", "sort_name"),
        Index("dashboard_installations_app_id", "client_id", "app_id"),
        # What the desk filters by: see desk/kinds.py.
        Index("dashboard_installations_kind", "client_id", "scope_set", "status", "is_enterprise_install", "to_check"),
        Index("dashboard_installations_sort_name", "sort_name"),
    )

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
    status: Mapped[str] = mapped_column(String(16))  # see slack/tenant.py
    to_check: Mapped[bool]  # stored although Slack did not answer auth.test
    url: Mapped[str | None]  # the workspace's address, from auth.test
    installer_id: Mapped[str]  # empty where only a bot's row was ever there
    bot_scopes: Mapped[str | None]
    user_scopes: Mapped[str | None]
    first_installed_at: Mapped[int]
    installed_at: Mapped[int]
    removed_at: Mapped[int | None]
    checked_at: Mapped[int | None]  # when an operator last had its tokens checked at Slack
    held_at: Mapped[int | None]  # since when it is suspended or deleted
    workspaces_at: Mapped[int | None]  # of an organization: when Slack last said to which workspaces it added the app
    scope_set: Mapped[str] = mapped_column(String(16), server_default=text("''"))  # of both scopes: see slack/tenant.py
    sort_name: Mapped[str] = mapped_column(String(80), server_default=text("''"))  # see slack/tenant.py
    search: Mapped[str] = mapped_column(server_default=text("''"))  # every word of it, folded: see slack/tenant.py


# Few have these.
_is_org_wide = and_(Installation.is_enterprise_install)
Index(
    "dashboard_installations_org_wide",
    Installation.client_id,
    Installation.installed_at,
    sqlite_where=_is_org_wide,
    postgresql_where=_is_org_wide,
)
_has_enterprise = Installation.enterprise_id.is_not(None)
Index(
    "dashboard_installations_enterprise_id",
    Installation.enterprise_id,
    *(getattr(Installation, name) for name in _LATEST),
    sqlite_where=_has_enterprise,
    postgresql_where=_has_enterprise,
)
Index(
    "dashboard_installations_enterprise_name",
    Installation.enterprise_name,
    sqlite_where=_has_enterprise,
    postgresql_where=_has_enterprise,
)
_is_held, _is_removed = Installation.held_at.is_not(None), Installation.removed_at.is_not(None)
Index("dashboard_installations_held_at", Installation.held_at, sqlite_where=_is_held, postgresql_where=_is_held)
Index(
    "dashboard_installations_removed",
    Installation.client_id,
    Installation.removed_at,
    Installation.status,
    sqlite_where=_is_removed,
    postgresql_where=_is_removed,
)


class InstallationKind(Model):
    """How many installations are of a kind, but for what InstallationKindChange has yet to add: see core/tally.py."""

    __tablename__ = "dashboard_installation_kinds"
    __table_args__ = ({"sqlite_with_rowid": False},)

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), primary_key=True)
    is_enterprise_install: Mapped[bool] = mapped_column(primary_key=True)
    to_check: Mapped[bool] = mapped_column(primary_key=True)
    scope_set: Mapped[str] = mapped_column(String(16), primary_key=True)
    many: Mapped[int]  # installations


class InstallationKindChange(Model):
    """How many more, or fewer: written by triggers in the transaction that changes an installation, whoever does."""

    __tablename__ = "dashboard_installation_kind_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    client_id: Mapped[str]
    status: Mapped[str]
    is_enterprise_install: Mapped[bool]
    to_check: Mapped[bool]
    scope_set: Mapped[str]
    many: Mapped[int]


class InstallationDay(Model):
    """How many installations that are not deleted were last installed on a day, but for what InstallationDayChange has
    yet to add: see core/tally.py."""

    __tablename__ = "dashboard_installation_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    begins_at: Mapped[int] = mapped_column(primary_key=True)  # in UTC
    many: Mapped[int]  # installations


class InstallationDayChange(Model):
    """How many more, or fewer: written by triggers as those of kinds are."""

    __tablename__ = "dashboard_installation_day_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    client_id: Mapped[str]
    begins_at: Mapped[int]
    many: Mapped[int]


class InstallationOrganization(Model):
    """How many installations that are not deleted an organization has of an app, its workspaces' included, but for what
    InstallationOrganizationChange has yet to add: see core/tally.py."""

    __tablename__ = "dashboard_installation_organizations"
    __table_args__ = ({"sqlite_with_rowid": False},)

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(primary_key=True)
    many: Mapped[int]  # installations


class InstallationOrganizationChange(Model):
    """How many more, or fewer: written by triggers as those of kinds are."""

    __tablename__ = "dashboard_installation_organization_changes"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    client_id: Mapped[str]
    enterprise_id: Mapped[str]
    many: Mapped[int]


class OrganizationWorkspace(Model):
    """A workspace that an organization has added an org-wide app to, as Slack last said: see
    `Installation.workspaces_at`."""

    __tablename__ = "dashboard_organization_workspaces"
    __table_args__ = (Index("dashboard_organization_workspaces_team_id", "team_id"),)

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    team_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str]


class InstallationNote(Model):
    """What an operator wrote about an installation."""

    __tablename__ = "dashboard_installation_notes"
    __table_args__ = (Index("dashboard_installation_notes_tenant", "client_id", "tenant"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    client_id: Mapped[str] = mapped_column(String(32))
    tenant: Mapped[str] = mapped_column(String(65))  # as of the installation
    text: Mapped[str]
    who: Mapped[str]  # the operator's address
    at: Mapped[int]


class Change(Model):
    """A tenant whose rows somebody changed: a note by a trigger, until the summary has caught up.

    Nothing here may refuse a row, or it would refuse the Bolt app's own statement: no unique key, no length, no NULL
    (an absent id is empty).
    """

    __tablename__ = "dashboard_changes"
    __table_args__ = (Index("dashboard_changes_tenant", "client_id", "enterprise_id", "team_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    client_id: Mapped[str]
    enterprise_id: Mapped[str]
    team_id: Mapped[str]
    noted_at: Mapped[int]


class Lookup(Model):
    """When a Bolt app last asked for a tenant's installation, at most an hour ago more exactly."""

    __tablename__ = "dashboard_lookups"
    __table_args__ = (Index("dashboard_lookups_latest", "looked_up_at", "client_id"),)

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(65), primary_key=True)  # as of the installation
    looked_up_at: Mapped[int]


class TokenKey(Model):
    """Which keys sealed rows that may still be there, so that a missing one is noticed at the start."""

    __tablename__ = "dashboard_token_keys"

    client_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(8), primary_key=True)
