"""An app branded by command line, as its visitors see it."""

import gzip

import httpx
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from tests.browser.look import NARROWEST_VIEWS, faults_in_every_view
from tests.support import wait
from tests.support.stage import stage
from tests.support.visitor import Visitor, changed

pytestmark = pytest.mark.browser

BRAND = (
    *("--name", "Standup Fox", "--sentence", "Asks your team what is up, and writes it down.", "--accent", "#a3341b"),
    *("--how-it-works", "Every morning it asks in the channel you choose.\nWhoever answers is in the summary."),
    *("--next-steps", "Open a channel and type /standup.\nInvite the fox with /invite."),
    *("--scope-reason", "chat:write=To ask, and to post the summary"),
    *("--scope-reason", "app_mentions:read=To read what is answered to it"),
    *("--privacy-url", "https://fox.example.com/privacy", "--terms-url", "https://fox.example.com/terms"),
    *("--support", "help@fox.example.com"),
)


@pytest.fixture(scope="module")
def fox(new_database, tmp_path_factory):
    file = tmp_path_factory.mktemp("logo") / "fox.png"
    image = Image.new("RGB", (400, 400), "#a3341b")
    ImageDraw.Draw(image).polygon([(60, 60), (200, 180), (340, 60), (300, 300), (200, 360), (100, 300)], fill="#fff3e8")
    image.save(file)
    with stage(new_database("sqlite"), SLACK_SCOPES="app_mentions:read,chat:write") as running:
        done = running.run("app", "edit", "default", *BRAND, "--logo", str(file))
        assert done.returncode == 0, done.stderr
        wait.until(lambda: "Standup Fox" in Visitor(running).get("/slack/install").text)
        yield running
        assert running.server.errors() == []


def _failed(page, fox):
    there = Visitor(fox).start()
    page.goto("/slack/start")
    page.goto(changed(f"{fox.url}/slack/oauth_redirect", error="invalid_scope", state="made-up", code=there[:1]))


def _installed(page, fox):
    page.goto("/slack/install")
    page.get_by_role("link", name="Add to Slack").click()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Installed in")


PAGES = {
    "brand-install": lambda page, _: page.goto("/slack/install"),
    "brand-failed": _failed,
    "brand-installed": _installed,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_branded_page(chromium, fox, name):
    context = chromium.new_context(base_url=fox.url)
    page = context.new_page()
    PAGES[name](page, fox)
    assert faults_in_every_view(page, name, NARROWEST_VIEWS) == []
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_branded_page_without_javascript(chromium, fox, name):
    context = chromium.new_context(base_url=fox.url, java_script_enabled=False)
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text))
    PAGES[name](page, fox)
    assert complaints == []
    loaded = page.locator("img").first.evaluate("image => image.naturalWidth") if page.locator("img").count() else 0
    assert loaded == 128
    context.close()


def test_the_accent_and_the_links_are_there(chromium, fox):
    context = chromium.new_context(base_url=fox.url, color_scheme="light")
    page = context.new_page()
    page.goto("/slack/install")
    button = page.locator("summary + p + .actions a")
    assert button.evaluate("one => getComputedStyle(one).color") == "rgb(163, 52, 27)"
    assert button.get_attribute("href").startswith("mailto:?subject=Add%20")
    assert page.get_by_role("link", name="Support").get_attribute("href") == "mailto:help@fox.example.com"
    assert page.get_by_role("link", name="Privacy").get_attribute("href") == "https://fox.example.com/privacy"
    context.close()


def test_everything_the_install_page_transfers_fits_in_15_kb(fox):
    page = httpx.get(f"{fox.url}/slack/install").text
    parts = [part.split('"')[0] for part in page.replace('src="', 'href="').split('href="')[1:]]
    fetched = [httpx.get(f"{fox.url}{part}") for part in parts if part.startswith(("/static", "/brand"))]
    assert len(fetched) == 3
    assert all(one.status_code == 200 for one in fetched)
    assert len(page.encode()) + sum(len(one.content) for one in fetched) <= 15_000
    assert len(gzip.compress(page.encode())) < 3_000


def test_a_logo_that_will_not_do_is_refused(fox, tmp_path):
    file = tmp_path / "logo.svg"
    file.write_text("<svg/>")
    drawn = fox.run("app", "edit", "default", "--logo", str(file))
    assert (drawn.returncode, "is not a PNG, JPEG or WebP" in drawn.stderr) == (2, True)
    assert httpx.get(f"{fox.url}/brand/default/000000000000/logo.webp").status_code == 404
