"""Our cookies: the install flow's, the session's, the ticket between password and code, and what was just done.

`__Host-` where TLS is: no other host and no plain page can set such a cookie (RFC 6265bis §4.1.3.2).
"""

import base64
import binascii
from collections.abc import Callable

from litestar import Response
from litestar.datastructures import Cookie

from dashboard.access import sessions
from dashboard.access.signin import BROWSER_LASTS, TICKET_LASTS
from dashboard.core.config import Settings

MOST_COOKIES = 8  # of one name; a browser has one for each path and domain above a host
STATE_LASTS = 86_400  # seconds
FLASH_LASTS = 60  # seconds
PENDING_LASTS = 900  # seconds
LONGEST_FLASH = 300  # characters


def values(headers: list[str], name: str, fits: Callable[[str], bool] = bool) -> tuple[str, ...]:
    """The first values sent for a cookie that have its form: a host can hold several of one name, and some browsers
    put quotes around."""
    values: list[str] = []
    for header in headers:
        for pair in header.split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name and fits(value.strip('"')) and len(values) < MOST_COOKIES:
                values.append(value.strip('"'))
    return tuple(values)


def state_name(settings: Settings) -> str:
    """`__Host-` where TLS is, unless the environment chose a name."""
    return settings.state_cookie if "state_cookie" in settings.said else _prefix(settings) + settings.state_cookie


def state(settings: Settings, browser_secret: str) -> str:
    """The `Set-Cookie` of a start. Its value is of our own making and needs no quoting."""
    secure = "; Secure" if settings.cookies_are_secure else ""
    kept = f"Path=/; Max-Age={STATE_LASTS}; HttpOnly; SameSite=Lax{secure}"
    return f"{state_name(settings)}={browser_secret}; {kept}"


def session_name(settings: Settings) -> str:
    return _prefix(settings) + "dashboard-session"


def ticket_name(settings: Settings) -> str:
    return _prefix(settings) + "dashboard-ticket"


def known_browser_name(settings: Settings) -> str:
    return _prefix(settings) + "dashboard-browser"


def pending_name(settings: Settings) -> str:
    return _prefix(settings) + "dashboard-pending"


def flash_name(settings: Settings) -> str:
    return _prefix(settings) + "dashboard-said"


def session(settings: Settings, token: str | None) -> Cookie:
    """The session's cookie; without a token it is taken away."""
    if token is None:
        return gone(settings, session_name(settings))
    return _cookie(settings, session_name(settings), token, sessions.LONGEST // 1000)


def known_browser(settings: Settings, token: str) -> Cookie:
    """Says that this browser signed in before; it opens nothing."""
    return _cookie(settings, known_browser_name(settings), token, BROWSER_LASTS)


def ticket(settings: Settings, ticket: str) -> Cookie:
    return _cookie(settings, ticket_name(settings), ticket, TICKET_LASTS)


def pending(settings: Settings, packed: str) -> Cookie:
    """What is to be done once somebody has confirmed that it is them."""
    return _cookie(settings, pending_name(settings), packed, PENDING_LASTS)


def flash(settings: Settings, sentence: str) -> Cookie:
    """What the next page says was done."""
    text = base64.urlsafe_b64encode(sentence[:LONGEST_FLASH].encode()).decode()
    return _cookie(settings, flash_name(settings), text, FLASH_LASTS)


def read_flash(settings: Settings, headers: list[str]) -> str | None:
    sent = values(headers, flash_name(settings))
    try:
        return base64.urlsafe_b64decode(sent[0].encode()).decode()[:LONGEST_FLASH] if sent else None
    except (binascii.Error, ValueError):
        return None  # it is not ours


def gone(settings: Settings, name: str) -> Cookie:
    """Takes a cookie away."""
    return _cookie(settings, name, "", 0)


def with_session(settings: Settings, answer: Response[str], token: str | None) -> Response[str]:
    """Hand the browser its session's new token; without one the session has ended meanwhile."""
    answer.set_cookie(session(settings, token))
    return answer


def _prefix(settings: Settings) -> str:
    return "__Host-" if settings.cookies_are_secure else ""


def _cookie(settings: Settings, name: str, value: str, lasts: int) -> Cookie:
    return Cookie(
        key=name,
        value=value,
        max_age=lasts,
        path="/",
        secure=settings.cookies_are_secure,
        httponly=True,
        samesite="lax",
    )
