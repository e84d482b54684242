"""Let an app name its vendor, and say its texts in several languages.

Revision: 0015, after 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dashboard_apps", sa.Column("vendor", sa.Text(), nullable=True))
    op.add_column("dashboard_apps", sa.Column("translations", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("dashboard_apps", "translations")
    op.drop_column("dashboard_apps", "vendor")
