"""Looking at a page: accessibility, width, what the browser complains of, and a picture of each view."""

import os
from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import SCREENSHOTS

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
COLOURS = "color-contrast"  # the one rule of these that looks at colours, and the slowest
ALL_RULES = {"runOnly": {"type": "tag", "values": WCAG}}
# Every rule for both layouts, and the colours of both schemes.
RULES = {
    "light": ALL_RULES,
    "narrow": {**ALL_RULES, "rules": {COLOURS: {"enabled": False}}},
    "narrow-dark": {"runOnly": {"type": "rule", "values": [COLOURS]}},
}


LIGHT, DARK = "light", "dark"
WIDE, PHONE, NARROWEST = (1366, 768), (390, 844), (320, 640)
VIEWS = {"light": (LIGHT, WIDE), "dark": (DARK, WIDE), "narrow": (LIGHT, PHONE), "narrow-dark": (DARK, PHONE)}
NARROWEST_VIEWS = {**VIEWS, "narrow": (LIGHT, NARROWEST)}  # what is seen on any phone

BROKEN_REFERENCES = "[...document.querySelectorAll('.reference a')].filter(it => it.getClientRects().length > 1).length"


def faults_in_every_view(page: Page, name: str, views: Mapping[str, Any] = VIEWS) -> list[str]:
    """What is wrong with the page as it stands, in each view, where it is photographed.

    One visit serves them all: the pages ask the browser for its width and colours, and never for its pointer.
    """
    faults = [] if page.locator("h1").count() == 1 else ["It has not one heading."]
    for view, (colours, (width, height)) in views.items():
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size({"width": width, "height": height})
        photograph(page, f"{name}-{view}")
        if page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
            faults.append(f"{view}: it scrolls sideways.")
        if page.evaluate(BROKEN_REFERENCES):
            faults.append(f"{view}: a reference breaks over two lines.")
        if view in RULES:
            faults += [f"{view}: {problem}" for problem in problems(page, RULES[view])]
    return faults


def complaints_of(page: Page) -> list[str]:
    """What the browser will complain of from now on: a breach of the page's policy, a script that fails."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if "Content Security" in message.text else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def problems(page: Page, rules: Mapping[str, Any] = ALL_RULES) -> list[str]:
    """What axe finds against WCAG 2.0 to 2.2, A and AA, or some of their rules; no element is left out."""
    options = {**rules, "resultTypes": ["violations"]}  # all nodes of these alone
    if not page.evaluate("'axe' in window"):  # once a page: it is half a megabyte
        page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


def photograph(page: Page, name: str) -> None:
    """A picture of the whole page, for people to look at; where nobody does, none."""
    if os.environ.get("CI"):
        return
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
