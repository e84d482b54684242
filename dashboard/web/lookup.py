"""`/ops/lookup`: paste anything a customer sent."""

import asyncio

from litestar import Response, get
from litestar.di import NamedDependency

from dashboard.core.reference import display
from dashboard.desk import lookup
from dashboard.web.kit.page import Desk, see_other


@get("/ops/lookup", name="lookup.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    text = desk.query.get("q", "").strip()
    named = await asyncio.to_thread(lookup.tokens, text)  # a long text takes milliseconds, in which nobody else waits
    found = await desk.database.read(lookup.find, desk.operator, named) if text else None
    if found and len(found.attempts) == 1 == len(named.references):
        return see_other(f"/ops/attempts/{display(found.attempts[0].reference)}")
    return desk.page("lookup/index.html", block="list", text=text, named=named, found=found)
