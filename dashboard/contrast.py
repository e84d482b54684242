"""Whether a colour can be read, after WCAG 2.2, 1.4.3 (https://www.w3.org/TR/WCAG22/#contrast-minimum)."""

LIGHT, DARK = "#ffffff", "#15181c"  # the grounds of the public pages
ENOUGH = 4.5


def ratio(one: str, other: str) -> float:
    """The contrast of two colours given as #rrggbb, from 1 to 21."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def on_dark(accent: str) -> str:
    """The accent as it can be read on the dark ground: itself, or as much lighter as it takes."""
    for percent in range(0, 101, 5):
        lighter = _mixed(accent, LIGHT, percent)
        if ratio(lighter, DARK) >= ENOUGH:
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
