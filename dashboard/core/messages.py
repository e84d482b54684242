"""Texts in the languages of the public pages: gettext catalogues, whose keys are the English texts.

`make messages` extracts what is marked with `text` into `locale/`. A catalogue is read as it was written, without a
compiled file beside it that could be older.
"""

from functools import lru_cache

from dashboard.core.resources import resource_dir

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ja": "日本語"}
ENGLISH = "en"


def text(english: str) -> str:
    """Mark a text for the catalogues."""
    return english


def translated(english: str, language: str) -> str:
    """The text in a language of LANGUAGES; in English where its catalogue lacks it."""
    return english if language == ENGLISH else _catalogue(language).get(english, english)


def nearest(locale: str | None) -> str:
    """The language for what a browser asks for first, such as `pt-BR`: English for all that are not spoken here."""
    language = (locale or "").partition("-")[0].lower()
    return language if language in LANGUAGES else ENGLISH


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po  # noqa: PLC0415 - 4 MB, for what few ask for

    with (resource_dir("locale") / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        read = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in read if message.id and message.string}
