"""Keep with an attempt the names of the columns whose values the database did not take.

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dashboard_attempts", sa.Column("database_columns", sa.Text()))


def downgrade() -> None:
    op.drop_column("dashboard_attempts", "database_columns")
