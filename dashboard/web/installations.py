"""`/ops/installations`: where each app is installed, and everything about one of them."""

from collections.abc import Callable, Mapping

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from dashboard.desk import installations
from dashboard.desk.installations import LIST
from dashboard.desk.rows import InstallationRow
from dashboard.web.kit import lists
from dashboard.web.kit.page import Desk
from dashboard.web.kit.render import isotime

CSV: Mapping[str, Callable[[InstallationRow], object]] = {
    "status": lambda row: row.shown_status,
    "client_id": lambda row: row.client_id,
    "enterprise_id": lambda row: row.enterprise_id,
    "enterprise": lambda row: row.enterprise_name,
    "team_id": lambda row: row.team_id,
    "workspace": lambda row: row.team_name,
    "address": lambda row: row.url,
    "installer_id": lambda row: row.installer_id,
    "bot_scopes": lambda row: row.bot_scopes,
    "user_scopes": lambda row: row.user_scopes,
    "first_installed_at": lambda row: isotime(row.first_installed_at),
    "installed_at": lambda row: isotime(row.installed_at),
    "removed_at": lambda row: row.removed_at and isotime(row.removed_at),
}


@get("/ops/installations", name="installations.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    required = {app.client_id: app.scopes for app in desk.service.apps.values()}
    return await lists.page(desk, LIST, required=required)


@get("/ops/installations/counts", name="installations.counts")
async def counts(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.counts(desk, LIST, "status")


@get("/ops/installations.csv", name="installations.export")
async def export(desk: NamedDependency[Desk]) -> Stream:
    return await lists.export(desk, LIST, CSV)


@get("/ops/installations/{installation_id:int}", name="installations.show")
async def show(desk: NamedDependency[Desk], installation_id: FromPath[int]) -> Response[str]:
    apps = desk.service.apps_by_client_id
    page = await desk.database.read(installations.page, desk.operator, apps, installation_id)
    return desk.page("installations/show.html", page=page)
