"""`/ops/_patterns`: every part of the desk's pages, in every state, for whoever builds or judges them."""

from litestar import Response, get

from dashboard.core.clock import now
from dashboard.web.kit import page
from dashboard.web.kit.request import Request


@get("/ops/_patterns", name="patterns.index")
async def index(request: Request) -> Response[str]:
    return page.page(request, "patterns/index.html", now=now())
