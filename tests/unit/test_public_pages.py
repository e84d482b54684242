"""The public pages as they are rendered, each in every language."""

import gzip
import re
from html.parser import HTMLParser

import pytest
from markupsafe import escape

from dashboard.apps import logo
from dashboard.core.config import Settings
from dashboard.core.messages import LANGUAGES, PSEUDO, translated
from dashboard.core.resources import resource_dir
from dashboard.install import catalogue
from dashboard.web.kit import preview

THEME = 100  # bytes
SETTINGS = Settings.from_env({"SECRET_KEY": "k" * 40, "PUBLIC_URL": "https://slack.example.com"})


def shown(page: str, language: str, code: str = preview.EXPIRED) -> str:
    app = preview.sample(SETTINGS)
    return str(preview.page(app, page, SETTINGS, scheme="", language=language, code=code).content)


OURS_OR_SLACKS = {
    # What is said in no language, or in the vendor's.
    *("Add to Slack", "Sample Bot", "English", "Deutsch", "Français", "Español", "日本語", "·"),
    *("app_mentions:read", "chat:write", "commands", "search:read", "a.scope:nobody-knows", "To answer you"),
    *("Sample Workspace", "Sample Corporation", "Sample Works"),
}


class _Texts(HTMLParser):
    """The pieces of text that a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag, attributes):
        self._hidden += tag == "style"
        given = dict(attributes)
        self.texts += [given[name] for name in ("aria-label", "title", "placeholder", "alt") if given.get(name)]

    def handle_endtag(self, tag):
        self._hidden -= tag == "style"

    def handle_data(self, data):
        if data.strip() and not self._hidden:
            self.texts.append(" ".join(data.split()))


@pytest.mark.parametrize("page", preview.PAGES)
def test_no_text_of_a_public_page_is_outside_the_catalogues(page):
    """Of a page in the pseudo-language, every text is between its brackets, but for what is said in no language."""
    reader = _Texts()
    reader.feed(shown(page, PSEUDO))
    joined = " ".join(reader.texts)
    brand = preview.sample(SETTINGS).brand
    for said in (brand.sentence, *brand.how_it_works.splitlines(), *brand.next_steps.splitlines()):
        joined = joined.replace(said, "")
    joined = re.sub(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", "", joined)  # a reference may end in that S
    joined = re.sub("\u27e6[^\u27e6\u27e7]*\u27e7", "", joined)
    for known in sorted(OURS_OR_SLACKS, key=len, reverse=True):
        joined = joined.replace(known, "")
    joined = re.sub(r"\bS\b", "", joined)  # in the place of a logo
    joined = re.sub(r"[a-z]+_[a-z_]+|\w{3} \d\d \w{3} \d{4}, \d\d:\d\d UTC", "", joined)
    assert not re.search(r"[^\W\d_]", joined), joined


@pytest.mark.parametrize("code", sorted(catalogue.ENTRIES))
def test_every_failure_has_its_page_in_every_language(code):
    for language in LANGUAGES:
        html = shown("failed", language, code)
        assert escape(translated(catalogue.find(code).visitor.title, language)) in html
        assert f'<html lang="{language}">' in html
        assert "{" not in html


@pytest.mark.parametrize("page", preview.PAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_public_page_weighs_more_than_15_kb(page, language):
    """Everything that is transferred, with the largest logo there can be; style sheets go packed."""
    sheet = len(gzip.compress((resource_dir("static") / "public.css").read_bytes()))
    assert len(shown(page, language).encode()) + sheet + THEME + logo.LARGEST_STORED <= 15_000
