"""`/ops/codes`: every way an installation can end, what the visitor is told, and how often it happens."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access.permissions import require_anywhere
from dashboard.core.clock import now
from dashboard.core.errors import NotFoundError
from dashboard.desk import codes
from dashboard.install import catalogue
from dashboard.web.kit.page import Desk

SHOWN = 50  # codes that the catalogue does not hold: anybody can make them up


@get("/ops/codes", name="codes.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "see_attempts")
    counts = await desk.database.read(codes.counted, desk.operator, _client_id(desk), now())
    unknown = [
        (code, count.verified) for code, count in counts.items() if count.verified and not catalogue.is_catalogued(code)
    ]
    order = {code: position for position, code in enumerate(counts)}
    entries = sorted(catalogue.ENTRIES.values(), key=lambda entry: (order.get(entry.code, len(order)), entry.code))
    return desk.page(
        "codes/index.html",
        entries=entries,
        counts=counts,
        unknown=unknown[:SHOWN],
        more=max(0, len(unknown) - SHOWN),
        days=codes.DAYS,
        no_attempt=codes.Count(),
        never_stored=codes.NEVER_STORED,
    )


@get("/ops/codes/{code:str}", name="codes.show")
async def show(desk: NamedDependency[Desk], code: FromPath[str]) -> Response[str]:
    require_anywhere(desk.operator, "see_attempts")
    count = (await desk.database.read(codes.counted, desk.operator, _client_id(desk), now())).get(code)
    entry = catalogue.ENTRIES.get(code)
    if entry is None and not count:
        raise NotFoundError
    return desk.page(
        "codes/show.html",
        code=code,
        entry=entry,
        count=count or codes.Count(),
        days=codes.DAYS,
        is_stored=code not in codes.NEVER_STORED,
    )


def _client_id(desk: Desk) -> str | None:
    return desk.app.client_id if desk.app else None
