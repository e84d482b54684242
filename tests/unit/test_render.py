"""What templates say with: texts of the catalogues, and names from outside."""

import pytest

from dashboard.core.messages import PSEUDO
from dashboard.web.kit import render


def rendered(source: str, **context: object) -> str:
    return render.environment().from_string(source).render({"language": "en", **context})


def test_what_is_put_into_a_text_is_escaped_and_its_marks_are_shown():
    said = rendered('{{ t("by {vendor}", vendor=name) }}', name="<b>\u202eevil</b>")
    assert said == "by &lt;b&gt;[U+202E]evil&lt;/b&gt;"


def test_a_name_is_escaped_once_wherever_it_stands():
    said = rendered('{{ t("by {vendor}", vendor=name|bdi) }} {{ name|bdi }}', name="A & <B>")
    assert said == "by <bdi>A &amp; &lt;B&gt;</bdi> <bdi>A &amp; &lt;B&gt;</bdi>"


def test_a_text_of_a_catalogue_cannot_bring_markup_along():
    assert rendered('{{ t("<i>{it}</i>", it="x") }}') == "&lt;i&gt;x&lt;/i&gt;"


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "von Acme"), ("fr", "par Acme"), ("ja", "提供: Acme"), (PSEUDO, "\u27e6bý Acme ~~~~~\u27e7")],
)
def test_a_text_is_said_in_the_language_of_the_page(language, said):
    assert rendered('{{ t("by {vendor}", vendor="Acme") }}', language=language) == said
