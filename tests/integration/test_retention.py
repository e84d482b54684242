"""What is kept for how long."""

import pytest

from dashboard.core.clock import DAY, now
from tests.conftest import BOTH
from tests.support import desk
from tests.support.command_line import run_dashboard
from tests.support.stage import stage


@pytest.fixture(params=BOTH)
def stopped(request, new_database):
    """A stage whose service has ended: its own purge, at its start, would take a part out before the command does."""
    with stage(new_database(request.param)) as running:
        pass
    return running


def test_purge_takes_out_what_is_older_than_said_and_nothing_else(stopped):
    for days in (1, 179, 181, 400):
        desk.attempt(stopped, seen_at=now() - days * DAY)
    before = stopped.database.rows("SELECT count(*) AS n FROM dashboard_attempts")[0]["n"]
    desk.audited(stopped, {"verb": "old"})

    for name in ("DASHBOARD_KEEP_ATTEMPTS", "DASHBOARD_KEEP_AUDIT"):  # as it is where nobody sets it
        del stopped.environment[name]
    done = run_dashboard("purge", environment=stopped.environment)

    assert done.stdout.splitlines()[-1] == "Took out 2 attempts and 1 rows of the audit."
    assert stopped.database.rows("SELECT count(*) AS n FROM dashboard_attempts")[0]["n"] == before - 2
    assert stopped.database.rows("SELECT 1 FROM dashboard_audit WHERE verb = 'old'") == []
    kept = run_dashboard("purge", environment={**stopped.environment, "DASHBOARD_KEEP_ATTEMPTS": "100"})
    assert kept.stdout.splitlines()[-1] == "Took out 1 attempts and 0 rows of the audit."
