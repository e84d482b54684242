"""Failures and the funnel in a real browser: how they look, and what support does with a group."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.look import complaints_of, faults_in_every_view
from tests.support import desk, wait
from tests.support.stage import stage
from tests.support.visitor import Visitor, query_of

pytestmark = pytest.mark.browser

DAY = 86_400_000
AT_SLACK = ("invalid_scope", "invalid_scope", "invalid_scope", "access_denied", "nobody_knows_it")
GROUPS = "SELECT id, code FROM dashboard_failure_groups"


@pytest.fixture(scope="module")
def office(new_database):
    """Some days of failures at one app: an incident, a code nobody wrote down, a secret that was wrong for days."""
    with stage(new_database("sqlite")) as running:
        assert running.run("app", "edit", "default", "--name", "Sample Bot").returncode == 0
        desk.people(running)
        for number, code in enumerate(AT_SLACK):
            visitor = Visitor(running)
            state = query_of(visitor.start(team=f"T0SAMPLE{number}"))["state"]
            visitor.get(f"/slack/oauth_redirect?error={code}&state={state}")
        for age in (0, 1, 2, 2, 5, 9):
            reference = Visitor(running).install(demand="exchange/bad_client_secret").reference.replace("-", "")
            shift = f"seen_at = seen_at - {age * DAY}, started_at = started_at - {age * DAY}"
            running.database.execute(f"UPDATE dashboard_attempts SET {shift} WHERE reference = '{reference}'")
        for place in ("T0ACME001", "E0GLOBEX1"):
            Visitor(running).install(place=place)
        Visitor(running).start()
        wait.until(lambda: len(running.database.rows(GROUPS)) == 4, seconds=15)
        running.groups = {row["code"]: row["id"] for row in running.database.rows(GROUPS)}
        yield running
        assert running.server.errors() == []


PAGES = {
    "failures": "/ops/failures",
    "failures-none": "/ops/failures?state=muted",
    "failure": "/ops/failures/{bad_client_secret}",
    "failure-incident": "/ops/failures/{invalid_scope}",
    "funnel": "/ops/funnel?app=default",
    "funnel-all": "/ops/funnel",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(signed_in, office, name):
    page = signed_in.new_page()
    complaints = complaints_of(page)
    page.goto(PAGES[name].format(**office.groups))
    assert faults_in_every_view(page, f"desk-{name}") == []
    assert complaints == []
    page.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_support_takes_a_group_on_and_resolves_it(chromium, office, javascript):
    context = chromium.new_context(base_url=office.url, java_script_enabled=javascript)
    page = context.new_page()
    sign_in(page)
    page.get_by_role("link", name="Failures").click()
    page.get_by_role("link", name="Not in the catalogue yet").click()
    expect(page.get_by_text("nobody_knows_it").first).to_be_visible()
    if page.get_by_role("button", name="Open again").count():
        page.get_by_role("button", name="Open again").click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_text("Acknowledged: it is yours.")).to_be_visible()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("It comes back as regressed")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.locator("h1")).to_have_text("Not in the catalogue yet")
    context.close()
