"""Sort installations by their names, and let operators name what they look at.

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

from dashboard.slack.tenant import sort_name

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLE = "dashboard_installations"
NAMES = ("team_name", "enterprise_name", "team_id", "enterprise_id")
BATCH = 1_000
VIEWS = "dashboard_saved_views"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("sort_name", sa.String(80), server_default=sa.text("''"), nullable=False))
    _fill(op.get_bind())
    op.create_index(f"{TABLE}_sort_name", TABLE, ["sort_name"])
    owner = sa.ForeignKey("dashboard_operators.id", ondelete="CASCADE")
    op.create_table(
        VIEWS,
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("operator_id", sa.Integer(), owner, nullable=False),
        sa.Column("client_id", sa.String(32)),
        sa.Column("list", sa.String(32), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    for name in ("operator_id", "client_id"):
        op.create_index(f"{VIEWS}_{name}", VIEWS, [name])


def downgrade() -> None:
    op.drop_table(VIEWS)
    op.drop_index(f"{TABLE}_sort_name", table_name=TABLE)
    op.drop_column(TABLE, "sort_name")


def _fill(connection: sa.Connection) -> None:
    rows = sa.table(TABLE, sa.column("id"), sa.column("sort_name"), *map(sa.column, NAMES))
    last = 0
    while found := connection.execute(sa.select(rows).where(rows.c.id > last).order_by(rows.c.id).limit(BATCH)).all():
        last = found[-1].id
        for row in found:
            text = sort_name(*(getattr(row, name) for name in NAMES))
            connection.execute(rows.update().where(rows.c.id == row.id).values(sort_name=text))
