"""The demo's sample attempts: every code, an incident, and pages that all show."""

import re

import pytest

from dashboard.apps import registry
from dashboard.commands.samples import Samples
from dashboard.core import reference
from dashboard.core.config import Settings
from dashboard.desk.codes import NEVER_STORED
from dashboard.install import catalogue
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import stage


@pytest.fixture(scope="module")
def sampled(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        settings = Settings.from_env(running.environment)
        with running.database.begin() as db:
            app = registry.require(db, settings, "default")
            running.pasted = Samples(db, app, "0.0.1").write()
        yield running
        assert running.server.errors() == []


@pytest.fixture
def owner(sampled):
    return Desk(sampled, "owner")


def test_there_are_hundreds_with_every_code_at_least_once(sampled):
    rows = sampled.database.rows("SELECT code, count(*) AS n FROM dashboard_attempts GROUP BY code")
    codes = {row["code"]: row["n"] for row in rows}
    assert sum(codes.values()) > 450
    assert set(catalogue.ENTRIES) - set(NEVER_STORED) <= set(codes)
    outcomes = {row["outcome"] for row in sampled.database.rows("SELECT DISTINCT outcome FROM dashboard_attempts")}
    assert outcomes == {"succeeded", "failed", "cancelled", None}


def test_the_page_of_each_code_shows_a_verdict(sampled, owner):
    rows = sampled.database.rows("SELECT min(reference) AS reference FROM dashboard_attempts GROUP BY code")
    for row in rows:
        page = owner.get(f"/ops/attempts/{reference.display(row['reference'])}")
        assert page.status == 200
        assert re.search(r'id="verdict" data-code="\w+" data-owner="\w+"', page.html)


def test_what_three_customers_sent_is_found(sampled, owner):
    answer = owner.client.post("/ops/lookup", data={"q": sampled.pasted.mail})
    assert answer.status_code == 303
    attempt = owner.get(answer.headers["Location"])
    assert 'data-cause="rotated_at_slack" data-likelihood="likely"' in attempt.html
    found = owner.client.post("/ops/lookup", data={"q": sampled.pasted.sentence}).text.partition("</form>")[2]
    assert "<bdi>Nordwind Reederei</bdi>" in found
    assert "the redirect URL is none of the app&#39;s" in found
    assert "?read=bad_redirect_uri" in found
    day, time = re.match(r"(\S+), about (\d\d:\d\d)", sampled.pasted.memory).groups()
    told = {"day": day, "time": time, "words": "the link had expired", "browser": "Safari", "system": "iOS"}
    fits = owner.client.post("/ops/lookup", data=told).text.partition('id="fits"')[2]
    assert "state_expired" in fits.partition("</tr>")[2].partition("</tr>")[0]


def test_the_incident_is_told(sampled, owner):
    find = "SELECT id FROM dashboard_failure_groups WHERE code = 'bad_client_secret'"
    group = wait.until(lambda: sampled.database.rows(find), seconds=15)[0]["id"]
    assert "This is an incident" in owner.get(f"/ops/failures/{group}").text
