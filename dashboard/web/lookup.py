"""`/ops/lookup`: paste anything a customer sent."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from dashboard.access.permissions import Operator
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.reference import display
from dashboard.desk import lookup
from dashboard.desk.attempts import outcome_of
from dashboard.install import catalogue
from dashboard.web.kit import identify, page, security
from dashboard.web.kit.request import Request


@get("/ops/lookup", name="lookup.index")
async def index(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    text = security.query(request).get("q", "").strip()
    named = lookup.tokens(text)
    found = await database.read(lookup.find, operator, named) if text else None
    if found and len(found.attempts) == 1 == len(named.references):
        return identify.see_other(f"/ops/attempts/{display(found.attempts[0].reference)}")
    names = {app.client_id: app.name for app in operator.apps}
    words: dict[str, Any] = {
        "title_of": lambda code: catalogue.find(code).visitor.title,
        "outcome_of": outcome_of,
        "now": now(),
    }
    return page.page(
        request, "lookup/index.html", block="list", text=text, named=named, found=found, names=names, **words
    )
