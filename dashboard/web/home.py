"""`/ops`: what is going on, app by app, and what is left to set up."""

from litestar import Response, get
from litestar.di import NamedDependency

from dashboard.core.clock import now
from dashboard.core.disk import disk_of
from dashboard.desk import home
from dashboard.web.kit.page import Desk


@get("/ops", name="home.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    redirect_urls = {app.client_id: app.redirect_uri for app in desk.service.apps.values()}
    client_id = desk.app.client_id if desk.app else None
    page = await desk.database.read(
        home.page, desk.operator, desk.apps, client_id, redirect_urls=redirect_urls, now=now()
    )
    settings = desk.settings
    return desk.page(
        "home/index.html",
        figures=page.figures,
        incidents=page.incidents,
        apps=desk.service.apps,
        most=home.MOST_COUNTED,
        disk=disk_of(settings.database_url, settings.disk_limits) if desk.operator.owner else None,
        not_stored=desk.service.install.recorder.not_stored(),
    )
