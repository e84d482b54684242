"""What is kept for how long."""

from dashboard.core.clock import DAY, now
from tests.support import desk
from tests.support.command_line import run_dashboard


def test_purge_takes_out_what_is_older_than_said_and_nothing_else(office):
    for days in (1, 179, 181, 400):
        desk.attempt(office, seen_at=now() - days * DAY)
    before = office.database.rows("SELECT count(*) AS n FROM dashboard_attempts")[0]["n"]
    desk.audited(office, {"verb": "old"})

    done = run_dashboard("purge", environment=office.environment)

    assert done.stdout.splitlines()[-1] == "Took out 2 attempts and 1 rows of the audit."
    assert office.database.rows("SELECT count(*) AS n FROM dashboard_attempts")[0]["n"] == before - 2
    assert office.database.rows("SELECT 1 FROM dashboard_audit WHERE verb = 'old'") == []
    kept = run_dashboard("purge", environment={**office.environment, "DASHBOARD_KEEP_ATTEMPTS": "100"})
    assert kept.stdout.splitlines()[-1] == "Took out 1 attempts and 0 rows of the audit."
