"""Each public page as it looks: accessible, without third party or script, within its policy; light, dark, narrow."""

import re

import pytest
from playwright.sync_api import expect

from dashboard.core.messages import LANGUAGES, PSEUDO
from dashboard.web.kit import preview
from tests.browser.conftest import sign_in
from tests.browser.look import NARROWEST_VIEWS, complaints_of, faults_in_every_view, photograph
from tests.support import desk

pytestmark = pytest.mark.browser

FAILURES = [
    "page/access_denied",
    "page/made_up_code",
    "exchange/bad_client_secret",
    "exchange/500",
    "auth/invalid_auth",
]


def _install(page) -> None:
    page.goto("/slack/install")


def _not_found(page) -> None:
    page.goto("/nowhere")


def _wrong_link(page) -> None:
    page.goto("/slack/install?metadata=a&sig=b")


def _no_state(page) -> None:
    page.goto("/slack/oauth_redirect")


def _installed(page) -> None:
    _allow(page, "Acme Europe")


def _organization(page) -> None:
    _allow(page, "Globex Corporation (the whole organization)")


def _cancelled(page) -> None:
    page.goto("/slack/start")
    page.get_by_role("button", name="Cancel").click()


def _allow(page, place: str = "Acme Europe", demand: str = "") -> None:
    page.goto("/slack/start")
    page.get_by_label(place, exact=True).check()
    page.get_by_role("combobox").select_option(demand)
    page.get_by_role("button", name="Allow").click()


def _failing(demand: str):
    return lambda page: _allow(page, demand=demand)


PAGES = {
    "install": _install,
    "installed": _installed,
    "organization": _organization,
    "cancelled": _cancelled,
    "no_state": _no_state,
    "not_found": _not_found,
    "wrong_link": _wrong_link,
    **{re.sub(r"\W", "_", demand): _failing(demand) for demand in FAILURES},
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(page, public, name):
    complaints, requests = complaints_of(page), []
    page.on("request", lambda request: requests.append(request.url))

    PAGES[name](page)

    assert page.url.startswith(public.url)
    assert faults_in_every_view(page, name, NARROWEST_VIEWS) == []
    assert complaints == []
    ours = [address for address in requests if not address.startswith((public.slack.url, "data:"))]
    assert all(address.startswith(public.url) for address in ours)
    assert page.locator("script").count() == 0
    for target in page.locator("a, summary").all():
        box = target.bounding_box()
        assert box["height"] >= 44, target.inner_text()
    if page.locator("details").count():
        for summary in page.locator("summary").all():
            summary.click()
        assert faults_in_every_view(page, f"{name}-open", NARROWEST_VIEWS) == []


def test_the_button_is_as_slack_wants_it(page):
    page.goto("/slack/install")
    button = page.get_by_role("link", name="Add to Slack", exact=True)
    assert button.bounding_box()["height"] == 48
    assert button.evaluate("element => getComputedStyle(element).borderRadius") == "4px"
    assert button.evaluate("element => getComputedStyle(element).backgroundColor") == "rgb(74, 21, 75)"


def test_the_reference_is_taken_whole_by_one_click(page):
    page.goto("/slack/oauth_redirect")
    page.locator("output").click()
    assert page.evaluate("getSelection().toString()") == page.locator("output").inner_text()


def test_focus_is_seen(page):
    page.goto("/slack/install")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outline")
    assert "solid 2px" in outline


def test_the_page_is_small(page, public):
    sizes = []
    page.on("response", lambda response: sizes.append(len(response.body()) + 600))
    page.goto("/slack/install")
    assert sum(sizes) < 15_000


def test_forced_colors_and_print_keep_the_words(chromium, public):
    context = chromium.new_context(base_url=public.url, forced_colors="active")
    page = context.new_page()
    page.goto("/slack/oauth_redirect")
    photograph(page, "no_state-forced-colors")
    page.emulate_media(media="print")
    assert page.locator("output").is_visible()
    context.close()


CUT_OFF = """[...document.querySelectorAll("main *")].filter(
    it => it.clientWidth && it.scrollWidth > it.clientWidth + 1).map(it => it.outerHTML)"""


@pytest.fixture(scope="module")
def looker(chromium, public):
    """A browser whose owner may look at `/ops/_patterns`."""
    desk.operator(public, desk.email("owner"), owner=True)
    context = chromium.new_context(base_url=public.url, viewport={"width": 320, "height": 640})
    sign_in(context.new_page())
    yield context
    context.close()


@pytest.mark.parametrize("language", [*LANGUAGES, PSEUDO])
def test_no_language_breaks_a_page(looker, language):
    """At 320 pixels nothing stands beyond the edge, and no text is cut off."""
    page = looker.new_page()
    for name in preview.PAGES:
        page.goto(f"/ops/_patterns/{name}?language={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), name
        assert page.evaluate(CUT_OFF) == [], name
        photograph(page, f"public-{name}-{language}")
    page.close()


def test_a_public_page_is_whole_without_its_style_sheet(chromium, public):
    context = chromium.new_context(base_url=public.url)
    page = context.new_page()
    page.route("**/*.css", lambda route: route.abort())
    page.goto("/slack/install")
    page.get_by_role("link", name="Add to Slack", exact=True).click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Installed in")
    context.close()
