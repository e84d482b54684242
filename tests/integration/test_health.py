"""`/healthz` and `/readyz`."""

from tests.support.stage import stage
from tests.support.visitor import Visitor


def test_health_and_readiness(visitor):
    for path in ("/healthz", "/readyz"):
        response = visitor.client.get(path)
        assert (response.status_code, response.text) == (200, "ok\n")
        assert visitor.client.head(path).status_code == 200


def test_not_ready_when_the_database_is_older_than_needed(database):
    with stage(database) as running:
        database.execute("UPDATE dashboard_alembic_version SET version_num = '0000'")
        page = Visitor(running).client.get("/readyz")
        assert page.status_code == 503
        assert "Run `dashboard migrate`." in page.text
        assert Visitor(running).client.get("/healthz").status_code == 200
