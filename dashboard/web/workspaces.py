"""`/ops/workspaces/{T…}`: one workspace, whichever apps it has."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.desk import workspaces
from dashboard.web.kit.page import Desk


@get("/ops/workspaces/{team_id:str}", name="workspaces.show")
async def show(desk: NamedDependency[Desk], team_id: FromPath[str]) -> Response[str]:
    team_id = team_id.upper()[:32]
    customer = await desk.database.read(workspaces.page, desk.operator, team_id)
    return desk.page("workspaces/show.html", customer=customer, id=team_id)
