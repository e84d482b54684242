"""`/ops/workspaces/{T…}`: one workspace, whichever apps it has."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access.permissions import Operator
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.desk import workspaces
from dashboard.desk.attempts import outcome_of
from dashboard.web.kit import page
from dashboard.web.kit.request import Request


@get("/ops/workspaces/{team_id:str}", name="workspaces.show")
async def show(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    team_id: FromPath[str],
) -> Response[str]:
    found = await database.read(workspaces.workspace, operator, team_id.upper()[:32])
    names = {app.client_id: app.name for app in operator.apps}
    context: dict[str, Any] = {"customer": found, "id": team_id.upper()[:32], "kind": "workspace", "names": names}
    return page.page(request, "customers/show.html", outcome_of=outcome_of, now=now(), **context)
