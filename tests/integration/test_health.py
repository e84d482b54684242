"""`/healthz` and `/readyz`."""

import subprocess
from pathlib import Path

import pytest

from dashboard.core.disk import MEGABYTE, DiskLimits, disk_of
from tests.support.desk import Desk, people
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


NEVER, ALWAYS = 0, 10**18  # bytes that are free


@pytest.mark.parametrize(
    ("limits", "status", "said"),
    [
        (DiskLimits(low=NEVER, full=NEVER), 200, "ok\n"),
        (DiskLimits(low=ALWAYS, full=NEVER), 200, "ok\nThe disk of the database is getting full.\n"),
        (DiskLimits(low=ALWAYS, full=ALWAYS), 503, "The disk of the database is full, or nearly.\n"),
    ],
)
def test_a_disk_that_gets_full_is_noticed_before_it_is(new_database, limits, status, said):
    with stage(new_database("sqlite"), disk_limits=limits) as running:
        people(running)
        answer = Visitor(running).client.get("/readyz")
        assert (answer.status_code, answer.text) == (status, said)
        sentence = f"The disk that holds {Path(running.database.engine.url.database).name} has "
        assert (sentence in Desk(running, "owner").get("/ops").text) == (said != "ok\n")
        assert sentence not in Desk(running, "admin").get("/ops").text


def test_what_is_free_is_what_the_system_says(tmp_path):
    disk = disk_of(f"sqlite:///{tmp_path}/new.db", DiskLimits(low=500 * MEGABYTE, full=50 * MEGABYTE))
    reported = int(subprocess.run(["df", "--output=avail", "-B1", tmp_path], capture_output=True).stdout.split()[1])
    assert abs(disk.free - reported) < 200 * MEGABYTE
    assert (disk.is_low, disk.is_full) == (disk.free < 500 * MEGABYTE, disk.free < 50 * MEGABYTE)


def test_postgresql_does_not_tell_of_its_disk():
    assert disk_of("postgresql://somebody@localhost/dashboard", DiskLimits()) is None


def test_a_proxy_that_nobody_told_of_is_told_once(new_database):
    with stage(new_database("sqlite")) as running:
        behind = Visitor(running, **{"X-Forwarded-For": "203.0.113.9"})
        people(running)
        assert Desk(running, "owner", **{"X-Forwarded-For": "203.0.113.9"}).get("/ops").status == 200
        (line,) = running.server.log("proxy.not_told")
        assert "DASHBOARD_PROXY_HOPS is 0" in line["sentence"]
        assert "DASHBOARD_PROXY_HOPS is 0" in behind.get("/readyz").text
        assert Visitor(running).get("/readyz").text == "ok\n"
    with stage(new_database("sqlite"), DASHBOARD_PROXY_HOPS="1") as running:
        behind = Visitor(running, **{"X-Forwarded-For": "203.0.113.9"})
        behind.start()
        assert behind.get("/readyz").text == "ok\n"
        assert running.server.log("proxy.not_told") == []
