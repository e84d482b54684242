"""`/ops/workspaces`: every workspace, and one of them, whichever apps it has."""

from collections.abc import Mapping

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from dashboard.core.words import isotime
from dashboard.desk import workspaces
from dashboard.desk.customers import CustomerRow
from dashboard.desk.workspaces import LIST
from dashboard.web.kit import lists
from dashboard.web.kit.lists import Column
from dashboard.web.kit.page import Desk

CSV: Mapping[str, Column[CustomerRow]] = {
    "team_id": Column(lambda row: row.team_id),
    "workspace": Column(lambda row: row.team_name),
    "address": Column(lambda row: row.url),
    "enterprise_id": Column(lambda row: row.enterprise_id),
    "enterprise": Column(lambda row: row.enterprise_name),
    "apps": Column(lambda row: row.apps),
    "active_installations": Column(lambda row: row.active),
    "latest_status": Column(lambda row: row.status),
    "latest_installed_at": Column(lambda row: isotime(row.installed_at)),
}


@get("/ops/workspaces", name="workspaces.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.page(desk, LIST)


@get("/ops/workspaces/counts", name="workspaces.counts")
async def counts(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.counts(desk, LIST)


@get("/ops/workspaces/newer", name="workspaces.newer")
async def newer(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.newer(desk, LIST)


@get("/ops/workspaces.csv", name="workspaces.export")
async def export(desk: NamedDependency[Desk]) -> Stream:
    return await lists.export(desk, LIST, CSV)


@get("/ops/workspaces/{team_id:str}", name="workspaces.show")
async def show(desk: NamedDependency[Desk], team_id: FromPath[str]) -> Response[str]:
    team_id = team_id.upper()[:32]
    customer = await desk.database.read(workspaces.page, desk.operator, team_id)
    return desk.page("workspaces/show.html", customer=customer, id=team_id, most=workspaces.MOST)
