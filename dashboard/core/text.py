"""Text that came from outside, made fit to be kept and shown; and which addresses belong to one subscriber."""

import ipaddress
import unicodedata
from functools import lru_cache

from dashboard.core.log import TOKEN

# Controls of both sets (a terminal obeys them), half characters, line separators, and marks without a form of their
# own, by which a text can be shown in another order than it has.
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


def clean(text: str | None, longest: int) -> str | None:
    """A text fit to be stored and shown: only what can be seen of it, tokens blanked, at most so many characters."""
    if not text:
        return None
    return TOKEN.sub("[token]", seen(text[: longest * 2]))[:longest].strip() or None


def seen(text: str) -> str:
    """The visible characters of a text, and spaces."""
    if text.isprintable():
        return text
    return "".join(character for character in text if unicodedata.category(character) not in _UNSEEN)


def is_blank(text: str | None) -> bool:
    """Whether there is nothing of a text to be seen."""
    return not text or not seen(text).strip()


@lru_cache(maxsize=1024)  # most come again within seconds
def subscriber(address: str) -> str:
    """The range of addresses that one subscriber has: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network(f"{parsed}/64", strict=False))
