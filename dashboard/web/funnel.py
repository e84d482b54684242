"""`/ops/funnel`: where installations are lost, app by app."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException

from dashboard.access.permissions import require_anywhere
from dashboard.core.clock import DAY, now
from dashboard.desk import funnel
from dashboard.desk.funnel import Range
from dashboard.web.kit.page import Desk

RANGES = {"1d": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}


@get("/ops/funnel", name="funnel.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "see_attempts")
    since, source = desk.query.get("since", "30d"), desk.query.get("source", "")
    if since not in RANGES or source not in ("", *funnel.SOURCES):
        raise ValidationException
    until = now()
    within = Range(until - int(since[:-1]) * DAY, until, source or None)
    funnels = await desk.database.read(funnel.of_apps, desk.operator, desk.apps, within, until)
    return desk.page("funnel/index.html", block="list", funnels=funnels, since=since, source=source, ranges=RANGES)
