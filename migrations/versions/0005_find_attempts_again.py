"""Find attempts by when they were first heard of, and keep what people decide about a group of failures.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FAILED = sa.text("outcome = 'failed' AND verified")


def upgrade() -> None:
    # The default is for processes of the release before, which go on during a rolling deploy and do not know it.
    op.add_column("dashboard_attempts", sa.Column("seen_at", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE dashboard_attempts SET seen_at = coalesce(started_at, returned_at, 0)")
    op.create_index("dashboard_attempts_latest", "dashboard_attempts", ["seen_at"])
    covering = ["client_id", "seen_at", "verified", "step", "outcome", "source"]
    op.create_index("dashboard_attempts_app_latest", "dashboard_attempts", covering)
    group = ["client_id", "step", "code", "seen_at"]
    op.create_index(
        "dashboard_attempts_group", "dashboard_attempts", group, sqlite_where=FAILED, postgresql_where=FAILED
    )
    op.create_index(
        "dashboard_attempts_failing",
        "dashboard_attempts",
        ["last_returned_at"],
        sqlite_where=FAILED,
        postgresql_where=FAILED,
    )
    op.create_table(
        "dashboard_failure_groups",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("assignee", sa.String(254)),
        sa.Column("muted_until", sa.BigInteger()),
        sa.Column("muted_rate", sa.Integer()),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_failure_groups_pkey")),
        sa.UniqueConstraint("client_id", "step", "code", name=op.f("dashboard_failure_groups_client_id_step_code_key")),
    )


def downgrade() -> None:
    op.drop_table("dashboard_failure_groups")
    for name in ("failing", "group", "app_latest", "latest"):
        op.drop_index(f"dashboard_attempts_{name}", table_name="dashboard_attempts")
    op.drop_column("dashboard_attempts", "seen_at")
