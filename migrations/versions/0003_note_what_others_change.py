"""Note what others change in slack_sdk's tables, so that the summary can catch up.

Revision: 0003, after 0002

The triggers only add a row to a table that refuses nothing: they must never be why a Bolt app's own statement fails.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("slack_installations", "slack_bots")
EVENTS = ("insert", "update", "delete")


def upgrade() -> None:
    op.create_table(
        "dashboard_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("client_id", "enterprise_id", "team_id")),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_changes_pkey")),
    )
    op.create_index("dashboard_changes_tenant", "dashboard_changes", ["client_id", "enterprise_id", "team_id"])
    if op.get_bind().dialect.name == "postgresql":
        _create_on_postgresql()
    else:
        _create_on_sqlite()


def downgrade() -> None:
    """The triggers go with the table they write to, and before it."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        for event in (*EVENTS, "truncate") if postgresql else EVENTS:
            op.execute(f"DROP TRIGGER dashboard_{table}_{event}" + (f" ON {table}" if postgresql else ""))
    for event in ("rows", "update", "truncate") if postgresql else ():
        op.execute(f"DROP FUNCTION dashboard_note_{event}()")
    op.drop_table("dashboard_changes")


def _create_on_sqlite() -> None:
    sides = {"insert": ("NEW",), "update": ("OLD", "NEW"), "delete": ("OLD",)}
    for table in TABLES:
        for event in EVENTS:
            notes = " ".join(_note_on_sqlite(side) for side in sides[event])
            op.execute(f"CREATE TRIGGER dashboard_{table}_{event} AFTER {event} ON {table} BEGIN {notes} END")


def _note_on_sqlite(side: str) -> str:
    """One note for each tenant, however many rows change: the last one. Not by ON CONFLICT: within a trigger that of
    the Bolt app's own statement would be taken, and might refuse."""
    tenant = [f"coalesce({side}.{name}, '')" for name in ("client_id", "enterprise_id", "team_id")]
    noted_at = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    forget = "DELETE FROM dashboard_changes WHERE client_id = {} AND enterprise_id = {} AND team_id = {};"
    note = "INSERT INTO dashboard_changes (client_id, enterprise_id, team_id, noted_at) VALUES ({}, {}, {}, {});"
    return f"{forget.format(*tenant)} {note.format(*tenant, noted_at)}"


def _create_on_postgresql() -> None:
    """One note for each tenant a statement touched. Notes are only added: nobody waits for another's."""
    _create_function("rows", "changed")
    _create_function("update", "(TABLE replaced UNION ALL TABLE changed) AS both_sides")
    # TRUNCATE does not say which rows went: whoever is installed is looked at.
    _create_function("truncate", "{schema}.dashboard_installations WHERE status = 'active'")
    changed = {
        "insert": ("REFERENCING NEW TABLE AS changed", "rows"),
        "update": ("REFERENCING OLD TABLE AS replaced NEW TABLE AS changed", "update"),
        "delete": ("REFERENCING OLD TABLE AS changed", "rows"),
        "truncate": ("", "truncate"),
    }
    for table in TABLES:
        for event, (tables, function) in changed.items():
            op.execute(
                f"CREATE TRIGGER dashboard_{table}_{event} AFTER {event} ON {table} {tables}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION dashboard_note_{function}()"
            )


def _create_function(name: str, source: str) -> None:
    """With its owner's rights, since a Bolt app's role may have none on our tables. What goes wrong in it is told to
    PostgreSQL's log, not to the Bolt app; `dashboard reindex` finds what was not noted."""
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    op.execute(f"""
        CREATE FUNCTION dashboard_note_{name}() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            INSERT INTO {schema}.dashboard_changes (client_id, enterprise_id, team_id, noted_at)
            SELECT DISTINCT coalesce(client_id, ''), coalesce(enterprise_id, ''), coalesce(team_id, ''),
                CAST(extract(epoch FROM statement_timestamp()) * 1000 AS bigint)
            FROM {source.format(schema=schema)};
            RETURN NULL;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'the dashboard could not note a change: %', SQLERRM;
            RETURN NULL;
        END $$
    """)  # noqa: S608 - our own schema's name, quoted by PostgreSQL
