"""Create slack_sdk's two tables, or adopt them with their rows, and create ours.

Revision: 0001, the first
"""

import sqlalchemy as sa
from alembic import op

from dashboard.core.errors import DatabaseNotReadyError

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


TENANT = ["client_id", "enterprise_id", "team_id"]
INDEXES = {
    "slack_installations": {
        "slack_installations_idx": [*TENANT, "user_id", "installed_at"],
        "slack_installations_latest_idx": [*TENANT, "installed_at"],
    },
    "slack_bots": {"slack_bots_idx": [*TENANT, "installed_at"]},
}
ROTATION = ("bot_refresh_token", "bot_token_expires_at")  # since slack_sdk 3.8
ADDED = {
    "slack_installations": (
        *("enterprise_url", *ROTATION, "user_refresh_token", "user_token_expires_at"),
        *("incoming_webhook_channel_id", "incoming_webhook_configuration_url", "token_type"),
    ),
    "slack_bots": ROTATION,
}
NEEDED = {
    "slack_installations": {*TENANT, "app_id", "bot_token", "user_id", "user_token", "installed_at"},
    "slack_bots": {*TENANT, "app_id", "bot_token", "installed_at"},
}
WIDENED = {
    *("enterprise_name", "enterprise_url", "team_name", "bot_token", "bot_scopes", "bot_refresh_token"),
    *("user_token", "user_scopes", "user_refresh_token", "incoming_webhook_url", "incoming_webhook_channel"),
    *("incoming_webhook_channel_id", "incoming_webhook_configuration_url"),
}


def upgrade() -> None:
    present = sa.inspect(op.get_bind())
    for table, create in (("slack_installations", _create_installations), ("slack_bots", _create_bots)):
        if present.has_table(table):
            _adopt(table, present)
        else:
            create()
        for index, columns in INDEXES[table].items():
            if not present.has_table(table) or index not in {found["name"] for found in present.get_indexes(table)}:
                op.create_index(index, table, columns)
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


def _adopt(table: str, present: sa.Inspector) -> None:
    """Take over a table of slack_sdk's SQLAlchemy stores: add what an older one lacked, widen what overflows.

    No row is touched. On SQLite, where lengths mean nothing, the table is not rebuilt.
    """
    columns = {column["name"]: column for column in present.get_columns(table)}
    if not NEEDED[table] <= columns.keys():
        raise DatabaseNotReadyError(
            f"The table {table} in this database is not slack_sdk's: it has no {min(NEEDED[table] - columns.keys())}.",
            "Give the dashboard a database of its own.",
        )
    if not columns["enterprise_id"]["nullable"]:
        raise DatabaseNotReadyError(
            "This database belongs to slack_sdk's sqlite3 store, whose tables are of another kind.",
            "Give the dashboard a database of its own, and move the rows in with `dashboard import sqlite3 FILE`.",
        )
    for column in ADDED[table]:
        if column not in columns:
            kind = sa.DateTime() if column.endswith("_at") else sa.Text()
            op.add_column(table, sa.Column(column, kind))
    if op.get_bind().dialect.name == "postgresql":
        for name, column in columns.items():
            if name in WIDENED and isinstance(column["type"], sa.String) and column["type"].length is not None:
                op.alter_column(table, name, type_=sa.Text())


def _create_installations() -> None:
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


def _create_bots() -> None:
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
