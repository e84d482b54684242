"""`/ops/_patterns`: every part of the desk's pages, in every state, for whoever builds or judges them."""

from litestar import Response, get
from litestar.di import NamedDependency

from dashboard.core.clock import now
from dashboard.web.kit.page import Desk


@get("/ops/_patterns", name="patterns.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    return desk.page("patterns/index.html", now=now())
