"""The lists, an attempt, an installation and the look-up in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.look import complaints_of, faults_in_every_view
from tests.support import desk
from tests.support.stage import CLIENT_ID, stage
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser

NAMES = ("Ñandú Straße", "Яндекс", "株式会社サンプル", "O'Brien Labs", "مثال", "Süd & Söhne GmbH")


def many():
    for number in range(70):
        facts = {"installed_at": 1_790_000_000.0 + 7_000 * number, "team_name": f"{NAMES[number % 6]} {number}"}
        yield desk.installation(f"T0MANY{number:03}", bot_scopes="chat:write,commands", **facts)


@pytest.fixture(scope="module")
def office(new_database):
    with stage(new_database("sqlite")) as running:
        assert running.run("app", "edit", "default", "--name", "Sample Bot").returncode == 0
        desk.people(running)
        desk.install_all(running, CLIENT_ID, many())
        store = desk.bolt(running, CLIENT_ID)
        store.delete_all(enterprise_id=None, team_id="T0MANY068")
        store.delete_bot(enterprise_id=None, team_id="T0MANY067")
        store.save(desk.installation("T0MANY066", team_name="O'Brien Labs", bot_scopes="chat:write", user_id="U0BEN"))
        store.close()
        visitor = Visitor(running)
        running.failed = visitor.install(demand="exchange/bad_client_secret").reference
        visitor.install()
        Visitor(running).install(place="E0GLOBEX1")
        cancelled = Visitor(running)
        cancelled.get(cancelled.cancel(cancelled.start()))
        Visitor(running).start()
        Visitor(running).get("/slack/oauth_redirect?code=1&state=made-up")
        find = "SELECT id FROM dashboard_installations WHERE team_id = :team"
        running.lacking = running.database.row(find, team="T0MANY066")["id"]
        running.gone = running.database.row(find, team="T0MANY068")["id"]
        yield running
        assert running.server.errors() == []


PAGES = {
    "installations": lambda _: "/ops/installations",
    "installations-filtered": lambda _: "/ops/installations?status=active&since=30d&q=stra%C3%9Fe",
    "installations-nothing": lambda _: "/ops/installations?q=nobody",
    "installations-unknown": lambda _: "/ops/installations?status=purple",
    "installation": lambda office: f"/ops/installations/{office.lacking}",
    "installation-gone": lambda office: f"/ops/installations/{office.gone}",
    "attempts": lambda _: "/ops/attempts",
    "attempt": lambda office: f"/ops/attempts/{office.failed}",
    "workspace": lambda _: "/ops/workspaces/T0MANY066",
    "workspaces": lambda _: "/ops/workspaces?sort=name",
    "enterprises": lambda _: "/ops/enterprises",
    "codes": lambda _: "/ops/codes",
    "code": lambda _: "/ops/codes/bad_client_secret",
    "lookup": lambda _: "/ops/lookup",
    "lookup-slip": lambda office: f"/ops/lookup?q={office.failed[1:]}",
    "lookup-nothing": lambda _: "/ops/lookup?q=nothing+of+the+kind",
}


@pytest.mark.slow("fifty rows, looked at by axe in four views")
@pytest.mark.parametrize("name", PAGES)
def test_a_page(signed_in, office, name):
    page = signed_in.new_page()
    complaints = complaints_of(page)
    page.goto(PAGES[name](office))
    page.wait_for_load_state("networkidle")
    assert faults_in_every_view(page, f"desk-{name}") == []
    assert complaints == []
    page.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_filter_page_open_and_back(chromium, office, javascript):
    context = chromium.new_context(base_url=office.url, java_script_enabled=javascript, accept_downloads=True)
    page = context.new_page()
    sign_in(page)
    page.get_by_role("link", name="Installations", exact=True).first.click()
    page.get_by_role("link", name="older").click()
    expect(page.get_by_role("link", name="newer")).to_be_visible()
    page.get_by_role("link", name="Installations", exact=True).first.click()

    page.get_by_placeholder("A workspace, organization").fill("straße")
    page.locator("select[name=status]").select_option("active")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Status: Active")).to_be_visible()
    assert "status=active" in page.url
    expect(page.get_by_role("row")).to_have_count(12)
    page.reload()
    expect(page.get_by_role("row")).to_have_count(12)

    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    assert download.value.suggested_filename.startswith("installations_")

    page.get_by_role("link", name="Ñandú Straße 60").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ñandú Straße 60")
    page.go_back()
    expect(page.get_by_role("link", name="Status: Active")).to_be_visible()
    page.get_by_role("link", name="Status: Active").click()
    expect(page.get_by_role("link", name="Status: Active")).to_have_count(0)
    context.close()


LAID_OUT = """row => [getComputedStyle(row).display, ...[...row.cells].map(
    cell => getComputedStyle(cell, '::before').content)]"""


@pytest.mark.parametrize("javascript", [True, False])
def test_a_narrow_list_is_cards_only_where_each_cell_can_say_its_column(chromium, office, javascript):
    phone = {"width": 390, "height": 800}
    context = chromium.new_context(base_url=office.url, java_script_enabled=javascript, viewport=phone)
    page = context.new_page()
    sign_in(page)
    page.goto("/ops/attempts")
    row = page.get_by_role("table").get_by_role("row").nth(1)
    display, head, *labels = row.evaluate(LAID_OUT)
    assert head == "none"
    if javascript:
        assert display == "grid"
        words = page.get_by_role("columnheader").all_text_contents()
        assert labels == [f'"{word}"' for word in words[1:]]
        assert row.get_by_role("cell").count() == len(words)
        time = row.locator("time").first
        expect(time).to_have_attribute("title", re.compile(r"^\w{3} \d\d \w{3} \d{4}, \d\d:\d\d UTC$"))
    else:
        assert display == "table-row"
        assert set(labels) == {"none"}
        assert page.locator(".table-box").evaluate("box => box.scrollWidth > box.clientWidth")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_start_to_the_reply_by_keyboard(chromium, office, javascript, scheme):
    """Verdict, what to do and the reply's button stand above the fold; nothing is touched but keys."""
    context = chromium.new_context(
        base_url=office.url,
        viewport={"width": 1366, "height": 768},
        java_script_enabled=javascript,
        color_scheme=scheme,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Home")
    if javascript:
        page.keyboard.press("/")
    else:
        tab_to(page, page.locator("#search"))
    page.keyboard.type(office.failed.lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(office.failed)
    for part in (page.locator("#verdict h2"), page.locator("#remedy"), page.locator("#reply textarea")):
        box = part.bounding_box()
        assert box["y"] + box["height"] < 768
    reply = page.locator("#reply textarea")
    tab_to(page, reply)
    assert office.failed in reply.input_value()
    if javascript:
        copy = page.get_by_role("button", name="Copy reply")
        assert copy.bounding_box()["y"] + copy.bounding_box()["height"] < 768
        tab_to(page, copy)
        page.keyboard.press("Enter")
        expect(page.locator("#live")).to_have_text("Copied")
        assert page.evaluate("navigator.clipboard.readText()") == reply.input_value()
    tab_to(page, page.get_by_role("link", name="Deutsch"))
    page.keyboard.press("Enter")
    expect(page.locator("#reply textarea")).to_have_attribute("lang", "de")
    context.close()


def tab_to(page, target):
    """Press Tab until it has the focus."""
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("It is not reached by keyboard.")


@pytest.mark.slow("looked at by axe in four views")
def test_what_is_remembered_and_what_was_done(signed_in, office):
    """The look-up by circumstances, and an attempt with all that can be written about it."""
    page = signed_in.new_page()
    complaints = complaints_of(page)
    page.goto("/ops/lookup")
    page.locator("summary").filter(has_text="Or by what they remember").click()
    page.get_by_label("Words they saw").fill("password out of date")
    page.get_by_role("button", name="Look up", exact=True).click()
    expect(page.get_by_role("heading", name="What fits best")).to_be_visible()
    assert faults_in_every_view(page, "desk-lookup-remembered") == []
    page.get_by_role("link", name=office.failed).first.click()
    page.get_by_label("A note for colleagues").fill("They will try again on Monday.")
    page.get_by_role("button", name="Add the note").click()
    page.get_by_label("The ticket's address").fill("https://tickets.example/1")
    page.get_by_role("button", name="Keep the address").click()
    page.get_by_role("button", name="Make a one-time link").click()
    expect(page.locator("#invited")).to_contain_text("/apps/default/invited/")
    assert faults_in_every_view(page, "desk-attempt-acted") == []
    assert complaints == []
    page.close()
