"""A transaction that stands still in the middle, so that a process is ended there however busy the machine is."""

from tests.support.databases import TestDatabase


def stand_still(database: TestDatabase, table: str, condition: str = "true") -> None:
    """Whoever inserts a row into the table for which the condition holds stands still for half a minute."""
    on = f"CREATE TRIGGER stands_still AFTER INSERT ON {table}"
    statements = {
        "sqlite": [
            f"{on} WHEN {condition} BEGIN SELECT count(*) FROM (WITH RECURSIVE n(i) AS"
            " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000000) SELECT i FROM n); END"
        ],
        "postgresql": [
            "CREATE FUNCTION stand_still() RETURNS trigger AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$"
            " LANGUAGE plpgsql",
            f"{on} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION stand_still()",
        ],
    }
    database.execute(*statements[database.kind])


def go_on(database: TestDatabase, table: str) -> None:
    """Nobody stands still any more. A session of PostgreSQL's does not notice that its client was killed: it is
    ended."""
    if database.kind == "sqlite":
        database.execute("DROP TRIGGER stands_still")
        return
    sleeping = "wait_event = 'PgSleep' AND datname = current_database()"
    database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {sleeping}")
    database.execute(f"DROP TRIGGER stands_still ON {table}")
