"""`/ops/enterprises`: every organization, and one of them, with its workspaces."""

from collections.abc import Mapping

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from dashboard.core.words import isotime
from dashboard.desk import enterprises, workspaces
from dashboard.desk.customers import CustomerRow
from dashboard.desk.enterprises import LIST
from dashboard.web.kit import lists
from dashboard.web.kit.lists import Column
from dashboard.web.kit.page import Desk

CSV: Mapping[str, Column[CustomerRow]] = {
    "enterprise_id": Column(lambda row: row.enterprise_id),
    "enterprise": Column(lambda row: row.enterprise_name),
    "apps": Column(lambda row: row.apps),
    "active_installations": Column(lambda row: row.active),
    "latest_status": Column(lambda row: row.status),
    "latest_installed_at": Column(lambda row: isotime(row.installed_at)),
}


@get("/ops/enterprises", name="enterprises.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.page(desk, LIST)


@get("/ops/enterprises/counts", name="enterprises.counts")
async def counts(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.counts(desk, LIST)


@get("/ops/enterprises/newer", name="enterprises.newer")
async def newer(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.newer(desk, LIST)


@get("/ops/enterprises.csv", name="enterprises.export")
async def export(desk: NamedDependency[Desk]) -> Stream:
    return await lists.export(desk, LIST, CSV)


@get("/ops/enterprises/{enterprise_id:str}", name="enterprises.show")
async def show(desk: NamedDependency[Desk], enterprise_id: FromPath[str]) -> Response[str]:
    enterprise_id = enterprise_id.upper()[:32]
    customer = await desk.database.read(enterprises.page, desk.operator, enterprise_id)
    return desk.page("enterprises/show.html", customer=customer, id=enterprise_id, most=workspaces.MOST)
