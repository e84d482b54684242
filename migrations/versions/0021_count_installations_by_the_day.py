"""Count installations by the day on which they were last installed.

Revision: 0021, after 0020

Triggers note every change, as those of kinds do; what is deleted is not counted.
"""

# ruff: noqa: S608 - only our own names are put into statements
import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLE = "dashboard_installations"
COUNTS, CHANGES = "dashboard_installation_days", "dashboard_installation_day_changes"
EVENTS = ("insert", "update", "delete")


def upgrade() -> None:
    op.create_table(
        COUNTS,
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "begins_at", name=op.f(f"{COUNTS}_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        CHANGES,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"{CHANGES}_pkey")),
    )
    counted = f"SELECT client_id, {_day()}, count(*) FROM {TABLE} WHERE status <> 'deleted' GROUP BY 1, 2"
    op.execute(f"INSERT INTO {COUNTS} (client_id, begins_at, many) {counted}")
    if op.get_bind().dialect.name == "postgresql":
        _create_on_postgresql()
    else:
        _create_on_sqlite()


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for event in EVENTS:
        op.execute(f"DROP TRIGGER {TABLE}_day_{event}" + (f" ON {TABLE}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION dashboard_count_day_{event}()")
    op.drop_table(CHANGES)
    op.drop_table(COUNTS)


def _day(row: str = "") -> str:
    return f"{row}installed_at - {row}installed_at % 86400000"


def _create_on_sqlite() -> None:
    fewer, more = (
        f"SELECT {row}.client_id, {_day(f'{row}.')}, {by} WHERE {row}.status <> 'deleted'"
        for row, by in (("OLD", -1), ("NEW", 1))
    )
    old, new = (f"({row}.client_id, {_day(f'{row}.')}, {row}.status = 'deleted')" for row in ("OLD", "NEW"))
    triggers = {
        "insert": ("INSERT", "", more),
        "update": ("UPDATE OF client_id, status, installed_at", f" WHEN {old} <> {new}", f"{fewer} UNION ALL {more}"),
        "delete": ("DELETE", "", fewer),
    }
    note = f"INSERT INTO {CHANGES} (client_id, begins_at, many)"
    for event, (what, when, rows) in triggers.items():
        op.execute(f"CREATE TRIGGER {TABLE}_day_{event} AFTER {what} ON {TABLE}{when} BEGIN {note} {rows}; END")


def _create_on_postgresql() -> None:
    """One note for all rows of a statement that change alike, with the owner's rights, as revision 0018 has it."""
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    more, fewer = (
        f"SELECT client_id, {_day()}, {by} FROM {table} WHERE status <> 'deleted'"
        for table, by in (("after_it", 1), ("before_it", -1))
    )
    new, old = "NEW TABLE AS after_it", "OLD TABLE AS before_it"
    for event, tables, rows in (
        ("insert", new, more),
        ("update", f"{old} {new}", f"{more} UNION ALL {fewer}"),
        ("delete", old, fewer),
    ):
        op.execute(f"""
            CREATE FUNCTION dashboard_count_day_{event}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            BEGIN
                INSERT INTO {schema}.{CHANGES} (client_id, begins_at, many)
                SELECT client_id, begins_at, sum(many) FROM ({rows}) AS changed (client_id, begins_at, many)
                GROUP BY client_id, begins_at HAVING sum(many) <> 0;
                RETURN NULL;
            END $$
        """)
        op.execute(
            f"CREATE TRIGGER {TABLE}_day_{event} AFTER {event.upper()} ON {TABLE}"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION dashboard_count_day_{event}()"
        )
