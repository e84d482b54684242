"""`/ops/enterprises/{E…}`: one organization, with its workspaces."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.desk import enterprises
from dashboard.web.kit.page import Desk


@get("/ops/enterprises/{enterprise_id:str}", name="enterprises.show")
async def show(desk: NamedDependency[Desk], enterprise_id: FromPath[str]) -> Response[str]:
    enterprise_id = enterprise_id.upper()[:32]
    customer = await desk.database.read(enterprises.page, desk.operator, enterprise_id)
    return desk.page("enterprises/show.html", customer=customer, id=enterprise_id)
