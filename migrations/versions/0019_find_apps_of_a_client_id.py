"""Find the apps that are stored for a client id: more than one means that credentials were mixed up.

Revision: 0019, after 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME, TABLE = "dashboard_installations_app_id", "dashboard_installations"


def upgrade() -> None:
    op.create_index(NAME, TABLE, ["client_id", "app_id"])


def downgrade() -> None:
    op.drop_index(NAME, table_name=TABLE)
