"""What a browser sends, as the flow sees it, and what of it may be kept: under the names of an attempt's columns."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypedDict
from urllib.parse import urlsplit

from dashboard.core.crypto import keyed_hash
from dashboard.core.text import clean
from dashboard.install.state import browser_digest

LONGEST = {"user_agent": 300, "referrer_host": 100, "locale": 35}  # characters kept

KNOWN = 1024  # browsers, and addresses, that are not looked into anew: most come twice within seconds

# In this order: every browser names its forebears, most also those that it is not.
_BROWSERS = (
    ("Slack", re.compile(r"Slack", re.IGNORECASE)),
    ("Facebook", re.compile(r"FBAN|FBAV", re.IGNORECASE)),
    ("Instagram", re.compile(r"Instagram", re.IGNORECASE)),
    ("LinkedIn", re.compile(r"LinkedInApp", re.IGNORECASE)),
    ("Edge", re.compile(r"Edg(e|A|iOS)?/", re.IGNORECASE)),
    ("Opera", re.compile(r"OPR/|Opera", re.IGNORECASE)),
    ("Samsung Internet", re.compile(r"SamsungBrowser/", re.IGNORECASE)),
    ("Firefox", re.compile(r"Firefox/|FxiOS/", re.IGNORECASE)),
    ("Chrome", re.compile(r"Chrome/|CriOS/|Chromium/", re.IGNORECASE)),
    ("Safari", re.compile(r"Version/[\d.]{1,20} (?:Mobile(?:/\w{1,20})? )?Safari/", re.IGNORECASE)),
    ("Robot", re.compile(r"bot|crawl|spider|preview|curl|wget|python|http", re.IGNORECASE)),
)
_SYSTEMS = (
    ("iOS", re.compile(r"iPhone|iPad|iPod", re.IGNORECASE)),
    ("Android", re.compile(r"Android", re.IGNORECASE)),
    ("Windows", re.compile(r"Windows", re.IGNORECASE)),
    ("ChromeOS", re.compile(r"CrOS", re.IGNORECASE)),
    ("macOS", re.compile(r"Mac OS X|Macintosh", re.IGNORECASE)),
    ("Linux", re.compile(r"Linux|X11", re.IGNORECASE)),
)
BROWSERS = tuple(name for name, _ in _BROWSERS)
SYSTEMS = tuple(name for name, _ in _SYSTEMS)
_LANGUAGE = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a visitor. `query` holds the first value of each parameter; `address` is already proxy-checked.

    `browser_secrets` are the values of our cookie, which no other domain can have set if it is `host_only`;
    `former_secrets` those of the cookie that an earlier release set in its place.
    """

    query: Mapping[str, str]
    browser_secrets: tuple[str, ...] = ()
    host_only: bool = False
    former_secrets: tuple[str, ...] = ()
    address: str = ""
    user_agent: str = ""
    language: str = ""
    referrer: str = ""

    @property
    def browser_digests(self) -> list[str]:
        """What a state may know this browser by."""
        kept = [browser_digest(secret, host_only=self.host_only) for secret in self.browser_secrets]
        return kept + [browser_digest(secret) for secret in self.former_secrets]


class Traits(TypedDict):
    """What is kept of whoever came."""

    user_agent: str | None
    browser: str | None  # its family, such as Firefox
    system: str | None
    ip_prefix: str | None  # the address without the part that tells a person
    ip_hash: str | None  # of the whole address
    referrer_host: str | None


@lru_cache(maxsize=KNOWN)
def _browser(user_agent: str) -> dict[str, str | None]:
    kept = clean(user_agent, LONGEST["user_agent"])
    return {"user_agent": kept, "browser": _family(kept, _BROWSERS), "system": _family(kept, _SYSTEMS)}


def _family(user_agent: str | None, families: tuple[tuple[str, re.Pattern[str]], ...]) -> str | None:
    if not user_agent:
        return None
    return next((name for name, pattern in families if pattern.search(user_agent)), None)


@lru_cache(maxsize=KNOWN)
def _network(address: str) -> str | None:
    """The address without the part that tells a person: /24 of IPv4, /48 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    prefix = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


def _host(referrer: str) -> str | None:
    try:
        return clean(urlsplit(referrer).hostname, LONGEST["referrer_host"])
    except ValueError:
        return None


def traits(visit: Visit, hash_key: str) -> Traits:
    """What an attempt keeps of whoever came, under the names of its columns."""
    browser = _browser(visit.user_agent[: LONGEST["user_agent"] * 2])
    return {
        "user_agent": browser["user_agent"],
        "browser": browser["browser"],
        "system": browser["system"],
        "ip_prefix": _network(visit.address),
        "ip_hash": keyed_hash(hash_key, "address", visit.address) if visit.address else None,
        "referrer_host": _host(visit.referrer),
    }


def locale(visit: Visit) -> str | None:
    """The language the browser asks for first, such as `pt-BR`."""
    first = _LANGUAGE.match(visit.language)
    return clean(first[0], LONGEST["locale"]) if first else None
