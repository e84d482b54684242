"""What a person does, in a real browser, against the running service and the simulated Slack."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def _heading(page):
    return page.get_by_role("heading", level=1)


def _reference(page) -> str:
    return page.locator("output").inner_text()


def _to_slack(page) -> None:
    page.goto("/slack/install")
    page.get_by_role("link", name="Add to Slack").click()
    expect(_heading(page)).to_have_text("Simulated Slack")


def test_install_then_reload_then_back(page):
    _to_slack(page)
    page.get_by_label("株式会社サンプル").check()
    page.get_by_role("button", name="Allow").click()
    expect(_heading(page)).to_have_text("Installed in 株式会社サンプル")
    reference = _reference(page)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]", reference)

    page.reload()
    expect(_heading(page)).to_have_text("Installed in 株式会社サンプル")
    assert _reference(page) == reference
    page.go_back()
    expect(_heading(page)).to_have_text("Simulated Slack")


def test_cancel_then_back_then_allow(page):
    _to_slack(page)
    page.get_by_role("button", name="Cancel").click()
    expect(_heading(page)).to_have_text("You cancelled the installation")
    reference = _reference(page)

    page.go_back()
    page.get_by_role("button", name="Allow").click()
    expect(_heading(page)).to_have_text("Installed in Acme Europe")
    assert _reference(page) == reference


def test_cancel_then_start_again(page):
    page.goto("/slack/install?team=T0OBRIEN3")
    page.get_by_role("link", name="Add to Slack").click()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_label("O'Brien & <Söhne> GmbH")).to_be_checked()
    page.get_by_role("button", name="Allow").click()
    expect(_heading(page)).to_have_text("Installed in O'Brien & <Söhne> GmbH")


def test_an_organization(page):
    _to_slack(page)
    page.get_by_label("Globex Corporation (the whole organization)").check()
    page.get_by_role("button", name="Allow").click()
    expect(_heading(page)).to_have_text("Installed for Globex Corporation")
    assert "/manage/organization/apps/profile/" in page.get_by_role("link", name="Add it to workspaces").get_attribute(
        "href"
    )


def test_two_tabs_do_not_break_each_other(context):
    first, second = context.new_page(), context.new_page()
    _to_slack(first)
    _to_slack(second)
    for page in (first, second):
        page.get_by_role("button", name="Allow").click()
        expect(_heading(page)).to_have_text("Installed in Acme Europe")
    assert _reference(first) != _reference(second)


def test_a_link_finished_in_another_browser(chromium, context, public):
    page = context.new_page()
    _to_slack(page)
    address = page.url
    other = chromium.new_context(base_url=public.url)
    elsewhere = other.new_page()
    elsewhere.goto(address)
    elsewhere.get_by_role("button", name="Allow").click()
    expect(_heading(elsewhere)).to_have_text("Your browser did not keep its place")
    elsewhere.get_by_role("link", name="Start again").click()
    elsewhere.get_by_role("button", name="Allow").click()
    expect(_heading(elsewhere)).to_have_text("Installed in Acme Europe")
    other.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_whole_way_by_keyboard_with_and_without_javascript(chromium, public, javascript):
    context = chromium.new_context(base_url=public.url, java_script_enabled=javascript)
    page = context.new_page()
    page.goto("/slack/install")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(_heading(page)).to_have_text("Simulated Slack")
    page.get_by_role("button", name="Allow").focus()
    page.keyboard.press("Enter")
    expect(_heading(page)).to_have_text("Installed in Acme Europe")
    context.close()
