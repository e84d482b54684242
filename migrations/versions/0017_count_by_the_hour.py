"""Count attempts by the hour, and by longer spans, and cover by an index whom a failure met.

Revision: 0017, after 0016

Triggers note every change of an attempt, in the transaction that makes it: a row more here, a row less there. Notes are
only added, so that nobody waits for another's; `core/tally.py` adds them up.
"""

# ruff: noqa: S608 - only our own names are put into statements
import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FAILED = "outcome = 'failed' AND verified"
GROUP = ["client_id", "step", "code", "seen_at"]
COUNTED_BY = ("client_id", "begins_at", "verified", "source", "step", "outcome", "code")
FOUND_BY = ("span", "begins_at", "client_id", "verified", "source", "step", "outcome", "code")
SPANS = (3_600_000, 86_400_000, 2_592_000_000)  # ms
COVERING = ["client_id", "seen_at", "verified", "step", "outcome", "source"]
WRITTEN = "client_id, seen_at, verified, source, step, outcome, code"
SEARCHED = ("team", "code", "slack_error", "ip_prefix")
EVENTS = ("insert", "update", "delete")


def upgrade() -> None:
    op.create_table(
        "dashboard_attempt_counts",
        sa.Column("span", sa.BigInteger(), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.String(32), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(*FOUND_BY, name=op.f("dashboard_attempt_counts_pkey")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dashboard_attempt_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.BigInteger(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("source", "step", "outcome", "code")),
        sa.Column("many", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("dashboard_attempt_changes_pkey")),
    )
    columns = ", ".join(COUNTED_BY)
    hour = f"SELECT {SPANS[0]}, {_counted_by('')}, count(*) FROM dashboard_attempts"
    _count(columns, hour)
    for span in SPANS[1:]:
        by_span = columns.replace("begins_at", f"begins_at - begins_at % {span}")
        hours = f"FROM dashboard_attempt_counts WHERE span = {SPANS[0]}"
        _count(columns, f"SELECT {span}, {by_span}, sum(many) {hours}")
    if op.get_bind().dialect.name == "postgresql":
        _create_on_postgresql()
    else:
        _create_on_sqlite()
    _replace("group", "failure", [*GROUP, "team_id", "enterprise_id", "browser_digest"], " = 1")
    _replace("failing", "failing", ["last_returned_at"], " = 1")
    op.drop_index("dashboard_attempts_app_latest", table_name="dashboard_attempts")
    op.create_index("dashboard_attempts_app_latest", "dashboard_attempts", ["client_id", "seen_at"])
    indexed = ["client_id", "step", "outcome", "code", "source", "verified", "seen_at"]
    op.create_index("dashboard_attempts_kind", "dashboard_attempts", indexed)
    for name in SEARCHED:
        known = sa.text(f"{name} IS NOT NULL")
        table, index = "dashboard_attempts", f"dashboard_attempts_{name}"
        op.create_index(index, table, [name], sqlite_where=known, postgresql_where=known)
    op.create_index(
        "dashboard_attempts_unverified",
        "dashboard_attempts",
        ["client_id", "seen_at"],
        sqlite_where=sa.text("verified = 0"),
        postgresql_where=sa.text("NOT verified"),
    )


def _count(columns: str, counted: str) -> None:
    by = ", ".join(str(number) for number in range(1, len(COUNTED_BY) + 2))
    op.execute(f"INSERT INTO dashboard_attempt_counts (span, {columns}, many) {counted} GROUP BY {by}")


def downgrade() -> None:
    for name in ("kind", "unverified", *SEARCHED):
        op.drop_index(f"dashboard_attempts_{name}", table_name="dashboard_attempts")
    op.drop_index("dashboard_attempts_app_latest", table_name="dashboard_attempts")
    op.create_index("dashboard_attempts_app_latest", "dashboard_attempts", COVERING)
    _replace("failure", "group", GROUP, "")
    _replace("failing", "failing", ["last_returned_at"], "")
    postgresql = op.get_bind().dialect.name == "postgresql"
    for event in EVENTS:
        op.execute(f"DROP TRIGGER dashboard_attempts_{event}" + (" ON dashboard_attempts" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION dashboard_count_{event}()")
    op.drop_table("dashboard_attempt_changes")
    op.drop_table("dashboard_attempt_counts")


def _replace(old: str, new: str, columns: list[str], is_true: str) -> None:
    """SQLite took the former for no query: these say `verified = 1` there."""
    op.drop_index(f"dashboard_attempts_{old}", table_name="dashboard_attempts")
    conditions = {"sqlite_where": sa.text(FAILED + is_true), "postgresql_where": sa.text(FAILED)}
    op.create_index(f"dashboard_attempts_{new}", "dashboard_attempts", columns, **conditions)


def _counted_by(row: str) -> str:
    """What a row, named with its dot, is counted by: COUNTED_BY, in SQL."""
    empty = ", ".join(f"coalesce({row}{name}, '')" for name in ("outcome", "code"))
    hour = f"{row}seen_at - {row}seen_at % 3600000"
    return f"{row}client_id, {hour}, {row}verified, coalesce({row}source, ''), {row}step, {empty}"


def _create_on_sqlite() -> None:
    note = f"INSERT INTO dashboard_attempt_changes ({', '.join(COUNTED_BY)}, many) VALUES "
    more, fewer = f"({_counted_by('NEW.')}, 1)", f"({_counted_by('OLD.')}, -1)"
    differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in WRITTEN.split(", "))
    triggers = {
        "insert": ("INSERT", "", more),
        "update": (f"UPDATE OF {WRITTEN}", f" WHEN {differs}", f"{fewer}, {more}"),
        "delete": ("DELETE", "", fewer),
    }
    for event, (what, when, values) in triggers.items():
        begin = f"CREATE TRIGGER dashboard_attempts_{event} AFTER {what} ON dashboard_attempts{when}"
        op.execute(f"{begin} BEGIN {note}{values}; END")


def _create_on_postgresql() -> None:
    """One note for all rows of a statement that change alike."""
    more = f"SELECT {_counted_by('')}, 1 FROM after_it"
    fewer = f"SELECT {_counted_by('')}, -1 FROM before_it"
    new, old = "NEW TABLE AS after_it", "OLD TABLE AS before_it"
    for event, tables, rows in (
        ("insert", new, more),
        ("update", f"{old} {new}", f"{more} UNION ALL {fewer}"),
        ("delete", old, fewer),
    ):
        op.execute(f"""
            CREATE FUNCTION dashboard_count_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO dashboard_attempt_changes ({", ".join(COUNTED_BY)}, many)
                SELECT {", ".join(COUNTED_BY)}, sum(many)
                FROM ({rows}) AS changed ({", ".join(COUNTED_BY)}, many)
                GROUP BY {", ".join(COUNTED_BY)} HAVING sum(many) <> 0;
                RETURN NULL;
            END $$
        """)
        op.execute(
            f"CREATE TRIGGER dashboard_attempts_{event} AFTER {event.upper()} ON dashboard_attempts"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION dashboard_count_{event}()"
        )
