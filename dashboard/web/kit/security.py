"""What stands between the wire and the handlers: proxies, cookies, queries, and the headers of every answer."""

from urllib.parse import parse_qsl

import structlog
from litestar.exceptions import ValidationException
from litestar.types import Message, Scope

from dashboard.apps import link
from dashboard.core import messages
from dashboard.core.config import Settings
from dashboard.install.state import is_browser_secret
from dashboard.install.visitor import Visit
from dashboard.web.kit import cookies
from dashboard.web.kit.request import Request, sent, sent_first

LONGEST_QUERY = 16_384  # bytes; the rest is not read
MOST_PARAMETERS = 100
UNTOLD_PROXY = (
    "X-Forwarded-For arrives, but DASHBOARD_PROXY_HOPS is 0: all visitors count as one, for the limits on guessing and "
    "on connections, too."
)

log = structlog.get_logger("dashboard.web")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
_HSTS = (b"strict-transport-security", b"max-age=31536000")


async def add_headers(message: Message, scope: Scope) -> None:
    """Put the security headers on every answer, errors outside any route included (a `before_send` hook)."""
    if message["type"] != "http.response.start":
        return
    settings: Settings = scope["litestar_app"].state.settings
    headers = [*message["headers"], *HEADERS]
    if scope["path"].startswith("/ops"):
        # Nothing of the desk is kept anywhere. Its forms tell where they come from: `no-referrer` would send them with
        # `Origin: null`, which is what a foreign page's form can send, too.
        headers = [pair for pair in headers if pair[0].lower() != b"cache-control"]
        headers += [(b"cache-control", b"no-store"), (b"referrer-policy", b"same-origin")]
    else:
        headers.append((b"referrer-policy", b"no-referrer"))
    if settings.cookies_are_secure:
        headers.append(_HSTS)
    message["headers"] = headers


def visit(request: Request, settings: Settings) -> Visit:
    """What of a request the flow needs. Nothing here trusts what it reads; the flow cuts it to length."""
    name, sent_cookies = cookies.state_name(settings), sent(request, "cookie")
    is_renamed = name != settings.state_cookie
    return Visit(
        query=query_or_none(request),
        browser_secrets=cookies.values(sent_cookies, name, is_browser_secret),
        host_only=name.startswith("__Host-"),
        former_secrets=cookies.values(sent_cookies, settings.state_cookie, is_browser_secret) if is_renamed else (),
        address=client_address(request, settings.proxy_hops),
        user_agent=sent_first(request, "user-agent"),
        language=sent_first(request, "accept-language"),
        referrer=sent_first(request, "referer"),
    )


def query(request: Request) -> dict[str, str]:
    """The first value of each query parameter (RFC 6749 §3.1: none may come twice), whatever bytes it holds.

    Raises ValidationException, a 400, if there are more parameters than anybody needs: a list that left some out would
    answer more than was asked for.
    """
    raw = request.scope["query_string"][:LONGEST_QUERY].decode("latin-1")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="replace", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise ValidationException("There are too many parameters.") from None
    return dict(reversed(pairs))


def values(request: Request, name: str) -> list[str]:
    """Every value of a query parameter, as of boxes that are ticked. Raises ValidationException as `query` does."""
    raw = request.scope["query_string"][:LONGEST_QUERY].decode("latin-1")
    try:
        pairs = parse_qsl(raw, errors="replace", max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise ValidationException("There are too many parameters.") from None
    return [value for key, value in pairs if key == name]


def query_or_none(request: Request) -> dict[str, str]:
    """The same for whoever must answer in any case: empty if there are too many parameters."""
    try:
        return query(request)
    except ValidationException:
        return {}


def language(request: Request, chosen: str | None = None) -> str:
    """The language to answer in: the one that was chosen, or the address asks for with `lang`, else the browser's."""
    return chosen or link.spoken(query_or_none(request)) or messages.accepted(sent_first(request, "accept-language"))


def client_address(request: Request, hops: int) -> str:
    """The visitor's address: the connection's, or what the outermost of so many trusted proxies saw."""
    if is_through_an_untold_proxy(request, hops) and not request.app.state.get("proxy_told"):
        request.app.state.proxy_told = True
        log.warning("proxy.not_told", sentence=UNTOLD_PROXY)
    forwarded = forwarded_address(sent(request, "x-forwarded-for"), hops)
    return forwarded or (request.client.host if request.client else "")


def is_through_an_untold_proxy(request: Request, hops: int) -> bool:
    """Whether a proxy seems to stand in front though none was told of; whoever asks directly can pretend to be one."""
    return not hops and bool(sent(request, "x-forwarded-for"))


def forwarded_address(values: list[str], hops: int) -> str:
    """The visitor's address in the values of X-Forwarded-For; empty if nobody trusted wrote one."""
    return _without_port(_outermost(values, hops))


def _without_port(address: str) -> str:
    """Some proxies write `203.0.113.9:4711` or `[2001:db8::1]:4711`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def came_to(request: Request, hops: int) -> str:
    """The scheme and host the visitor asked for, as far as the trusted proxies tell it."""
    scheme = _forwarded(request, "x-forwarded-proto", hops) or request.scope["scheme"]
    host = _forwarded(request, "x-forwarded-host", hops) or sent_first(request, "host")
    return f"{scheme}://{host}".lower()


def is_elsewhere(request: Request, settings: Settings) -> bool:
    """Whether a request came to another scheme or host than PUBLIC_URL, where its cookie would not be read."""
    return _normal(came_to(request, settings.proxy_hops)) != _normal(settings.public_url)


def _normal(origin: str) -> str:
    """An origin without the port that its scheme implies."""
    return origin.removesuffix({"https": ":443", "http": ":80"}.get(origin.partition("://")[0], "\0"))


def _forwarded(request: Request, header: str, hops: int) -> str:
    return _outermost(sent(request, header), hops)


def _outermost(values: list[str], hops: int) -> str:
    """The entry of a proxy header that the outermost trusted proxy wrote: counted from the right, never the left."""
    if not hops:
        return ""
    entries = [entry.strip() for value in values for entry in value.split(",")]
    return entries[-min(hops, len(entries))] if entries else ""
