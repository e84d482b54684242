"""Find organizations by a name that somebody wrote in a sentence.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

INDEX = "dashboard_installations_enterprise_name"


def upgrade() -> None:
    known = sa.text("enterprise_id IS NOT NULL")
    op.create_index(INDEX, "dashboard_installations", ["enterprise_name"], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    op.drop_index(INDEX, table_name="dashboard_installations")
