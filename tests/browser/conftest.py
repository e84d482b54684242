"""A real browser: Debian's Chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import unavailable
from tests.support import desk
from tests.support.stage import Stage, stage

# The one without a window costs half of the processor time.
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", ".screenshots"))


def sign_in(page: Page, role: str = "owner") -> None:
    """Sign in by the form."""
    page.goto("/ops/login")
    page.get_by_label("E-mail address").fill(desk.email(role))
    page.get_by_label("Password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        unavailable("There is no Chromium here: install Debian's chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def public(new_database) -> Iterator[Stage]:
    """A running service to look at."""
    with stage(new_database("sqlite"), SLACK_SCOPES="app_mentions:read,chat:write") as running:
        yield running
        assert running.server.errors() == []


@pytest.fixture
def context(chromium, public) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=public.url)
    yield made
    made.close()


@pytest.fixture
def page(context) -> Page:
    return context.new_page()


@pytest.fixture(scope="module")
def signed_in(chromium, office) -> Iterator[BrowserContext]:
    """A browser in which the owner is signed in, to the `office` of the module that asks."""
    context = chromium.new_context(base_url=office.url)
    sign_in(context.new_page())
    yield context
    context.close()
