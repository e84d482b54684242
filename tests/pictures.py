"""Pictures of every page, for people to look at: `make pictures`.

The demo is started with its sample data. In `.pictures/` then lies every public page in each language and scheme and in
three widths, and every page of the desk; in `docs/pictures/` what the documentation shows.
"""

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.core.messages import LANGUAGES
from dashboard.web.kit import preview
from tests.browser.conftest import CHROMIUM, QUIET
from tests.support.ports import free_port

ROOT = Path(__file__).parent.parent
ALL, FOR_DOCS = ROOT / ".pictures", ROOT / "docs" / "pictures"
FILLED_AFTER = 45  # seconds until the demo has its sample installations
SCHEMES = ("light", "dark")
PUBLIC_WIDTHS, DESK_WIDTHS = (320, 390, 1366), (390, 768, 1366)
DESK = {
    "home": "/ops",
    "installations": "/ops/installations",
    "installation": "first of /ops/installations?status=attention",
    "workspaces": "/ops/workspaces",
    "organizations": "/ops/enterprises",
    "organization": "first of /ops/enterprises",
    "attempts": "/ops/attempts",
    "attempt": "first of /ops/attempts?outcome=failed&code=bad_client_secret,bad_redirect_uri",
    "failures": "/ops/failures",
    "failure": "first of /ops/failures",
    "funnel": "/ops/funnel",
    "codes": "/ops/codes",
    "apps": "/ops/apps",
    "app": "/ops/apps/default",
    "brand": "/ops/apps/default/brand",
    "operators": "/ops/operators",
    "audit": "/ops/audit",
    "lookup": "/ops/lookup",
    "me": "/ops/me",
    "patterns": "/ops/_patterns",
}
SHOWN = {"home": "light", "installations": "light", "attempt": "light", "failures": "dark"}  # in the docs


def main() -> None:
    """Take them all."""
    for folder in (ALL, FOR_DOCS):
        folder.mkdir(exist_ok=True)
    with _demo() as (url, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        time.sleep(FILLED_AFTER)
        for scheme in SCHEMES:
            _take(browser, url, password, scheme)
        browser.close()


@contextlib.contextmanager
def _demo() -> Iterator[tuple[str, str]]:
    """A running demo: its address and the password of its people."""
    port = free_port()
    command = [sys.executable, "-m", "dashboard", "demo", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = ""
        while "Stop with" not in said:
            said += process.stdout.readline()
        password = re.search(r"with the password (\S+)", said)
        assert password is not None, said
        yield f"http://localhost:{port}", password[1]
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _take(browser: Browser, url: str, password: str, scheme: str) -> None:
    context = browser.new_context(base_url=url, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto("/ops/login")
    page.get_by_label("E-mail address").fill("owner@example.com")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/ops")
    for name, address in DESK.items():
        _go(page, address)
        for width in DESK_WIDTHS:
            _photograph(page, width, ALL / f"desk-{name}-{scheme}-{width}.png")
        if SHOWN.get(name) == scheme:
            _photograph(page, 1280, FOR_DOCS / f"{name}.png", whole=False)
    for name in preview.PAGES:
        for language in LANGUAGES:
            page.goto(f"/ops/_patterns/{name}?language={language}&scheme={scheme}")
            for width in PUBLIC_WIDTHS:
                _photograph(page, width, ALL / f"public-{name}-{language}-{scheme}-{width}.png")
    if scheme == "light":
        page.goto("/slack/install")
        _photograph(page, 1280, FOR_DOCS / "install.png", whole=False)
        page.goto("/ops/_patterns/failed?language=de")
        _photograph(page, 1280, FOR_DOCS / "failed-in-german.png", whole=False)
    context.close()


def _go(page: Page, address: str) -> None:
    path = address.removeprefix("first of ")
    page.goto(path)
    if path != address:
        page.locator("tbody tr td a").first.click()
        page.wait_for_load_state()
    page.wait_for_load_state("networkidle")


def _photograph(page: Page, width: int, file: Path, *, whole: bool = True) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.screenshot(path=file, full_page=whole)


if __name__ == "__main__":
    main()
