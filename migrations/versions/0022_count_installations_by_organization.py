"""Count installations by the organization that they are of.

Revision: 0022, after 0021

Triggers note every change, as those of days do; what is deleted is not counted. Most installations are of no
organization, and cost nothing: here the triggers of both databases are for each row, and ask for that first.
"""

# ruff: noqa: S608 - only our own names are put into statements
import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "dashboard_installations"
COUNTS, CHANGES = "dashboard_installation_organizations", "dashboard_installation_organization_changes"
KEY = ("client_id", "enterprise_id")


def _is_counted(row: str = "") -> str:
    return f"({row}enterprise_id > '' AND {row}status <> 'deleted')"


def _changes(differs: str) -> str:
    """Whether an update changes what is counted; `differs` is how a database says that two rows do."""
    old, new = (f"({row}.client_id, {row}.enterprise_id, {row}.status = 'deleted')" for row in ("OLD", "NEW"))
    return f"({_is_counted('OLD.')} OR {_is_counted('NEW.')}) AND {old} {differs} {new}"


def upgrade() -> None:
    op.create_table(
        COUNTS,
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name=op.f(f"{COUNTS}_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        CHANGES,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"{CHANGES}_pkey")),
    )
    key = ", ".join(KEY)
    counted = f"SELECT {key}, count(*) FROM {TABLE} WHERE {_is_counted()} GROUP BY {key}"
    op.execute(f"INSERT INTO {COUNTS} ({key}, many) {counted}")
    if op.get_bind().dialect.name == "postgresql":
        _create_on_postgresql()
    else:
        _create_on_sqlite()


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for event in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER {TABLE}_organization_{event}" + (f" ON {TABLE}" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION dashboard_count_organization()")
    op.drop_table(CHANGES)
    op.drop_table(COUNTS)


def _create_on_sqlite() -> None:
    fewer, more = (
        f"SELECT {row}.client_id, {row}.enterprise_id, {by} WHERE {_is_counted(f'{row}.')}"
        for row, by in (("OLD", -1), ("NEW", 1))
    )
    triggers = {
        "insert": ("INSERT", _is_counted("NEW."), more),
        "update": (f"UPDATE OF {', '.join(KEY)}, status", _changes("IS NOT"), f"{fewer} UNION ALL {more}"),
        "delete": ("DELETE", _is_counted("OLD."), fewer),
    }
    note = f"INSERT INTO {CHANGES} ({', '.join(KEY)}, many)"
    for event, (what, when, rows) in triggers.items():
        op.execute(
            f"CREATE TRIGGER {TABLE}_organization_{event} AFTER {what} ON {TABLE} WHEN {when} BEGIN {note} {rows}; END"
        )


def _create_on_postgresql() -> None:
    """With the owner's rights, as revision 0018 has it."""
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    note = f"INSERT INTO {schema}.{CHANGES} ({', '.join(KEY)}, many) VALUES"
    op.execute(f"""
        CREATE FUNCTION dashboard_count_organization() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF TG_OP <> 'INSERT' AND {_is_counted("OLD.")} THEN
                {note} (OLD.client_id, OLD.enterprise_id, -1);
            END IF;
            IF TG_OP <> 'DELETE' AND {_is_counted("NEW.")} THEN
                {note} (NEW.client_id, NEW.enterprise_id, 1);
            END IF;
            RETURN NULL;
        END $$
    """)
    for event, when in (
        ("insert", _is_counted("NEW.")),
        ("update", _changes("IS DISTINCT FROM")),
        ("delete", _is_counted("OLD.")),
    ):
        op.execute(
            f"CREATE TRIGGER {TABLE}_organization_{event} AFTER {event.upper()} ON {TABLE}"
            f" FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION dashboard_count_organization()"
        )
