"""Count installations by their kind, and find the rare ones by index.

Revision: 0018, after 0017

Triggers note every change of a row, as those of attempts do. Another forgets the name of a set of scopes where a
process of the release before, which does not know it, changes the scopes.
"""

# ruff: noqa: S608 - only our own names are put into statements
import sqlalchemy as sa
from alembic import op

from dashboard.slack.tenant import scope_set

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = "dashboard_installations"
KEY = ("client_id", "status", "is_enterprise_install", "to_check", "scope_set")
INDEXES = {
    "app_latest": ("client_id", "installed_at", "status"),
    "app_added": ("client_id", "first_installed_at", "status"),
    "app_name": ("client_id", "sort_name"),
    "kind": ("client_id", "scope_set", "status", "is_enterprise_install", "to_check"),
}
FEW = {  # have the column in question
    "removed": (("client_id", "removed_at", "status"), sa.text("removed_at IS NOT NULL")),
    "held_at": (("held_at",), sa.text("held_at IS NOT NULL")),
}
EVENTS = ("insert", "update", "delete")


def upgrade() -> None:
    _name_scope_sets(op.get_bind())
    op.drop_index(f"{TABLE}_app_latest", table_name=TABLE)
    for name, columns in INDEXES.items():
        op.create_index(f"{TABLE}_{name}", TABLE, list(columns))
    for name, (columns, known) in FEW.items():
        op.create_index(f"{TABLE}_{name}", TABLE, list(columns), sqlite_where=known, postgresql_where=known)
    op.create_index(
        f"{TABLE}_org_wide",
        TABLE,
        ["client_id", "installed_at"],
        sqlite_where=sa.text("is_enterprise_install = 1"),
        postgresql_where=sa.text("is_enterprise_install"),
    )
    op.create_index("dashboard_lookups_latest", "dashboard_lookups", ["looked_up_at", "client_id"])
    op.create_table(
        "dashboard_installation_kinds",
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False),
        sa.Column("to_check", sa.Boolean(), nullable=False),
        sa.Column("scope_set", sa.String(16), nullable=False),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*KEY, name=op.f("dashboard_installation_kinds_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dashboard_installation_kind_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_enterprise_install", sa.Boolean(), nullable=False),
        sa.Column("to_check", sa.Boolean(), nullable=False),
        sa.Column("scope_set", sa.Text(), nullable=False),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_installation_kind_changes_pkey")),
    )
    key = ", ".join(KEY)
    counted = f"SELECT {key}, count(*) FROM {TABLE} GROUP BY {key}"
    op.execute(f"INSERT INTO dashboard_installation_kinds ({key}, many) {counted}")
    if op.get_bind().dialect.name == "postgresql":
        _create_on_postgresql()
    else:
        _create_on_sqlite()


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for event in EVENTS:
        op.execute(f"DROP TRIGGER {TABLE}_{event}" + (f" ON {TABLE}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION dashboard_count_kind_{event}()")
    op.execute(f"DROP TRIGGER {TABLE}_scopes" + (f" ON {TABLE}" if postgresql else ""))
    if postgresql:
        op.execute("DROP FUNCTION dashboard_forget_scope_set()")
    op.drop_table("dashboard_installation_kind_changes")
    op.drop_table("dashboard_installation_kinds")
    op.drop_index("dashboard_lookups_latest", table_name="dashboard_lookups")
    for name in ("org_wide", *FEW, *INDEXES):
        op.drop_index(f"{TABLE}_{name}", table_name=TABLE)
    op.create_index(f"{TABLE}_app_latest", TABLE, ["client_id", "installed_at"])
    op.drop_column(TABLE, "scope_set")


def _name_scope_sets(connection: sa.Connection) -> None:
    """Every set that there is gets its name; they are far fewer than installations. On PostgreSQL the commonest
    is at first the column's default, so that most rows, and all their indexes, are not written again."""
    rows = sa.table(TABLE, sa.column("bot_scopes"), sa.column("user_scopes"), sa.column("scope_set"))
    scopes = rows.c.bot_scopes, rows.c.user_scopes
    by_count = sa.select(*scopes).group_by(*scopes).order_by(sa.func.count().desc())
    sets = [(bot, user, scope_set(bot, user)) for bot, user in connection.execute(by_count)]
    column = sa.Column("scope_set", sa.String(16), server_default=sa.text("''"), nullable=False)
    if sets and connection.dialect.name == "postgresql":
        commonest = sets.pop(0)[2]
        op.add_column(TABLE, sa.Column(column.name, column.type, server_default=commonest, nullable=False))
        op.alter_column(TABLE, column.name, server_default=column.server_default)
    else:
        op.add_column(TABLE, column)
    for bot, user, name in sets:
        same = rows.c.bot_scopes.is_not_distinct_from(bot), rows.c.user_scopes.is_not_distinct_from(user)
        connection.execute(rows.update().where(*same).values(scope_set=name))


def _create_on_sqlite() -> None:
    note = f"INSERT INTO dashboard_installation_kind_changes ({', '.join(KEY)}, many) VALUES "
    more, fewer = (f"({', '.join(f'{row}.{name}' for name in KEY)}, {by})" for row, by in (("NEW", 1), ("OLD", -1)))
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in KEY)
    triggers = {
        "insert": ("INSERT", "", more),
        "update": (f"UPDATE OF {', '.join(KEY)}", f" WHEN {differs}", f"{fewer}, {more}"),
        "delete": ("DELETE", "", fewer),
    }
    for event, (what, when, values) in triggers.items():
        op.execute(f"CREATE TRIGGER {TABLE}_{event} AFTER {what} ON {TABLE}{when} BEGIN {note}{values}; END")
    forget = f"UPDATE {TABLE} SET scope_set = '' WHERE id = NEW.id"
    op.execute(
        f"CREATE TRIGGER {TABLE}_scopes AFTER UPDATE OF bot_scopes, user_scopes ON {TABLE}"
        " WHEN OLD.scope_set = NEW.scope_set AND NEW.scope_set <> ''"
        " AND (OLD.bot_scopes IS NOT NEW.bot_scopes OR OLD.user_scopes IS NOT NEW.user_scopes)"
        f" BEGIN {forget}; END"
    )


def _create_on_postgresql() -> None:
    """One note for all rows of a statement that change alike; with the owner's rights, since the role of a Bolt app
    that stores an installation may have none on the new table."""
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    key = ", ".join(KEY)
    more, fewer = f"SELECT {key}, 1 FROM after_it", f"SELECT {key}, -1 FROM before_it"
    new, old = "NEW TABLE AS after_it", "OLD TABLE AS before_it"
    for event, tables, rows in (
        ("insert", new, more),
        ("update", f"{old} {new}", f"{more} UNION ALL {fewer}"),
        ("delete", old, fewer),
    ):
        op.execute(f"""
            CREATE FUNCTION dashboard_count_kind_{event}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
            BEGIN
                INSERT INTO {schema}.dashboard_installation_kind_changes ({key}, many)
                SELECT {key}, sum(many) FROM ({rows}) AS changed ({key}, many)
                GROUP BY {key} HAVING sum(many) <> 0;
                RETURN NULL;
            END $$
        """)
        op.execute(
            f"CREATE TRIGGER {TABLE}_{event} AFTER {event.upper()} ON {TABLE}"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION dashboard_count_kind_{event}()"
        )
    op.execute("""
        CREATE FUNCTION dashboard_forget_scope_set() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.scope_set := ''; RETURN NEW; END $$
    """)
    op.execute(
        f"CREATE TRIGGER {TABLE}_scopes BEFORE UPDATE ON {TABLE} FOR EACH ROW"
        " WHEN (OLD.scope_set = NEW.scope_set AND NEW.scope_set <> ''"
        " AND (OLD.bot_scopes, OLD.user_scopes) IS DISTINCT FROM (NEW.bot_scopes, NEW.user_scopes))"
        " EXECUTE FUNCTION dashboard_forget_scope_set()"
    )
