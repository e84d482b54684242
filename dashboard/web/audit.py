"""`/ops/audit`: who did what, newest first."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException

from dashboard.access import audit
from dashboard.access.permissions import Operator, require_anywhere
from dashboard.core.db import Database
from dashboard.web.kit import page, security
from dashboard.web.kit.request import Request

ROWS = 50


@get("/ops/audit", name="audit.index")
async def index(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    require_anywhere(operator, "see_audit")
    query = security.query(request)
    before, after = _place(query.get("before")), _place(query.get("after"))
    entries = await database.read(audit.page, operator, before=before, after=after, most=ROWS)
    names = {app.client_id: app.name for app in operator.apps}
    return page.page(request, "audit/index.html", block="list", page=entries, names=names)


def _place(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValidationException
    return int(text)
