"""Keep to which of its workspaces an organization has added an app.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "dashboard_organization_workspaces"


def upgrade() -> None:
    op.add_column("dashboard_installations", sa.Column("workspaces_at", sa.BigInteger()))
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.String(32), primary_key=True) for name in ("client_id", "enterprise_id", "team_id")),
        sa.Column("name", sa.Text(), nullable=False),
    )
    op.create_index(f"{TABLE}_team_id", TABLE, ["team_id"])


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("dashboard_installations", "workspaces_at")
