"""Texts in the languages of the public pages: gettext catalogues, whose keys are the English texts.

`make messages` extracts what is marked with `text` in the code, and what templates say with `t`, into `locale/`. A
catalogue is read as it was written, without a compiled file beside it that could be older.
"""

import re
from functools import lru_cache

from dashboard.core.resources import resource_dir

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "ja": "日本語"}
ENGLISH = "en"
PSEUDO = "en-x-pseudo"  # no language: shows what is not translated, and what a longer text does to a page
LONGEST_ACCEPTED = 200  # characters of an Accept-Language that are looked at

_PLACEHOLDER = re.compile(r"(\{\w+\})")
_ACCENTED = str.maketrans("aeioucnsyAEIOUCNSY", "áéíóúçñšýÁÉÍÓÚÇÑŠÝ")
_WEIGHT = re.compile(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*")


def text(english: str) -> str:
    """Mark a text for the catalogues."""
    return english


def translated(english: str, language: str) -> str:
    """The text in a language of LANGUAGES, or in PSEUDO; in English where its catalogue lacks it."""
    if language == PSEUDO:
        return _pseudo(english)
    return english if language == ENGLISH else _catalogue(language).get(english, english)


def nearest(locale: str | None) -> str:
    """The language for what a browser asks for first, such as `pt-BR`: English for all that are not spoken here."""
    language = (locale or "").partition("-")[0].lower()
    return language if language in LANGUAGES else ENGLISH


def _pseudo(english: str) -> str:
    """The text between brackets, with accents, and half as long again. What is to be filled in stays."""
    accented = "".join(
        part if part.startswith("{") else part.translate(_ACCENTED) for part in _PLACEHOLDER.split(english)
    )
    return f"\u27e6{accented}{' ~~~~~' * (len(english) // 12 + 1)}\u27e7"


@lru_cache(maxsize=1024)
def accepted(header: str) -> str:
    """The language that an Accept-Language asks for first among LANGUAGES (RFC 9110 §12.5.4); English if for none."""
    weighed = []
    for part in header[:LONGEST_ACCEPTED].split(","):
        tag, _, parameter = part.partition(";")
        weight = _WEIGHT.fullmatch(parameter)
        language = tag.strip().partition("-")[0].lower()
        if language in LANGUAGES:
            weighed.append((float(weight[1]) if weight else 1.0, language))
    best = max(weighed, key=lambda each: each[0], default=(0.0, ENGLISH))
    return best[1] if best[0] else ENGLISH


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> dict[str, str]:
    from babel.messages.pofile import read_po  # noqa: PLC0415 - 4 MB, for what few ask for

    with (resource_dir("locale") / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        read = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in read if message.id and message.string}
