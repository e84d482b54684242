"""Register any number of Slack apps beside the environment's.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = ["scopes", "optional_scopes", "user_scopes", "redirect_uri", "success_url", "failure_url"]
    brand = ["sentence", "how_it_works", "next_steps", "scope_reasons"]
    op.create_table(
        "dashboard_apps",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("slug", sa.String(40), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("client_secret", sa.Text()),
        sa.Column("client_secret_changed_at", sa.BigInteger()),
        sa.Column("signing_secret", sa.Text()),
        *(sa.Column(name, sa.Text()) for name in texts),
        sa.Column("page_enabled", sa.Boolean(), nullable=False),
        sa.Column("paused_at", sa.BigInteger()),
        *(sa.Column(name, sa.Text()) for name in brand),
        sa.Column("accent", sa.String(7)),
        sa.Column("logo", sa.LargeBinary()),
        *(sa.Column(name, sa.Text()) for name in ("privacy_url", "terms_url", "support")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_apps_pkey")),
        sa.UniqueConstraint("slug", name=op.f("dashboard_apps_slug_key")),
        sa.UniqueConstraint("client_id", name=op.f("dashboard_apps_client_id_key")),
    )


def downgrade() -> None:
    """The apps go, and with them their secrets; their installations stay."""
    op.drop_table("dashboard_apps")
