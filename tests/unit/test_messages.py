"""The message catalogues: every text that is marked is there in every language, and nothing else."""

import re

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from dashboard.core.messages import ENGLISH, LANGUAGES, nearest, translated
from dashboard.core.resources import resource_dir
from dashboard.desk import reply
from dashboard.desk.reply import Reply, written
from dashboard.install.catalogue import ENTRIES, replies
from dashboard.install.catalogue.entry import AFTER_FIX, NO, OPERATOR, WORKSPACE_ADMIN, YES
from dashboard.install.catalogue.not_failed import SUPPORT

OTHERS = sorted(set(LANGUAGES) - {ENGLISH})
MARKED = {
    message
    for module in (replies, reply)
    for _, message, _, _ in extract_from_file("python", module.__file__, {"text": None})
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


def test_every_reply_of_the_catalogue_is_marked():
    supports = [entry.support for entry in ENTRIES.values()] + list(SUPPORT.values())
    used = {support.reply for support in supports}
    used |= {cause.reply for support in supports for cause in support.causes if cause.reply}
    assert used <= MARKED


def test_a_reply_has_no_codes_and_no_internals():
    for english in MARKED:
        assert not re.search(r"\b\w+_\w+\b|\bAPI\b|OAuth|state|token|redirect", english.replace("{app}", "")), english


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("pt-BR", "en"), ("ja", "ja"), ("FR-ca", "fr"), ("es-419", "es"), (None, "en"), ("", "en")],
)
def test_the_language_of_a_browser(locale, language):
    assert nearest(locale) == language


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
