"""Let operators check, suspend and forget installations, and note what they know of them.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "dashboard_installations"
COLUMNS = ("checked_at", "held_at")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column(TABLE, sa.Column(name, sa.BigInteger()))
    op.create_table(
        "dashboard_installation_notes",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("tenant", sa.String(65), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("dashboard_installation_notes_tenant", "dashboard_installation_notes", ["client_id", "tenant"])
    _archive("installations", _of_installation())
    _archive("bots", _of_bot())


def downgrade() -> None:
    op.drop_table("dashboard_archived_bots")
    op.drop_table("dashboard_archived_installations")
    op.drop_table("dashboard_installation_notes")
    for name in reversed(COLUMNS):
        op.drop_column(TABLE, name)


def _archive(name: str, columns: tuple[sa.Column, ...]) -> None:
    table = f"dashboard_archived_{name}"
    op.create_table(table, sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True), *columns)
    op.create_index(f"{table}_tenant", table, ["client_id", "enterprise_id", "team_id"])


def _of_bot() -> tuple[sa.Column, ...]:
    return (
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("app_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.String(32)),
        sa.Column("enterprise_name", sa.Text()),
        sa.Column("team_id", sa.String(32)),
        sa.Column("team_name", sa.Text()),
        sa.Column("bot_token", sa.Text()),
        sa.Column("bot_id", sa.String(32)),
        sa.Column("bot_user_id", sa.String(32)),
        sa.Column("bot_scopes", sa.Text()),
        sa.Column("bot_refresh_token", sa.Text()),
        sa.Column("bot_token_expires_at", sa.DateTime()),
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False),
        sa.Column("installed_at", sa.DateTime(), nullable=False),
    )


def _of_installation() -> tuple[sa.Column, ...]:
    return (
        *_of_bot(),
        sa.Column("enterprise_url", sa.Text()),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("user_token", sa.Text()),
        sa.Column("user_scopes", sa.Text()),
        sa.Column("user_refresh_token", sa.Text()),
        sa.Column("user_token_expires_at", sa.DateTime()),
        sa.Column("incoming_webhook_url", sa.Text()),
        sa.Column("incoming_webhook_channel", sa.Text()),
        sa.Column("incoming_webhook_channel_id", sa.Text()),
        sa.Column("incoming_webhook_configuration_url", sa.Text()),
        sa.Column("token_type", sa.String(32)),
    )
