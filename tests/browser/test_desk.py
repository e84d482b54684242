"""The desk in a real browser: each page as it looks, and what an operator does."""

import re
from datetime import datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import sign_in
from tests.browser.look import complaints_of, faults_in_every_view, photograph, problems
from tests.support import desk
from tests.support.stage import stage
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def office(new_database):
    """A running service with operators, two apps without installations, and one with some attempts."""
    with stage(new_database("sqlite")) as running:
        assert running.run("app", "edit", "default", "--name", "Sample Bot").returncode == 0
        running.cast = desk.people(running)
        visitor = Visitor(running)
        visitor.install()
        visitor.install(place="E0GLOBEX1")
        visitor.install(demand="exchange/bad_client_secret")
        visitor.get(visitor.cancel(visitor.start()))
        visitor.start()
        yield running
        assert running.server.errors() == []


def _link(office) -> str:
    done = office.run("operator", "reset", desk.email("viewer"))
    return re.search(r"/ops/setup/\S+", done.stdout)[0]


def _wrong_password(page, _office):
    page.goto("/ops/login")
    page.get_by_label("E-mail address").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()


def _offered(page, _office):
    page.goto("/ops/me")
    withdraw = page.get_by_role("button", name="Not now")
    if withdraw.count():
        withdraw.click()
    page.get_by_role("button", name="Set up one-time codes").click()


def _dialog(page, office):
    page.goto(f"/ops/operators/{office.cast.operators['viewer']}")
    page.get_by_role("button", name="Disable").click()


SIGNED_OUT = {
    "login": lambda page, _: page.goto("/ops/login"),
    "login-wrong": _wrong_password,
    "setup": lambda page, office: page.goto(_link(office)),
}
SIGNED_IN = {
    "home": ("owner", lambda page, _: page.goto("/ops")),
    "home-viewer": ("viewer", lambda page, _: page.goto("/ops")),
    "me": ("support", lambda page, _: page.goto("/ops/me")),
    "me-offered": ("operator", _offered),
    "confirm": ("admin", lambda page, _: page.goto("/ops/confirm")),
    "operators": ("owner", lambda page, _: page.goto("/ops/operators")),
    "operator": ("owner", lambda page, office: page.goto(f"/ops/operators/{office.cast.operators['viewer']}")),
    "dialog": ("owner", _dialog),
    "audit": ("owner", lambda page, _: page.goto("/ops/audit")),
    "forbidden": ("viewer", lambda page, _: page.goto("/ops/operators")),
    "missing": ("viewer", lambda page, _: page.goto("/ops/nowhere")),
    "patterns": ("viewer", lambda page, _: page.goto("/ops/_patterns")),
}


@pytest.fixture(scope="module")
def signed_in(chromium, office):
    """A page of a browser in which an operator of that role is signed in; one for each role."""
    contexts = {}

    def page_of(role: str):
        if role not in contexts:
            contexts[role] = chromium.new_context(base_url=office.url, timezone_id="Europe/Berlin")
            sign_in(contexts[role].new_page(), role)
        return contexts[role].new_page()

    yield page_of
    for context in contexts.values():
        context.close()


@pytest.mark.parametrize("name", SIGNED_OUT)
def test_a_page_of_somebody_signed_out(chromium, office, name):
    context = chromium.new_context(base_url=office.url)
    page = context.new_page()
    complaints = complaints_of(page)
    SIGNED_OUT[name](page, office)
    assert faults_in_every_view(page, f"desk-{name}") == []
    assert complaints == []
    context.close()


@pytest.mark.parametrize("name", SIGNED_IN)
def test_a_page(signed_in, office, name):
    role, open_page = SIGNED_IN[name]
    page = signed_in(role)
    complaints = complaints_of(page)
    open_page(page, office)
    assert faults_in_every_view(page, f"desk-{name}") == []
    assert complaints == []
    page.close()


@pytest.fixture(params=[True, False], ids=["javascript", "plain"])
def browser(request, chromium, office):
    """A browser with and without JavaScript."""
    made = chromium.new_context(base_url=office.url, java_script_enabled=request.param)
    yield made
    made.close()


def _heading(page):
    return page.get_by_role("heading", level=1)


def _person(office, name: str) -> str:
    """Somebody of one test's own."""
    address = f"{name}-{len(office.database.rows('SELECT id FROM dashboard_operators'))}@example.com"
    desk.grant(office, desk.operator(office, address), office.cast.acme, "viewer")
    return address


def _enter(page, address: str, password: str = desk.PASSWORD) -> None:
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_sign_in_where_one_wanted_to_go_and_out(browser):
    page = browser.new_page()
    page.goto("/ops/audit?since=90d")
    expect(_heading(page)).to_have_text("Sign in")
    _enter(page, "owner@example.com", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("E-mail address")).to_have_value("owner@example.com")
    _enter(page, "owner@example.com")
    expect(_heading(page)).to_have_text("Audit")
    assert page.url.endswith("/ops/audit?since=90d")

    page.get_by_role("button", name="owner", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(_heading(page)).to_have_text("Sign in")
    page.go_back()
    expect(_heading(page)).not_to_have_text("Audit")


def test_a_session_ended_elsewhere(browser, chromium, office):
    address = _person(office, "ended")
    page = browser.new_page()
    page.goto("/ops/login")
    _enter(page, address)
    expect(_heading(page)).to_have_text("Home")
    other = chromium.new_context(base_url=office.url)
    elsewhere = other.new_page()
    elsewhere.goto("/ops/login?next=/ops/me")
    _enter(elsewhere, address)
    elsewhere.get_by_role("button", name="End the session").click()
    expect(elsewhere.get_by_text("That session has ended.")).to_be_visible()
    other.close()

    page.reload()
    expect(_heading(page)).to_have_text("Sign in")


def test_one_time_codes_from_beginning_to_end(browser, office):
    address = _person(office, "codes")
    page = browser.new_page()
    page.goto("/ops/login?next=/ops/me")
    _enter(page, address)
    page.get_by_role("button", name="Set up one-time codes").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn on").click()
    expect(_heading(page)).to_have_text("Your recovery codes")
    recovery, *others = page.locator(".codes li").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes are left")).to_be_visible()

    browser.clear_cookies()
    page.goto("/ops/login?next=/ops/me")
    _enter(page, address)
    expect(_heading(page)).to_have_text("One-time code")
    page.get_by_role("textbox", name="Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(recovery)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("9 recovery codes are left")).to_be_visible()

    code_to_turn_off = page.get_by_role("textbox", name="Code, or a recovery code")
    code_to_turn_off.fill("000000")
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("This code is wrong")).to_be_visible()
    code_to_turn_off.fill(others[0])
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("One-time codes are off.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("One-time codes are off.")).to_have_count(0)


def test_inviting_somebody(browser, office):
    page = browser.new_page()
    page.goto("/ops/login?next=/ops/operators")
    _enter(page, "owner@example.com")
    address = f"invited-{len(office.database.rows('SELECT id FROM dashboard_operators'))}@example.com"
    page.get_by_label("E-mail address").fill(address)
    page.get_by_label("App", exact=True).select_option("Acme Bot")
    page.get_by_label("Role").select_option("support")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator(".secret").inner_text()

    browser.clear_cookies()
    page.goto(link)
    page.get_by_label("New password").fill("a password of my own")
    page.get_by_label("Once more").fill("a password of my own")
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your password is set. You are signed in.")).to_be_visible()
    expect(_heading(page)).to_have_text("Home")


def test_the_rail_is_a_menu_on_a_phone(browser, office):
    page = browser.new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/ops/login")
    _enter(page, "owner@example.com")
    attempts = page.get_by_role("navigation", name="Desk").get_by_role("link", name="Attempts")
    expect(attempts).to_be_hidden()
    page.get_by_role("button", name="Home").click()
    attempts.click()
    expect(_heading(page)).to_have_text("Attempts")
    expect(page.get_by_role("button", name="Attempts")).to_be_visible()
    page.set_viewport_size({"width": 1366, "height": 768})
    expect(page.get_by_role("navigation", name="Desk").get_by_role("link", name="Home")).to_be_visible()


def test_asking_again_before_what_is_dangerous(browser, office):
    page = browser.new_page()
    page.goto("/ops/login")
    _enter(page, "owner@example.com")
    office.database.execute("UPDATE dashboard_sessions SET confirmed_at = 0")
    page.goto(f"/ops/operators/{office.cast.operators['support']}")
    page.get_by_label("Other Bot").select_option("viewer")
    page.get_by_role("button", name="Save the role in Other Bot").click()
    expect(_heading(page)).to_have_text("Confirm that it is you")
    page.get_by_label("Your password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(_heading(page)).to_have_text("support@example.com")
    expect(page.get_by_text("The role is changed.")).to_be_visible()
    expect(page.get_by_label("Other Bot")).to_have_value("viewer")


def test_times_are_in_the_readers_zone_with_utc_in_the_title(chromium, office):
    context = chromium.new_context(base_url=office.url, timezone_id="Asia/Tokyo", locale="en-GB")
    page = context.new_page()
    sign_in(page)
    page.goto("/ops/me")
    moment = page.locator("dd time").first
    assert moment.get_attribute("title").endswith("UTC")
    utc = datetime.fromisoformat(moment.get_attribute("datetime"))
    assert moment.inner_text() == (utc + timedelta(hours=9)).strftime("%a %d %b %Y, %H:%M")
    context.close()


def test_the_keyboard_reaches_the_look_up_and_the_content(chromium, office):
    context = chromium.new_context(base_url=office.url)
    page = context.new_page()
    sign_in(page)
    page.goto("/ops/_patterns")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("/x")
    assert page.locator("#search").input_value() == "/x"
    page.goto("/ops/_patterns")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    context.close()


def test_menus_open_and_say_where_they_lead(chromium, office):
    context = chromium.new_context(base_url=office.url, viewport={"width": 1366, "height": 768})
    page = context.new_page()
    sign_in(page)
    page.get_by_role("button", name="All my apps").click()
    photograph(page, "desk-menu")
    assert problems(page) == []
    page.get_by_role("link", name="Acme Bot").click()
    expect(_heading(page)).to_have_text("Acme Bot")
    page.get_by_role("link", name="Audit").click()
    assert page.url.endswith("/ops/audit?app=acme")
    context.close()


def test_forced_colors_and_print(chromium, office):
    context = chromium.new_context(base_url=office.url, forced_colors="active")
    page = context.new_page()
    sign_in(page)
    page.goto("/ops/_patterns")
    photograph(page, "desk-patterns-forced-colors")
    page.emulate_media(media="print", forced_colors="none")
    photograph(page, "desk-patterns-print")
    assert not page.get_by_role("navigation", name="Desk").is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
    context.close()


SOME = "/ops/audit?q=support@example.com&verb=operator.add,operator.role"


def test_htmx_swaps_parts_keeps_them_on_errors_and_leaves_for_the_login(chromium, office):
    context = chromium.new_context(base_url=office.url)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    sign_in(page)
    page.goto("/ops/audit")
    fetch = "path => htmx.ajax('GET', path, {target: '#list'})"
    every = page.locator("#list tbody tr").count()
    page.evaluate(fetch, SOME)
    expect(page.locator("#list tbody tr")).not_to_have_count(every)
    some = page.locator("#list tbody tr").count()
    assert page.locator("h1").count() == 1
    assert page.locator("#list tbody time[data-local]").count() == some  # what came is in the reader's zone, too
    assert page.locator("[aria-busy]").count() == 0

    expect(page.locator("#live")).to_have_text(f"{some} entries")  # said once they are counted

    page.route("**/ops/audit?since=2d", lambda route: route.fulfill(status=500, body="broken"))
    page.evaluate(fetch, "/ops/audit?since=2d")
    expect(page.locator("#live")).to_have_text("That did not work. What you see is what was there before.")
    expect(page.locator("#list tbody tr")).to_have_count(some)

    context.clear_cookies()
    page.evaluate(fetch, SOME)
    expect(_heading(page)).to_have_text("Sign in")
    assert page.url.endswith("/ops/login?next=%2Fops%2Faudit")
    assert complaints == []
    context.close()
