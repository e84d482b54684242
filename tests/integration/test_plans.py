"""Every query that the desk makes, by its plan: none reads a large table through, on either database.

The tables are small here. SQLite plans without statistics, as it does for everybody who never runs ANALYZE; PostgreSQL
is told that they hold a million rows.
"""

import re

import psycopg
import pytest
from sqlalchemy import event, make_url
from sqlalchemy.engine import Engine

from dashboard.core import compiled, reference
from tests.benchmarks import desk as pages
from tests.benchmarks.filling import APPS, fill
from tests.support import desk
from tests.support.desk import Desk
from tests.support.stage import stage

ROWS = 2_000
LARGE = ("dashboard_attempts", "dashboard_installations", "slack_installations", "slack_bots")
MOST_COST = 20_000  # as PostgreSQL reckons; reading one of the tables through costs more
MORE = {"_id AS value": 50_000}  # the latest of each of five thousand organizations, looked up one by one


class Statements:
    """The distinct queries made on a database while it listens, each with the parameters it had first."""

    def __init__(self, database):
        self.seen = {}
        self._name = database.engine.url.database  # other services run in this process, too
        self._run = compiled.run  # which no event of SQLAlchemy's tells of

    def __enter__(self):
        event.listen(Engine, "before_cursor_execute", self._note)
        compiled.run = self._run_and_note
        return self

    def __exit__(self, *_):
        event.remove(Engine, "before_cursor_execute", self._note)
        compiled.run = self._run

    def _run_and_note(self, db, statement, values, take):
        made, taken = self._run(db, statement, values, take)
        self._note(db, None, made.text, made.parameters(values), None, executemany=False)
        return made, taken

    def _note(self, connection, _cursor, statement, parameters, _context, executemany):
        is_query = statement.lstrip().startswith(("SELECT", "WITH")) and not executemany
        if is_query and connection.engine.url.database == self._name:
            self.seen.setdefault(statement, parameters)


def made_for_pages(database):
    """Every query made for the pages that an owner, a member of one app, and one of two open."""
    for what in ("installations", "attempts"):
        fill(database.url, what, ROWS)
    pages.people(database.url)
    paths = [*(page.path for page in pages.pages(database.url, ROWS)), *attempts_of_each_end(database)]
    with stage(database) as running, Statements(database) as statements:
        desk.operator(running, "reader@example.com", owner=True)
        ids = {row["slug"]: row["id"] for row in database.rows("SELECT slug, id FROM dashboard_apps")}
        slug = APPS[2][0]
        members = {"one@example.com": [slug], "both@example.com": [slug, APPS[1][0]]}
        for address, slugs in members.items():
            member = desk.operator(running, address)
            for one in slugs:
                desk.grant(running, member, ids[one], "support")
        for address in ("reader@example.com", *members):
            reader = Desk(running)
            assert reader.sign_in(address).status_code == 303
            for path in paths:
                own = re.sub(r"app=\w+", f"app={slug}", path) if address in members else path
                assert reader.get(own).status in (200, 303, 403, 404), own
    return statements.seen


def attempts_of_each_end(database):
    """The pages of an attempt of each app for each way they end: what is read of one depends on it."""
    ends = "client_id, outcome, code"
    rows = database.rows(f"SELECT min(reference) AS any_one FROM dashboard_attempts GROUP BY {ends}")
    return [f"/ops/attempts/{reference.display(row['any_one'])}" for row in rows]


@pytest.mark.slow("it opens a hundred and seventy pages three times")
def test_sqlite_reads_no_large_table_through(on_sqlite):
    queries = made_for_pages(on_sqlite)
    assert len(queries) > 150
    bad = {}
    with on_sqlite.engine.connect() as connection:
        for statement, parameters in queries.items():
            plan = [step for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            if reads_through(statement, plan):
                bad[statement] = plan
    assert not bad, "\n\n".join(f"{statement}\n{plan}" for statement, plan in bad.items())


def reads_through(statement, plan):
    """Whether a plan reads all rows of a large table, or all of an app, and that not along the order that is wanted
    until enough are found."""
    read = [step for step in plan if re.match(rf"(SCAN|SEARCH) ({'|'.join(LARGE)})(_\d+)?( |$)", step)]
    whole = [step for step in read if step.startswith("SCAN") or step.endswith("(client_id=?)")]
    in_order = "LIMIT" in statement and not any(step.startswith("USE TEMP B-TREE FOR ORDER BY") for step in plan)
    return bool(whole) and not in_order


@pytest.mark.postgresql
@pytest.mark.slow("it opens a hundred and seventy pages three times")
def test_postgresql_reads_no_large_table_through(on_postgresql):
    queries = made_for_pages(on_postgresql)
    assert len(queries) > 150
    on_postgresql.execute("ANALYZE")
    names = ", ".join(f"'{name}'" for name in LARGE)
    on_postgresql.execute(f"UPDATE pg_class SET reltuples = 1000000 WHERE relname IN ({names})")
    address = make_url(on_postgresql.url).set(drivername="postgresql").render_as_string(hide_password=False)
    bad = {}
    with psycopg.connect(address, cursor_factory=psycopg.ClientCursor) as connection:
        for statement, parameters in queries.items():
            ((plan,),) = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters).fetchall()
            most = next((cost for part, cost in MORE.items() if part in statement), MOST_COST)
            if plan[0]["Plan"]["Total Cost"] > most:
                bad[statement] = plan
    assert not bad, "\n\n".join(f"{statement}\n{plan}" for statement, plan in bad.items())
