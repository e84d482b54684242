"""How many statements an installation takes: each is a round trip, and on PostgreSQL most of its time."""

import time

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from dashboard.core.pace import Pace
from tests.conftest import BOTH
from tests.support import wait
from tests.support.stage import stage
from tests.support.visitor import Visitor

STILL = Pace(look_every=600, registry_every=600, catch_up_every=600, notice_every=600, sweep_every=600, jobs_every=600)
START, SPENT = 1, 1  # written behind the answer; and the state, before the exchange
STORED = {"sqlite": 7, "postgresql": 8}  # there the tenant's turn is taken, too


@pytest.mark.parametrize("kind", BOTH)
def test_a_first_installation_takes_so_many_statements_and_no_more(new_database, kind):
    database, seen = new_database(kind), []

    def note(connection, _cursor, statement, _parameters, _context, _executemany):
        is_ours = connection.engine.url.database == database.engine.url.database  # other services run here, too
        if is_ours and not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA")):
            seen.append(" ".join(statement.split())[:90])

    def nobody_asks():
        before = len(seen)
        time.sleep(1)
        return len(seen) == before

    with stage(database, pace=STILL) as running:
        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert Visitor(running).install().status == 200
            wait.until(nobody_asks)  # what a process asks once has been asked
            seen.clear()
            assert Visitor(running).install().status == 200
            wait.until(lambda: sum(statement.startswith("INSERT INTO dashboard_attempts") for statement in seen) == 2)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    assert len(seen) == START + SPENT + STORED[kind], "\n".join(seen)
