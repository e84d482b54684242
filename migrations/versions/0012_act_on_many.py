"""Let operators act on many installations at once.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

JOBS, ROWS = "dashboard_jobs", "dashboard_job_rows"


def upgrade() -> None:
    operator = sa.ForeignKey("dashboard_operators.id", ondelete="CASCADE")
    op.create_table(
        JOBS,
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("operator_id", sa.Integer(), operator, nullable=False),
        sa.Column("network", sa.Text()),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("worked_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("stopped", sa.Text()),
    )
    op.create_index(f"{JOBS}_operator_id", JOBS, ["operator_id"])
    op.create_table(
        ROWS,
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("job_id", sa.Integer(), sa.ForeignKey(f"{JOBS}.id", ondelete="CASCADE"), nullable=False),
        sa.Column("installation_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(8)),
        sa.Column("says", sa.Text()),
        sa.Column("done_at", sa.BigInteger()),
    )
    op.create_index(f"{ROWS}_outcome", ROWS, ["job_id", "outcome", "id"])


def downgrade() -> None:
    op.drop_table(ROWS)
    op.drop_table(JOBS)
