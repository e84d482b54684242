"""`/ops/_patterns`: every part of the desk's pages in every state."""

import re
from html.parser import HTMLParser

import pytest

from dashboard.core.config import Settings
from dashboard.core.messages import PSEUDO, translated
from dashboard.install import catalogue
from dashboard.web.kit import preview


def test_every_status_there_is_has_its_pattern(owner):
    page = owner.get("/ops/_patterns")
    assert page.status == 200
    for word in ("Active", "Attention", "Revoked", "Uninstalled", "Succeeded", "Failed", "Cancelled", "Abandoned"):
        assert word in page.text


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
def test_no_text_of_a_public_page_is_outside_the_catalogues(owner, page):
    """Of a page in the pseudo-language, every text is between its brackets, but for what is said in no language."""
    html = owner.get(f"/ops/_patterns/{page}?language={PSEUDO}").html
    reader = _Texts()
    reader.feed(html)
    joined = " ".join(reader.texts)
    brand = preview.sample(Settings.from_env({"SECRET_KEY": "k" * 40})).brand
    for said in (brand.sentence, *brand.how_it_works.splitlines(), *brand.next_steps.splitlines()):
        joined = joined.replace(said, "")
    joined = re.sub("\u27e6[^\u27e6\u27e7]*\u27e7", "", joined)
    for known in sorted(OURS_OR_SLACKS, key=len, reverse=True):
        joined = joined.replace(known, "")
    joined = re.sub(r"\bS\b", "", joined)  # in the place of a logo
    joined = re.sub(
        r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]|[a-z]+_[a-z_]+|\w{3} \d\d \w{3} \d{4}, \d\d:\d\d UTC", "", joined
    )
    assert not re.search(r"[^\W\d_]", joined), joined


@pytest.mark.parametrize("code", sorted(catalogue.ENTRIES))
def test_the_page_of_every_failure_can_be_looked_at(owner, code):
    page = owner.get(f"/ops/_patterns/failed?code={code}&language=fr&scheme=dark")
    assert (page.status, page.heading) == (200, translated(catalogue.find(code).visitor.title, "fr"))
    assert 'data-scheme="dark"' in page.html


@pytest.mark.parametrize("query", ["made_up", "failed?code=made_up", "install?language=xx", "install?scheme=red"])
def test_what_is_no_pattern(owner, query):
    assert owner.get(f"/ops/_patterns/{query}").status == 404
