"""Find by index alone the latest installation of a workspace or organization, and which apps a client id is of.

Revision: 0019, after 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = "dashboard_installations"
TEAM, ENTERPRISE, APP = (f"{TABLE}_{column}" for column in ("team_id", "enterprise_id", "app_id"))
LATEST = ["installed_at", "status", "client_id"]


def upgrade() -> None:
    op.drop_index(TEAM, table_name=TABLE)
    op.drop_index(ENTERPRISE, table_name=TABLE)
    op.create_index(TEAM, TABLE, ["team_id", *LATEST])
    known = sa.text("enterprise_id IS NOT NULL")
    op.create_index(ENTERPRISE, TABLE, ["enterprise_id", *LATEST], sqlite_where=known, postgresql_where=known)
    op.create_index(APP, TABLE, ["client_id", "app_id"])


def downgrade() -> None:
    for name in (TEAM, ENTERPRISE, APP):
        op.drop_index(name, table_name=TABLE)
    op.create_index(TEAM, TABLE, ["team_id"])
    op.create_index(ENTERPRISE, TABLE, ["enterprise_id"])
