"""`/ops/lookup`: paste anything a customer sent, or say what they remember.

What is pasted is sent in a form's body, and kept nowhere: not in an address, a log or the database. `?q=` is for a
short text, as in a link.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from litestar import Response, get, post
from litestar.di import NamedDependency

from dashboard.core.clock import MINUTE, now
from dashboard.core.errors import NotFoundError
from dashboard.core.reference import display
from dashboard.desk import circumstances, lookup
from dashboard.desk.circumstances import Circumstances, Fit
from dashboard.desk.lookup import Found
from dashboard.install.catalogue.causes.never_came_back import READ
from dashboard.install.visitor import BROWSERS, SYSTEMS
from dashboard.web.kit import forms
from dashboard.web.kit.page import Desk, see_other

WITHIN = {"15": "15 minutes", "60": "an hour", "360": "six hours", "1440": "a day"}
OFFSETS = {str(60 * hours): f"UTC{hours:+d}" if hours else "UTC" for hours in range(-12, 15)}


class WrongFieldError(ValueError):
    """A field that is not what it should be; its text says which, and what is expected."""


@get("/ops/lookup", name="lookup.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    return await _answer(desk, {"q": desk.query.get("q", "")})


@post("/ops/lookup", name="lookup.find")
async def find(desk: NamedDependency[Desk]) -> Response[str]:
    return await _answer(desk, await desk.form())


async def _answer(desk: Desk, sent: Mapping[str, str]) -> Response[str]:
    text = sent.get("q", "").strip()
    try:
        told = _told(desk, sent)
    except WrongFieldError as wrong:
        return _page(desk, sent, status=422, wrong=str(wrong))
    # A long text takes milliseconds, in which nobody else waits.
    named = await asyncio.to_thread(lookup.tokens, text, _own_domains(desk))
    found = await desk.database.read(lookup.find, desk.operator, named, now()) if text else None
    read = f"?{urlencode({'read': ','.join(sorted(named.read))})}" if named.read else ""
    if found and found.only:
        return see_other(f"/ops/attempts/{display(found.only.reference)}{read}")
    fits = [] if told.is_empty else await desk.database.read(circumstances.find, desk.operator, told, now())
    places = [id_ for id_ in named.ids if id_[0] in "TE"]
    return _page(
        desk,
        sent,
        found=found,
        fits=fits,
        asked=not told.is_empty,
        read=read,
        elsewhere=places,
        readings=[READ[code] for code in sorted(named.read)],
    )


def _page(
    desk: Desk,
    sent: Mapping[str, str],
    *,
    status: int = 200,
    found: Found | None = None,
    fits: Sequence[Fit] = (),
    asked: bool = False,
    read: str = "",
    wrong: str = "",
    elsewhere: Sequence[str] = (),
    readings: Sequence[str] = (),
) -> Response[str]:
    return desk.page(
        "lookup/index.html",
        block="list",
        status=status,
        sent=sent,
        found=found,
        fits=fits,
        asked=asked,
        read=read,
        wrong=wrong,
        elsewhere=elsewhere,
        readings=readings,
        browsers=BROWSERS,
        systems=SYSTEMS,
        withins=WITHIN,
        offsets=OFFSETS,
    )


def _told(desk: Desk, sent: Mapping[str, str]) -> Circumstances:
    """The circumstances in the fields that were sent. Raises WrongFieldError."""
    offset = _choice(sent, "offset", OFFSETS, "0", "The zone is none of those offered.")
    within = _choice(sent, "within", WITHIN, "60", "How exactly the time is known is none of the words offered.")
    try:
        around = circumstances.moment_of(sent.get("day", "").strip(), sent.get("time", "").strip(), int(offset))
    except ValueError:
        raise WrongFieldError("That is no day and time: write 2026-11-25 and 14:00.") from None
    slug = sent.get("app", "")
    try:
        client_id = desk.operator.app(slug).client_id if slug else None
    except NotFoundError:
        raise WrongFieldError("There is no such app among yours.") from None
    return Circumstances(
        client_id=client_id,
        around=around,
        within=int(within) * MINUTE,
        offset=int(offset),
        words=forms.line(sent.get("words"), 300),
        browser=_choice(sent, "browser", BROWSERS, "", "The browser is none of those offered."),
        system=_choice(sent, "system", SYSTEMS, "", "The system is none of those offered."),
    )


def _choice(sent: Mapping[str, str], name: str, offered: Collection[str], otherwise: str, wrong: str) -> str:
    value = sent.get(name, "").strip()
    if not value:
        return otherwise
    if value not in offered:
        raise WrongFieldError(wrong)
    return value


def _own_domains(desk: Desk) -> frozenset[str]:
    """Where the vendor is at home: a mail that quotes these addresses is not from them."""
    addresses = [desk.operator.email, *(app.brand.support for app in desk.service.apps.values())]
    domains = {address.rpartition("@")[2].lower() for address in addresses if "@" in address}
    return frozenset(domains | {urlsplit(desk.settings.public_url).hostname or ""} - {""})
