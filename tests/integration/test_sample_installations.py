"""The demo's sample installations: what the lists, facets and pages make of them."""

import re

import pytest

from dashboard.access import permissions
from dashboard.apps import registry
from dashboard.commands.sample_installations import SampleInstallations
from dashboard.core.config import Settings
from tests.support import desk
from tests.support.desk import Desk
from tests.support.stage import stage

COUNT = 700


@pytest.fixture(scope="module")
def sampled(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        settings = Settings.from_env(running.environment)
        with running.database.begin() as db:
            samples = SampleInstallations(registry.require(db, settings, "default"), permissions.service())
            for sample in samples.write(db, range(COUNT)):
                running.slack.simulator.give(sample.token, sample.client_id, sample.place, sample.scopes)
        yield running
        assert running.server.errors() == []


def test_there_is_one_of_every_kind(sampled):
    owner = Desk(sampled, "owner")
    html = owner.get("/ops/installations/counts").html
    for word in ("Active", "Attention", "Suspended", "Revoked", "Uninstalled", "Organization", "Some missing"):
        assert re.search(rf">{word} \d+</a>", html), word
    assert int(re.search(r">([\d,]+) installations", html)[1]) > COUNT - 20
    assert "deleted" in owner.get("/ops/installations.csv?status=deleted").html
    assert re.search(r"\d+ organizations", owner.get("/ops/enterprises/counts").text)[0] == "12 organizations"
    for path in ("/ops", "/ops/workspaces", "/ops/enterprises", "/ops/installations?sort=name"):
        assert owner.get(path).status == 200


def test_they_lie_in_the_past_and_were_seen_since(sampled):
    odd = (
        "SELECT * FROM dashboard_installations i LEFT JOIN dashboard_lookups l"
        " ON l.client_id = i.client_id AND l.tenant = i.tenant"
        " WHERE l.looked_up_at < i.installed_at OR i.removed_at < i.installed_at"
        " OR i.first_installed_at > i.installed_at"
    )
    assert sampled.database.rows(odd) == []


def test_the_simulated_slack_knows_their_tokens(sampled):
    owner = Desk(sampled, "owner")
    owner.post("/ops/confirm", password=desk.PASSWORD)
    find = "SELECT id FROM dashboard_installations WHERE status = 'active' AND NOT to_check LIMIT 1"
    there = f"/ops/installations/{sampled.database.row(find)['id']}"
    checked = owner.post(f"{there}/check")
    assert "Slack takes 1 of 1 tokens" in owner.follow(checked).text
    assert "Uninstalled." in owner.follow(owner.post(f"{there}/uninstall")).text
