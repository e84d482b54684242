"""Find installations by names that are typed without their accents and apostrophes.

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

from dashboard.slack.tenant import plain

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BATCH = 1_000


def upgrade() -> None:
    """Most rows hold neither; they are not touched."""
    connection = op.get_bind()
    rows = sa.table("dashboard_installations", sa.column("id"), sa.column("search"))
    is_other = "search ~ '[^ -&(-_a-~]'" if connection.dialect.name == "postgresql" else "search GLOB '*[^ -&(-_a-~]*'"
    query = sa.select(rows).where(sa.text(is_other)).order_by(rows.c.id).limit(BATCH)
    last = 0
    while found := connection.execute(query.where(rows.c.id > last)).all():
        last = found[-1].id
        for row in found:
            connection.execute(rows.update().where(rows.c.id == row.id).values(search=plain(row.search)))


def downgrade() -> None:
    """What was found by plain words is found by them still."""
