"""The message catalogues: every text that is marked is there in every language, and nothing else."""

import re
import tomllib

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from dashboard.core import locales
from dashboard.core.messages import ENGLISH, LANGUAGES, accepted, nearest, translated
from dashboard.core.resources import resource_dir
from dashboard.desk import reply
from dashboard.desk.reply import Reply, written
from dashboard.install.catalogue import ENTRIES, replies
from dashboard.install.catalogue.entry import AFTER_FIX, NO, OPERATOR, WORKSPACE_ADMIN, YES
from dashboard.install.catalogue.not_failed import SUPPORT

OTHERS = sorted(set(LANGUAGES) - {ENGLISH})
ROOT = resource_dir("locale").parent
MAPPINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
METHODS = [(each["pattern"], each["method"]) for each in MAPPINGS]
MARKED = {
    message
    for folder in ("dashboard", "templates")
    for _, _, message, _, _ in extract_from_dir(
        ROOT / folder,
        [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS if pattern.startswith(folder)],
        keywords={"text": None, "t": None},
    )
}


def held(language: str) -> dict[str, str]:
    with (resource_dir("locale") / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return {message.id: message.string for message in read_po(file) if message.id}


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_there_in_every_language(language):
    texts = held(language)
    assert texts.keys() == MARKED
    for english, other in texts.items():
        assert other.strip(), english
        assert other != english
        assert set(re.findall(r"\{\w+\}", other)) == set(re.findall(r"\{\w+\}", english))
    assert len(set(texts.values())) == len(texts)


SUPPORTS = [entry.support for entry in ENTRIES.values()] + list(SUPPORT.values())
REPLIES = {support.reply for support in SUPPORTS} | {
    cause.reply for support in SUPPORTS for cause in support.causes if cause.reply
}


def test_every_reply_of_the_catalogue_is_marked():
    assert REPLIES <= MARKED


def test_every_text_of_a_failure_page_is_marked():
    visitors = [entry.visitor for entry in ENTRIES.values()]
    used = {text for visitor in visitors for text in (visitor.title, visitor.text, visitor.button) if text}
    assert used <= MARKED


def test_a_reply_has_no_codes_and_no_internals():
    for english in REPLIES:
        assert not re.search(r"\b\w+_\w+\b|\bAPI\b|OAuth|state|token|redirect", english.replace("{app}", "")), english


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("pt-BR", "en"), ("ja", "ja"), ("FR-ca", "fr"), ("es-419", "es"), (None, "en"), ("", "en")],
)
def test_the_language_of_a_browser(locale, language):
    assert nearest(locale) == language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, fr;q=0.4, ja;q=0.7", "ja"),
        ("es;q=0, fr;q=0.1", "fr"),
        ("ja;q=0", "en"),
        ("*", "en"),
        ("en-GB,de", "en"),
        ("DE ; q = 1.000", "de"),
        ("x" * 300 + ",de", "en"),
        (",;q=,de;q=x", "de"),
    ],
)
def test_the_language_that_is_asked_for_first(header, language):
    assert accepted(header) == language


@pytest.mark.parametrize(
    ("language", "length", "at"),
    [
        ("en", "3 days", "Mon 23 Nov 2026, 09:14 UTC"),
        ("de", "3 Tage", "Mo., 23. Nov. 2026, 09:14 UTC"),
        ("fr", "3\N{NO-BREAK SPACE}jours", "lun. 23 nov. 2026, 09:14 UTC"),
        ("es", "3 días", "lun, 23 nov 2026, 9:14 UTC"),
        ("ja", "3 日", "2026年11月23日(月), 9:14 UTC"),
    ],
)
def test_lengths_of_time_and_moments(language, length, at):
    assert locales.duration(3 * 86_400_000, language) == length
    assert locales.moment(1_795_425_240_000, language) == at


def made(**given) -> Reply:
    facts = {"text": replies.EXPIRED, "app_name": "Acme {url}", "retry": YES, "owner": "installer"}
    return Reply(
        **{**facts, "install_url": "https://x.example/install", "reference": "K7QF-2M9X-V", "language": "en", **given}
    )


def test_a_reply_begins_with_a_greeting_and_ends_with_the_reference():
    lines = written(made()).split("\n\n")
    assert lines[0] == "Hello,"
    assert lines[2] == "You can start again here: https://x.example/install"
    assert lines[-2:] == ["Reference: K7QF-2M9X-V", "Kind regards"]


@pytest.mark.parametrize(
    ("retry", "owner", "says"),
    [
        (AFTER_FIX, WORKSPACE_ADMIN, "Once that is done, please start again here: https://x.example/install"),
        (AFTER_FIX, OPERATOR, "We will write to you as soon as it works."),
        (NO, WORKSPACE_ADMIN, "Reference: K7QF-2M9X-V"),
    ],
)
def test_who_does_something_next(retry, owner, says):
    assert written(made(retry=retry, owner=owner)).split("\n\n")[2] == says


def test_no_link_where_nothing_can_be_installed_now():
    assert "http" not in written(made(install_url=""))


def test_a_name_with_braces_stays_as_it_is():
    assert "The installation of Acme {url} stopped" in written(made(text=replies.OUR_FAULT))


def test_an_app_without_a_name_is_called_so_in_each_language():
    for language in OTHERS:
        assert translated(reply.UNNAMED, language) in written(made(app_name="", text=replies.OUR_FAULT), language)


def test_no_line_of_french_begins_with_a_colon():
    """French has a space before them, which must not break."""
    assert not [said for said in held("fr").values() if re.search(r" [:;?!»]|« ", said)]
