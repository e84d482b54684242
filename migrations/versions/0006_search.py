"""Find installations by any word of them, and attempts by whose they are.

Revision: 0006, after 0005

SQLite searches by its trigram index, PostgreSQL by pg_trgm where its owner may have it; without them every row is read.
"""

import sqlalchemy as sa
from alembic import op

from dashboard.slack.tenant import search_text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NAMES = ("team_name", "enterprise_name", "team_id", "enterprise_id", "app_id", "installer_id", "url")
SEARCH, TRIGGERS = "dashboard_installations_search", ("insert", "update", "delete")
BATCH = 1_000


def upgrade() -> None:
    table = "dashboard_installations"
    op.add_column(table, sa.Column("search", sa.Text(), server_default=sa.text("''"), nullable=False))
    _fill(op.get_bind())
    for name in ("installed_at", "first_installed_at", "team_id", "enterprise_id"):
        op.create_index(f"{table}_{name}", table, [name])
    op.create_index(f"{table}_app_latest", table, ["client_id", "installed_at"])
    for name in ("team_id", "enterprise_id", "user_id"):
        known = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"dashboard_attempts_{name}", "dashboard_attempts", [name], sqlite_where=known, postgresql_where=known
        )
    if op.get_bind().dialect.name == "postgresql":
        _create_on_postgresql()
    else:
        _create_on_sqlite()


def downgrade() -> None:
    table = "dashboard_installations"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP INDEX IF EXISTS {SEARCH}_trgm")
    else:
        for event in TRIGGERS:
            op.execute(f"DROP TRIGGER IF EXISTS {SEARCH}_{event}")
        op.execute(f"DROP TABLE IF EXISTS {SEARCH}")
    for name in ("team_id", "enterprise_id", "user_id"):
        op.drop_index(f"dashboard_attempts_{name}", table_name="dashboard_attempts")
    for name in ("installed_at", "first_installed_at", "team_id", "enterprise_id", "app_latest"):
        op.drop_index(f"{table}_{name}", table_name=table)
    op.drop_column(table, "search")


def _fill(connection: sa.Connection) -> None:
    rows = sa.table("dashboard_installations", sa.column("id"), sa.column("search"), *map(sa.column, NAMES))
    last = 0
    while found := connection.execute(sa.select(rows).where(rows.c.id > last).order_by(rows.c.id).limit(BATCH)).all():
        last = found[-1].id
        for row in found:
            text = search_text(*(getattr(row, name) for name in NAMES))
            connection.execute(rows.update().where(rows.c.id == row.id).values(search=text))


def _create_on_sqlite() -> None:
    tokens = "tokenize = 'trigram case_sensitive 1'"
    source = "content = 'dashboard_installations', content_rowid = 'id'"
    try:
        op.execute(f"CREATE VIRTUAL TABLE {SEARCH} USING fts5(search, {source}, {tokens})")
    except sa.exc.OperationalError:
        return  # a SQLite without FTS5 or older than 3.34
    add = f"INSERT INTO {SEARCH} (rowid, search) VALUES (new.id, new.search);"  # noqa: S608 - our constant
    take = f"INSERT INTO {SEARCH} ({SEARCH}, rowid, search) VALUES ('delete', old.id, old.search);"  # noqa: S608
    steps = {"insert": add, "update": take + add, "delete": take}
    for event in TRIGGERS:
        of = "UPDATE OF search" if event == "update" else event.upper()
        op.execute(f"CREATE TRIGGER {SEARCH}_{event} AFTER {of} ON dashboard_installations BEGIN {steps[event]} END")
    op.execute(f"INSERT INTO {SEARCH} ({SEARCH}) VALUES ('rebuild')")  # noqa: S608


def _create_on_postgresql() -> None:
    """In a savepoint each: a role that may not create the extension goes without."""
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            op.execute(f"CREATE INDEX {SEARCH}_trgm ON dashboard_installations USING gin (search gin_trgm_ops)")
    except sa.exc.DBAPIError:
        return
