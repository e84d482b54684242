"""How an app presents itself on its public pages. Everything in it is optional; the pages are whole without it."""

from dataclasses import dataclass
from urllib.parse import quote

# Contrast after WCAG 2.2, 1.4.3 (https://www.w3.org/TR/WCAG22/#contrast-minimum).
LIGHT, DARK = "#ffffff", "#15181c"  # the grounds of the public pages
ENOUGH_CONTRAST = 4.5


@dataclass(frozen=True, slots=True)
class Brand:
    """What a vendor says and shows. Texts are plain: escaped wherever they appear, a line break is a break."""

    sentence: str = ""
    how_it_works: str = ""
    next_steps: str = ""
    scope_reasons: tuple[tuple[str, str], ...] = ()  # (scope, why the app needs it)
    accent: str = ""  # #rrggbb, at least 4.5:1 on both grounds or it was refused
    logo_digest: str = ""  # of the WebP, empty where there is none; its address holds it
    privacy_url: str = ""
    terms_url: str = ""
    support: str = ""  # an e-mail address or a URL

    def support_link(self, subject: str = "") -> str:
        """Where "Contact support" leads: a web address, or a `mailto:` (RFC 6068), which takes a subject along."""
        if "@" not in self.support or "://" in self.support:
            return self.support
        return f"mailto:{self.support}?subject={quote(subject)}" if subject else f"mailto:{self.support}"


def contrast(one: str, other: str) -> float:
    """The contrast of two colours given as #rrggbb, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def on_dark(accent: str) -> str:
    """The accent as it can be read on the dark ground: itself, or as much lighter as it takes."""
    for percent in range(0, 101, 5):
        lighter = _mixed(accent, LIGHT, percent)
        if contrast(lighter, DARK) >= ENOUGH_CONTRAST:
            return lighter
    return LIGHT


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: str, other: str, percent: int) -> str:
    parts = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * percent / 100):02x}" for a, b in parts)
