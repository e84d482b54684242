"""Create slack_sdk's two tables and ours.

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op

from dashboard.errors import DatabaseNotReadyError

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("slack_installations"):
        raise DatabaseNotReadyError(
            "The database holds a slack_installations table already, which this release cannot take over yet.",
            "Give the dashboard a database of its own.",
        )
    _create_slack_tables()
    _create_summary()
    _create_attempts()


def downgrade() -> None:
    """Take out our tables. Slack's stay, with the tokens in them."""
    for table in ("dashboard_attempts", "dashboard_installations", "dashboard_token_keys"):
        op.drop_table(table)


def _texts(*names: str) -> list[sa.Column]:
    return [sa.Column(name, sa.Text()) for name in names]


def _times(*names: str) -> list[sa.Column]:
    """Milliseconds since 1970, UTC."""
    return [sa.Column(name, sa.BigInteger()) for name in names]


def _create_slack_tables() -> None:
    op.create_table(
        "slack_installations",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32)),
        *_texts("enterprise_name", "enterprise_url"),
        sa.Column("team_id", sa.String(32)),
        *_texts("team_name", "bot_token"),
        sa.Column("bot_id", sa.String(32)),
        sa.Column("bot_user_id", sa.String(32)),
        *_texts("bot_scopes", "bot_refresh_token"),
        sa.Column("bot_token_expires_at", sa.DateTime()),
        sa.Column("user_id", sa.String(32), nullable=False),
        *_texts("user_token", "user_scopes", "user_refresh_token"),
        sa.Column("user_token_expires_at", sa.DateTime()),
        *_texts("incoming_webhook_url", "incoming_webhook_channel"),
        *_texts("incoming_webhook_channel_id", "incoming_webhook_configuration_url"),
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False),
        sa.Column("token_type", sa.String(32)),
        sa.Column("installed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("slack_installations_pkey")),
    )
    tenant = ["client_id", "enterprise_id", "team_id"]
    op.create_index("slack_installations_idx", "slack_installations", [*tenant, "user_id", "installed_at"])
    op.create_index("slack_installations_latest_idx", "slack_installations", [*tenant, "installed_at"])
    op.create_table(
        "slack_bots",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32)),
        *_texts("enterprise_name"),
        sa.Column("team_id", sa.String(32)),
        *_texts("team_name", "bot_token"),
        sa.Column("bot_id", sa.String(32)),
        sa.Column("bot_user_id", sa.String(32)),
        *_texts("bot_scopes", "bot_refresh_token"),
        sa.Column("bot_token_expires_at", sa.DateTime()),
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False),
        sa.Column("installed_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("slack_bots_pkey")),
    )
    op.create_index("slack_bots_idx", "slack_bots", [*tenant, "installed_at"])


def _create_summary() -> None:
    op.create_table(
        "dashboard_installations",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(65), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        *_texts("enterprise_id", "enterprise_name", "enterprise_url", "team_id", "team_name"),
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("to_check", sa.Boolean(), nullable=False),
        *_texts("url"),
        sa.Column("installer_id", sa.Text(), nullable=False),
        *_texts("bot_scopes", "user_scopes"),
        sa.Column("first_installed_at", sa.BigInteger(), nullable=False),
        sa.Column("installed_at", sa.BigInteger(), nullable=False),
        *_times("removed_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_installations_pkey")),
        sa.UniqueConstraint("client_id", "tenant", name=op.f("dashboard_installations_client_id_tenant_key")),
    )
    op.create_table(
        "dashboard_token_keys",
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("key_id", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key_id", name=op.f("dashboard_token_keys_pkey")),
    )


def _create_attempts() -> None:
    op.create_table(
        "dashboard_attempts",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(9), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("release", sa.Text(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        *_texts("reason", "detail", "code", "slack_error", "slack_description", "slack_method"),
        sa.Column("slack_status", sa.BigInteger()),
        *_texts("slack_request_id"),
        sa.Column("slack_ms", sa.BigInteger()),
        *_texts("error_class"),
        *_times("started_at", "returned_at", "last_returned_at", "spent_at"),
        *_times("exchanged_at", "token_verified_at", "closed_at"),
        sa.Column("returns", sa.BigInteger(), server_default="0", nullable=False),
        *_texts("source", "team", "link_metadata"),
        sa.Column("metadata_signed", sa.Boolean()),
        *_texts("redirect_uri", "scopes", "user_scopes", "browser_digest", "cookie", "locale"),
        *_texts("user_agent", "browser", "system", "ip_prefix", "ip_hash", "referrer_host"),
        *_texts("return_user_agent", "return_browser", "return_system"),
        *_texts("return_ip_prefix", "return_ip_hash", "return_referrer_host"),
        *_texts("app_id", "enterprise_id", "team_id", "user_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_attempts_pkey")),
        sa.UniqueConstraint("reference", name=op.f("dashboard_attempts_reference_key")),
    )
    running = sa.text("closed_at IS NULL AND spent_at IS NOT NULL")
    op.create_index(
        "dashboard_attempts_running",
        "dashboard_attempts",
        ["spent_at"],
        sqlite_where=running,
        postgresql_where=running,
    )
