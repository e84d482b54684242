"""`/ops/enterprises/{E…}`: one organization, with its workspaces."""

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


@get("/ops/enterprises/{enterprise_id:str}", name="enterprises.show")
async def show(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    enterprise_id: FromPath[str],
) -> Response[str]:
    found = await database.read(workspaces.enterprise, operator, enterprise_id.upper()[:32])
    names = {app.client_id: app.name for app in operator.apps}
    context: dict[str, Any] = {
        "customer": found,
        "id": enterprise_id.upper()[:32],
        "kind": "organization",
        "names": names,
    }
    return page.page(request, "customers/show.html", outcome_of=outcome_of, now=now(), **context)
