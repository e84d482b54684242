"""`/ops/audit`: who did what, newest first."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException

from dashboard.access import audit
from dashboard.access.permissions import require_anywhere
from dashboard.core.db import LARGEST_ID
from dashboard.web.kit.page import Desk

ROWS = 50


@get("/ops/audit", name="audit.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "see_audit")
    before, after = _row(desk.query.get("before")), _row(desk.query.get("after"))
    client_id = desk.app.client_id if desk.app else None
    entries = await desk.database.read(audit.page, desk.operator, client_id, before=before, after=after, most=ROWS)
    return desk.page("audit/index.html", block="list", page=entries)


def _row(text: str | None) -> int | None:
    """The id of a row, as an address has it. Raises ValidationException if it is not a number."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) > LARGEST_ID:
        raise ValidationException
    return int(text)
