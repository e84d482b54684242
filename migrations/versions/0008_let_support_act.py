"""Let support note what it did about an attempt and what it knows of a code, and give out one-time install links.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dashboard_attempt_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("reference", sa.String(9), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("dashboard_attempt_entries_reference", "dashboard_attempt_entries", ["reference"])
    op.create_table(
        "dashboard_invitations",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(9), nullable=False),
        sa.Column("team_id", sa.Text()),
        sa.Column("enterprise_id", sa.Text()),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", sa.BigInteger()),
    )
    op.create_table(
        "dashboard_code_notes",
        sa.Column("client_id", sa.String(32), primary_key=True),
        sa.Column("code", sa.String(80), primary_key=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "dashboard_lookups",
        sa.Column("client_id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(65), primary_key=True),
        sa.Column("looked_up_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("dashboard_lookups")
    op.drop_table("dashboard_code_notes")
    op.drop_table("dashboard_invitations")
    op.drop_table("dashboard_attempt_entries")
