"""Leave no note of a tenant that the transaction itself sums up: on PostgreSQL, whose triggers can be told.

Revision: 0020, after 0019

`dashboard.summed_up` is set for one transaction, to the ids of that tenant (`slack/turns.py`). Whoever sets it for
other changes, such as a Bolt app's role, only has its own noticed later, by `dashboard reindex`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SOURCES = {"rows": "changed", "update": "(TABLE replaced UNION ALL TABLE changed) AS both_sides"}
IDS = "coalesce(client_id, ''), coalesce(enterprise_id, ''), coalesce(team_id, '')"
UNLESS_SUMMED_UP = f"WHERE concat_ws('/', {IDS}) IS DISTINCT FROM current_setting('dashboard.summed_up', true)"


def upgrade() -> None:
    _note_where(UNLESS_SUMMED_UP)


def downgrade() -> None:
    _note_where("")


def _note_where(condition: str) -> None:
    """What revision 0003 says of these functions holds: the owner's rights, and that nothing in them may fail."""
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    for name, source in SOURCES.items():
        op.execute(f"""
            CREATE OR REPLACE FUNCTION dashboard_note_{name}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            BEGIN
                INSERT INTO {schema}.dashboard_changes (client_id, enterprise_id, team_id, noted_at)
                SELECT DISTINCT {IDS}, CAST(extract(epoch FROM statement_timestamp()) * 1000 AS bigint)
                FROM {source} {condition};
                RETURN NULL;
            EXCEPTION WHEN OTHERS THEN
                RAISE WARNING 'the dashboard could not note a change: %', SQLERRM;
                RETURN NULL;
            END $$
        """)  # noqa: S608 - our own schema's name, quoted by PostgreSQL
