"""How an app presents itself on its public pages. Everything in it is optional; the pages are whole without it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from dashboard.core.messages import ENGLISH

# Contrast after WCAG 2.2, 1.4.3 (https://www.w3.org/TR/WCAG22/#contrast-minimum).
TEXTS = ("sentence", "how_it_works", "next_steps", "scope_reasons")  # that a vendor says in several languages
LIGHT, DARK = "#ffffff", "#15181c"  # the grounds of the public pages
DARKER = "#000000"
ENOUGH_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Translation:
    """What a vendor says in one more language; what is empty is said in English."""

    language: str
    sentence: str = ""
    how_it_works: str = ""
    next_steps: str = ""
    scope_reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Brand:
    """What a vendor says and shows. Texts are plain: escaped wherever they appear, a line break is a break."""

    vendor: str = ""  # who makes the app
    sentence: str = ""
    how_it_works: str = ""
    next_steps: str = ""
    scope_reasons: tuple[tuple[str, str], ...] = ()  # (scope, why the app needs it)
    accent: str = ""  # #rrggbb; text has a shade of it that can be read, see `on_light` and `on_dark`
    logo_digest: str = ""  # of the WebP, empty where there is none; its address holds it
    privacy_url: str = ""
    terms_url: str = ""
    support: str = ""  # an e-mail address or a URL
    translations: tuple[Translation, ...] = ()
    languages: tuple[tuple[str, str], ...] = ()  # of each text that is not in English: (its name, the language)

    def speaking(self, language: str) -> "Brand":
        """The brand with its texts in that language, where there are any."""
        said = next((each for each in self.translations if each.language == language), None)
        if said is None:
            return self
        texts = {name: getattr(said, name) for name in TEXTS if getattr(said, name)}
        known = {scope for scope, _ in said.scope_reasons}
        if texts.get("scope_reasons"):
            texts["scope_reasons"] += tuple(each for each in self.scope_reasons if each[0] not in known)
        names = (*texts, *(f"reason {scope}" for scope in known))
        return replace(self, **texts, languages=tuple((name, language) for name in names))

    def language_of(self, text: str) -> str:
        """The language that one of TEXTS is in; of the reason of a scope: `reason chat:write`."""
        return dict(self.languages).get(text, ENGLISH)

    def support_link(self, subject: str = "", reference: str = "") -> str:
        """Where "Contact support" leads: a `mailto:` (RFC 6068), which takes subject and reference along, or a web
        address, which is told the reference as `ref`."""
        if "@" not in self.support or "://" in self.support:
            return _with_reference(self.support, reference) if reference else self.support
        if not subject:
            return f"mailto:{self.support}"
        query = {"subject": subject, **({"body": f"\n\n{reference}"} if reference else {})}
        return f"mailto:{self.support}?{urlencode(query, quote_via=quote)}"


def _with_reference(address: str, reference: str) -> str:
    parts = urlsplit(address)
    query = "&".join(part for part in (parts.query, urlencode({"ref": reference})) if part)
    return urlunsplit(parts._replace(query=query))


def reasons_of(stored: str | None) -> tuple[tuple[str, str], ...]:
    """Scopes with their reasons, as they are stored: one to a line, `chat:write to answer you`."""
    lines = (line.partition(" ") for line in (stored or "").splitlines())
    return tuple((scope, reason) for scope, _, reason in lines)


def translated_texts(stored: str | None) -> dict[str, dict[str, str]]:
    """A vendor's texts by language and name, as they are stored: JSON, `{"de": {"sentence": "…"}}`."""
    texts: dict[str, dict[str, str]] = json.loads(stored or "{}")
    return texts


def with_texts(stored: str | None, language: str, texts: Mapping[str, object]) -> str | None:
    """What is stored once these texts are said in that language; an empty one is taken out."""
    by_language = translated_texts(stored)
    said = {**by_language.get(language, {}), **{name: str(value or "") for name, value in texts.items()}}
    by_language[language] = {name: value for name, value in said.items() if value}
    kept = {code: by_language[code] for code in sorted(by_language) if by_language[code]}
    return json.dumps(kept, ensure_ascii=False) if kept else None


def contrast(one: str, other: str) -> float:
    """The contrast of two colours given as #rrggbb, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def on_light(accent: str) -> str:
    """The accent as it can be read on the light ground, and white on it: itself, or as much darker as it takes."""
    return _readable(accent, LIGHT, DARKER)


def on_dark(accent: str) -> str:
    """The accent as it can be read on the dark ground: itself, or as much lighter as it takes."""
    return _readable(accent, DARK, LIGHT)


def _readable(accent: str, ground: str, towards: str) -> str:
    for percent in range(0, 101, 5):
        shade = _mixed(accent, towards, percent)
        if contrast(shade, ground) >= ENOUGH_CONTRAST:
            return shade
    return towards


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: str, other: str, percent: int) -> str:
    parts = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * percent / 100):02x}" for a, b in parts)
