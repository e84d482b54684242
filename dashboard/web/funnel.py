"""`/ops/funnel`: where installations are lost, app by app."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from sqlalchemy import Connection

from dashboard.access.permissions import Operator, require_anywhere
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.desk import funnel
from dashboard.desk.funnel import Range
from dashboard.install import catalogue
from dashboard.web.kit import page, security
from dashboard.web.kit.request import Request

DAY = 86_400_000  # ms
RANGES = {"1d": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}


@get("/ops/funnel", name="funnel.index")
async def index(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    require_anywhere(operator, "see_attempts")
    query = security.query(request)
    since, source = query.get("since", "30d"), query.get("source", "")
    if since not in RANGES or source not in ("", *funnel.SOURCES):
        raise ValidationException
    moment = now()
    within = Range(moment - int(since[:-1]) * DAY, moment, source or None)
    slug = query.get("app")
    apps = (operator.app(slug),) if slug else operator.apps

    def read(db: Connection) -> list[funnel.Funnel]:
        seen = [app for app in apps if operator.may("see_attempts", app.client_id)]
        return [funnel.of_app(db, operator, app, within, moment) for app in seen]

    context: dict[str, Any] = {
        "funnels": await database.read(read),
        "since": since,
        "source": source,
        "ranges": RANGES,
        "sources": funnel.SOURCES,
        "title_of": lambda code: catalogue.find(code).visitor.title if catalogue.is_catalogued(code) else code,
    }
    return page.page(request, "funnel/index.html", block="list", **context)
