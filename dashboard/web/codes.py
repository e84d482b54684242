"""`/ops/codes`: every way an installation can end, what the visitor is told, and how often it happens."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access.permissions import Operator, require_anywhere
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.errors import NotFoundError
from dashboard.desk import codes
from dashboard.install import catalogue
from dashboard.web.kit import page
from dashboard.web.kit.request import Request


@get("/ops/codes", name="codes.index")
async def index(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    require_anywhere(operator, "see_attempts")
    counts = await database.read(codes.counted, operator, now())
    unknown = {code: count for code, count in counts.items() if not catalogue.is_catalogued(code)}
    entries = sorted(catalogue.ENTRIES.values(), key=lambda entry: (-counts.get(entry.code, 0), entry.code))
    context: dict[str, Any] = {"entries": entries, "counts": counts, "unknown": unknown, "days": codes.DAYS}
    return page.page(request, "codes/index.html", **context)


@get("/ops/codes/{code:str}", name="codes.show")
async def show(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    code: FromPath[str],
) -> Response[str]:
    require_anywhere(operator, "see_attempts")
    count = (await database.read(codes.counted, operator, now())).get(code, 0)
    if not catalogue.is_catalogued(code) and not count:
        raise NotFoundError
    entry = catalogue.find(code) if catalogue.is_catalogued(code) else None
    context: dict[str, Any] = {"code": code, "entry": entry, "count": count, "days": codes.DAYS}
    return page.page(request, "codes/show.html", **context)
