"""What operators and admins do in a real browser: find, check, suspend and take it back; change an app and see it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.look import complaints_of, faults_in_every_view
from tests.support import desk
from tests.support.stage import stage
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(new_database):
    with stage(new_database("sqlite"), SLACK_USER_SCOPES="search:read") as running:
        desk.people(running)
        Visitor(running).install()
        running.installation = running.database.row("SELECT id FROM dashboard_installations")["id"]
        running.bare = desk.installed(running, "T0BROWSE1", team_name="الشركة & Söhne")
        yield running
        assert running.server.errors() == []


PAGES = {
    "installation-offered": "/ops/installations/{0.installation}",
    "installation-ask": "/ops/installations/{0.installation}/uninstall",
    "bulk": "/ops/installations/bulk?ids={0.installation}",
    "bulk-nothing": "/ops/installations/bulk",
    "jobs": "/ops/jobs",
    "app": "/ops/apps/acme",
    "app-new": "/ops/apps/new",
    "app-settings": "/ops/apps/acme/settings",
    "app-brand": "/ops/apps/acme/brand",
    "app-secret": "/ops/apps/acme/secret",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(signed_in, office, name):
    page = signed_in.new_page()
    complaints = complaints_of(page)
    page.goto(PAGES[name].format(office))
    assert faults_in_every_view(page, f"desk-{name}") == []
    assert complaints == []
    page.close()


def press(page, name: str, role: str = "button") -> None:
    """With the keyboard alone, as far as a control is concerned."""
    control = page.get_by_role(role, name=name, exact=True).first
    control.focus()
    page.keyboard.press("Enter")


@pytest.mark.slow("a whole journey, pages looked at by axe on the way")
@pytest.mark.parametrize("javascript", [True, False])
def test_an_operator_finds_checks_suspends_and_takes_it_back(chromium, office, javascript):
    context = chromium.new_context(base_url=office.url, java_script_enabled=javascript)
    page = context.new_page()
    sign_in(page)
    page.goto("/ops/installations?q=acme")
    press(page, "Acme Europe", "link")
    press(page, "Check now")
    expect(page.get_by_text("Slack takes 2 of 2 tokens.")).to_be_visible()
    page.reload()  # the sentence is said once
    expect(page.get_by_text("Slack takes 2 of 2 tokens.")).to_have_count(0)
    press(page, "Suspend …", "link")
    page.get_by_label("Why, for colleagues").fill("They asked us to.")
    press(page, "Suspend")
    expect(page.get_by_text("An operator has suspended it", exact=True)).to_be_visible()
    expect(page.get_by_text("They asked us to.").first).to_be_visible()
    if javascript:
        assert faults_in_every_view(page, "desk-installation-suspended") == []
    page.go_back()  # the form that was sent: it is not offered a second time
    expect(page.get_by_text("It is suspended now.")).to_be_visible()
    page.goto("/ops/installations?status=suspended")
    press(page, "Acme Europe", "link")
    press(page, "Resume")
    expect(page.get_by_text("Resumed, as it was.")).to_be_visible()
    context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_somebody_ticks_some_and_sees_what_came_of_each(chromium, office, javascript):
    context = chromium.new_context(base_url=office.url, java_script_enabled=javascript)
    page = context.new_page()
    sign_in(page, "owner")
    page.goto("/ops/installations?app=default")
    page.get_by_label("Tick Acme Europe").press("Space")
    press(page, "Act on those ticked")
    expect(page.get_by_role("heading", name="1 ticked installation", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="The note").fill("Told <them>.")
    press(page, "Add the note")
    if not javascript:
        page.wait_for_timeout(1_000)
        page.reload()
    expect(page.locator("#job").get_by_text("1 of 1 done.")).to_be_visible()
    expect(page.get_by_text("Noted.")).to_be_visible()
    if javascript:
        assert faults_in_every_view(page, "desk-job") == []
    press(page, "Acme Europe", "link")
    expect(page.get_by_text("Told <them>.").first).to_be_visible()
    page.goto("/ops/jobs")
    expect(page.get_by_role("link", name="Add the note").first).to_be_visible()
    context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_an_admin_brands_an_app_and_an_owner_finds_who_changed_its_secret(chromium, office, javascript):
    context = chromium.new_context(base_url=office.url, java_script_enabled=javascript)
    page = context.new_page()
    sign_in(page, "admin")
    page.goto("/ops/apps/acme")
    press(page, "Change the brand", "link")
    page.get_by_label("What the app does, in a sentence").fill("It <answers>.")
    page.get_by_label("Accent").fill("yellow")
    press(page, "Save")
    expect(page.get_by_text("Accent must be a colour such as #0b57b0.")).to_be_visible()
    expect(page.get_by_label("What the app does, in a sentence")).to_have_value("It <answers>.")
    page.get_by_label("Accent").fill("#0b57b0")
    press(page, "Save")
    expect(page.get_by_text("Changed: ")).to_be_visible()
    page.goto("/apps/acme/install")
    expect(page.get_by_text("It <answers>.")).to_be_visible()
    page.goto("/ops/apps/acme/secret")
    page.get_by_label("Client secret").fill("0123456789abcdef" * 2)
    press(page, "Save")
    expect(page.get_by_text("Changed: client secret.")).to_be_visible()
    page.goto("/ops/apps/acme/brand")  # back to where the next run begins
    for label in ("What the app does, in a sentence", "Accent"):
        page.get_by_label(label).fill("")
    press(page, "Save")
    expect(page.get_by_text("Changed: ")).to_be_visible()
    page.goto("/ops/audit?app=acme")
    expect(page.get_by_text("client secret changed").first).to_be_visible()
    context.close()


MANIFEST = """
display_information: {name: Helper <Bot>}
oauth_config: {scopes: {bot: [chat:write]}}
"""


@pytest.mark.slow("a whole journey of three people")
@pytest.mark.parametrize("javascript", [True, False])
def test_an_owner_adds_an_app_of_a_manifest_and_its_admin_looks_at_it_and_invites_a_colleague(
    chromium, office, javascript
):
    slug, client_id = ("helper-bot", "888.111") if javascript else ("helper-bot-2", "888.222")
    context = chromium.new_context(base_url=office.url, java_script_enabled=javascript)
    page = context.new_page()
    sign_in(page, "owner")
    page.goto("/ops/apps/new")
    page.get_by_text("Fill it in from an app manifest").click()
    page.get_by_label("The manifest, YAML or JSON").fill(MANIFEST)
    press(page, "Read it")
    expect(page.get_by_text("Redirect URL: ")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Helper <Bot>")
    page.get_by_label("Slug").fill(slug)
    page.get_by_label("Client id").fill(client_id)
    page.get_by_label("Client secret").fill("0123456789abcdef")
    press(page, "Add the app")
    expect(page.get_by_text("Added. Its redirect URL")).to_be_visible()
    press(page, "Check it")
    expect(page.get_by_text("Compare the client id with Basic Information at Slack.")).to_be_visible()
    page.goto(f"/ops/apps/{slug}")
    page.get_by_label("E-mail of an operator").fill("admin@example.com")
    page.get_by_label("Role").select_option("admin")
    press(page, "Set the role")
    expect(page.get_by_text("admin@example.com is admin here.")).to_be_visible()

    admin = chromium.new_context(base_url=office.url, java_script_enabled=javascript)
    page = admin.new_page()
    sign_in(page, "admin")
    page.goto(f"/ops/apps/{slug}/brand")
    page.get_by_label("What the app does, in a sentence").fill("It helps.")
    with admin.expect_page() as opened:
        press(page, "Install page")
    expect(opened.value.get_by_text("It helps.")).to_be_visible()
    expect(opened.value.get_by_role("heading", name="Helper <Bot>")).to_be_visible()
    expect(page.get_by_label("What the app does, in a sentence")).to_have_value("It helps.")
    page.goto(f"/ops/apps/{slug}")
    page.get_by_label("E-mail of an operator").fill(f"colleague-{slug}@example.com")
    page.get_by_label("Role").select_option("support")
    press(page, "Set the role")
    expect(page.get_by_role("heading", name=f"A link for colleague-{slug}@example.com")).to_be_visible()
    admin.close()
    context.close()
