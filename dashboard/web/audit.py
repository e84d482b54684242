"""`/ops/audit`: who did what, newest first."""

from collections.abc import Mapping

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Stream
from sqlalchemy import Connection

from dashboard.core.words import isotime
from dashboard.desk import audit
from dashboard.desk.audit import LIST, AuditRow
from dashboard.web.kit import lists
from dashboard.web.kit.lists import Column
from dashboard.web.kit.page import Desk

CSV: Mapping[str, Column[AuditRow]] = {
    "at": Column(lambda row: isotime(row.at)),
    "who": Column(lambda row: row.who),
    "verb": Column(lambda row: row.verb),
    "object_type": Column(lambda row: row.object_type),
    "object_id": Column(lambda row: row.object_id),
    "client_id": Column(lambda row: row.client_id),
    "outcome": Column(lambda row: row.outcome),
    "from": Column(lambda row: row.ip_prefix),
    "details": Column(lambda row: row.details),
}


@get("/ops/audit", name="audit.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    def beside(db: Connection) -> dict[str, int | None]:
        return {"oldest": audit.oldest(db, desk.operator)}

    return await lists.page(desk, LIST, beside, days=desk.settings.keep_audit_days)


@get("/ops/audit/counts", name="audit.counts")
async def counts(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.counts(desk, LIST)


@get("/ops/audit/newer", name="audit.newer")
async def newer(desk: NamedDependency[Desk]) -> Response[str]:
    return await lists.newer(desk, LIST)


@get("/ops/audit.csv", name="audit.export")
async def export(desk: NamedDependency[Desk]) -> Stream:
    return await lists.export(desk, LIST, CSV)
