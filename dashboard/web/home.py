"""`/ops`: what is going on, app by app."""

from litestar import Response, get
from litestar.di import NamedDependency

from dashboard.db import Database
from dashboard.tenancy import Operator
from dashboard.web import fragments
from dashboard.web.types import Request


@get("/ops", name="home.index")
async def index(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    return fragments.page(request, "home/index.html")
