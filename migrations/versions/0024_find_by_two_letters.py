"""Find installations by two letters: of the first word of a name without its accents, and of scripts without spaces.

Revision: 0024, after 0023
"""

# ruff: noqa: S608 - only our own names are put into statements
import sqlalchemy as sa
from alembic import op

from dashboard.slack.tenant import pairs

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SEARCH, TRIGGERS = "dashboard_installations_search", ("insert", "update", "delete")
BATCH = 1_000


def upgrade() -> None:
    is_indexed = _is_indexed()
    if is_indexed:
        _drop_triggers()
    _add_pairs()
    if is_indexed:
        _index("' ' || ")


def downgrade() -> None:
    """The pairs stay: they find nothing that has not these letters."""
    if _is_indexed():
        _drop_triggers()
        _index("")


def _is_indexed() -> bool:
    """Whether SQLite's index of words is kept: it may be without FTS5, or the summary is being filled."""
    if op.get_bind().dialect.name != "sqlite":
        return False
    trigger = sa.text("SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = :name")
    return op.get_bind().execute(trigger, {"name": f"{SEARCH}_insert"}).first() is not None


def _drop_triggers() -> None:
    for event in TRIGGERS:
        op.execute(f"DROP TRIGGER IF EXISTS {SEARCH}_{event}")


def _add_pairs() -> None:
    """Most rows have none; they are not touched."""
    connection = op.get_bind()
    rows = sa.table("dashboard_installations", sa.column("id"), sa.column("search"))
    is_other = "search ~ '[^ -~]'" if connection.dialect.name == "postgresql" else "search GLOB '*[^ -~]*'"
    query = sa.select(rows).where(sa.text(is_other)).order_by(rows.c.id).limit(BATCH)
    add = rows.update().where(rows.c.id == sa.bindparam("its_id")).values(search=sa.bindparam("words"))
    last = 0
    while found := connection.execute(query.where(rows.c.id > last)).all():
        last = found[-1].id
        words = [{"its_id": id_, "words": " ".join([*pairs(search), search])} for id_, search in found if pairs(search)]
        if words:
            connection.execute(add, words)


def _index(space: str) -> None:
    """Index the words anew, behind something, and let triggers keep that up."""
    add = f"INSERT INTO {SEARCH} (rowid, search) VALUES (new.id, {space}new.search);"
    take = f"INSERT INTO {SEARCH} ({SEARCH}, rowid, search) VALUES ('delete', old.id, {space}old.search);"
    op.execute(f"INSERT INTO {SEARCH} ({SEARCH}) VALUES ('delete-all')")
    op.execute(f"INSERT INTO {SEARCH} (rowid, search) SELECT id, {space}search FROM dashboard_installations")
    steps = {"insert": add, "update": take + add, "delete": take}
    for event in TRIGGERS:
        of = "UPDATE OF search" if event == "update" else event.upper()
        op.execute(f"CREATE TRIGGER {SEARCH}_{event} AFTER {of} ON dashboard_installations BEGIN {steps[event]} END")
