"""`/ops/attempts`: every installation that was begun, and what came of it."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy import Connection

from dashboard.access.permissions import Operator, require_anywhere
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.errors import NotFoundError
from dashboard.desk import attempts, failures, retention
from dashboard.desk.attempts import LIST, outcome_of
from dashboard.install import catalogue
from dashboard.web.kit import identify, lists, page
from dashboard.web.kit.render import isotime
from dashboard.web.kit.request import Request, Service

CSV = {
    "reference": lambda row: reference.display(row.reference),
    "client_id": lambda row: row.client_id,
    "begun_at": lambda row: isotime(row.seen_at),
    "outcome": lambda row: outcome_of(row, now()),
    "step": lambda row: row.step,
    "code": lambda row: row.code,
    "enterprise_id": lambda row: row.enterprise_id,
    "team_id": lambda row: row.team_id,
    "workspace": lambda row: row.workspace,
    "user_id": lambda row: row.user_id,
    "milliseconds": lambda row: row.closed_at - row.started_at if row.closed_at and row.started_at else None,
    "browser": lambda row: row.browser,
    "system": lambda row: row.system,
    "source": lambda row: row.source,
}


@get("/ops/attempts", name="attempts.index")
async def index(
    request: Request, service: NamedDependency[Service], operator: NamedDependency[Operator]
) -> Response[str]:
    require_anywhere(operator, "see_attempts")
    database = service.flow.database
    clients = None if operator.owner else [app.client_id for app in operator.apps]
    context = {
        "oldest": await database.read(retention.oldest_attempt, clients),
        "days": service.settings.keep_attempts_days,
        "outcome_of": outcome_of,
        "title_of": _title,
        "steps": attempts.STEPS,
    }
    return await lists.page(request, database, operator, LIST, **context)


@get("/ops/attempts/counts", name="attempts.counts")
async def counts(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    return await lists.counts(request, database, operator, LIST, "outcome")


@get("/ops/attempts.csv", name="attempts.export")
async def export(request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]) -> Stream:
    return await lists.export(request, database, operator, LIST, CSV)


@get("/ops/attempts/{text:str}", name="attempts.show")
async def show(
    request: Request,
    service: NamedDependency[Service],
    operator: NamedDependency[Operator],
    text: FromPath[str],
) -> Response[str]:
    require_anywhere(operator, "see_attempts")
    stored = reference.parse(text)
    if stored is None:
        raise NotFoundError
    if text != reference.display(stored):
        return identify.see_other(f"/ops/attempts/{reference.display(stored)}")
    moment = now()

    def read(db: Connection) -> dict[str, Any]:
        row = attempts.get(db, operator, stored)
        group = failures.of_attempt(db, operator, row)
        return {
            "row": row,
            "outcome": outcome_of(row, moment),
            "timeline": attempts.timeline(row),
            "installation": attempts.installation(db, row),
            "solved": attempts.solved_by(db, row),
            "related": attempts.related(db, operator, row),
            "group": group,
            "incident": failures.figures(db, group, moment) if group else None,
        }

    found = await service.flow.database.read(read)
    app = next((app for app in service.apps.values() if app.client_id == found["row"].client_id), None)
    kept = attempts.kept(found["row"])
    words: dict[str, Any] = {
        "title_of": _title,
        "entry": catalogue.find(found["row"].code or ""),
        "outcome_of": outcome_of,
    }
    return page.page(request, "attempts/show.html", app=app, kept=kept, now=moment, **found, **words)


def _title(code: str) -> str:
    return catalogue.find(code).visitor.title if catalogue.is_catalogued(code) else "Not in the catalogue yet"
