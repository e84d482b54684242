"""`/ops/installations`: where each app is installed, and everything about one of them."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy import Connection

from dashboard.access.permissions import Operator
from dashboard.core.db import Database
from dashboard.desk import installations
from dashboard.desk.installations import LIST
from dashboard.web.kit import lists, page
from dashboard.web.kit.render import isotime
from dashboard.web.kit.request import Request, Service

CSV = {
    "status": lambda row: "attention" if row.to_check and row.status == "active" else row.status,
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
async def index(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    service: NamedDependency[Service],
) -> Response[str]:
    required = {app.client_id: app.scopes for app in service.apps.values()}
    return await lists.page(request, database, operator, LIST, required=required, held=installations.held)


@get("/ops/installations/counts", name="installations.counts")
async def counts(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    return await lists.counts(request, database, operator, LIST, "status")


@get("/ops/installations.csv", name="installations.export")
async def export(request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]) -> Stream:
    return await lists.export(request, database, operator, LIST, CSV)


@get("/ops/installations/{installation_id:int}", name="installations.show")
async def show(
    request: Request,
    service: NamedDependency[Service],
    operator: NamedDependency[Operator],
    installation_id: FromPath[int],
) -> Response[str]:
    apps = {app.client_id: app for app in service.apps.values()}

    def read(db: Connection) -> dict[str, Any]:
        row = installations.get(db, operator, installation_id)
        app = apps.get(row.client_id)
        return {
            "row": row,
            "app": app,
            "scopes": installations.scopes(row, app),
            "history": installations.history(db, row),
            "tokens": installations.tokens(db, row, app.vault) if app else [],
            "attempts": installations.attempts(db, operator, row),
        }

    found = await service.flow.database.read(read)
    return page.page(request, "installations/show.html", **found)
