"""From the install page to the desk, once, on SQLite: what `make quick` tries after each change."""

from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import stage
from tests.support.visitor import Visitor

GROUPS = "SELECT id FROM dashboard_failure_groups WHERE code = 'bad_client_secret'"


def test_installed_failed_found_and_looked_after(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        visitor = Visitor(running)
        button = visitor.get("/slack/install").links["Add to Slack"]
        installed = visitor.get(visitor.allow(visitor.start(button)))
        failed = visitor.install(demand="exchange/bad_client_secret")
        cancelled = visitor.get(visitor.cancel(visitor.start()))
        assert (installed.status, installed.heading) == (200, "Installed in Acme Europe")
        assert (failed.status, failed.detail) == (401, "bad_client_secret")
        assert (cancelled.status, cancelled.heading) == (200, "You cancelled the installation")

        assert Desk(running).get("/ops/installations").status == 303
        owner = Desk(running, "owner")
        assert "Acme Europe" in owner.get("/ops/installations").text
        assert "1 installations" in owner.get("/ops/installations/counts").text
        found = owner.client.get("/ops/lookup", params={"q": f"It says {failed.reference.lower()}"})
        assert found.headers["Location"] == f"/ops/attempts/{failed.reference}"
        assert "Slack refused the exchange of the code" in owner.get(f"/ops/attempts/{failed.reference}").text
        wait.until(lambda: running.database.rows(GROUPS))
        (group,) = running.database.rows(GROUPS)
        assert owner.post(f"/ops/failures/{group['id']}/acknowledge").status_code == 303
        assert Desk(running, "stranger").get(f"/ops/attempts/{failed.reference}").status == 404

        assert f"{failed.reference}  Slack refused the exchange" in running.run("attempt", failed.reference).stdout
        assert running.run("app", "pause", "default").returncode == 0
        wait.until(lambda: visitor.get("/slack/install").status == 503)
        assert running.server.errors() == []
