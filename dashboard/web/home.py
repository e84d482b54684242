"""`/ops`: what is going on, app by app, and what is left to set up."""

from litestar import Response, get
from litestar.di import NamedDependency

from dashboard.access.permissions import Operator
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.desk import home
from dashboard.web.kit import page, security
from dashboard.web.kit.request import Request, Service


@get("/ops", name="home.index")
async def index(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    service: NamedDependency[Service],
) -> Response[str]:
    slug = security.query(request).get("app")
    chosen = (operator.app(slug),) if slug else operator.apps
    figures = await database.read(home.figures, operator, chosen, now())
    lists = {
        "installations": page.address(request, "installations.index"),
        "attempts": page.address(request, "attempts.index"),
    }
    return page.page(
        request, "home/index.html", figures=figures, apps=service.apps, most=home.MOST_COUNTED, lists=lists
    )
