"""Keep with an attempt what tells why it failed: the process, its key, the limit in force, the database's trouble.

Revision: 0007, after 0006

Attempts from before have none of it, and what is decided by it says so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = "dashboard_attempts"
COLUMNS = {
    "process_started_at": sa.BigInteger(),
    "key_id": sa.String(8),
    "state_limit": sa.BigInteger(),
    "state_length": sa.BigInteger(),
    "state_like_ours": sa.Boolean(),
    "database_error": sa.Text(),
    "slack_retry_after": sa.BigInteger(),
    "return_browser_digest": sa.Text(),
    "repeat_cookie": sa.Text(),
    "repeat_ip_hash": sa.Text(),
}
DIGESTS = ("browser_digest", "return_browser_digest")


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column(TABLE, sa.Column(name, kind))
    for name in DIGESTS:
        known = sa.text(f"{name} IS NOT NULL")
        op.create_index(f"{TABLE}_{name}", TABLE, [name], sqlite_where=known, postgresql_where=known)


def downgrade() -> None:
    for name in DIGESTS:
        op.drop_index(f"{TABLE}_{name}", table_name=TABLE)
    for name in reversed(COLUMNS):
        op.drop_column(TABLE, name)
