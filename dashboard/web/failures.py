"""`/ops/failures`: what goes wrong again and again, what was decided about it, and by whom."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromPath
from sqlalchemy import Connection

from dashboard.access.permissions import Operator, require_anywhere
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.errors import DashboardError
from dashboard.desk import failures
from dashboard.install import catalogue
from dashboard.web.kit import forms, identify, page, security
from dashboard.web.kit.request import Request

HERE = "/ops/failures"
ROWS = 20  # of a group's newest attempts
SHOWN = 100  # groups


@get("/ops/failures", name="failures.index")
async def index(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    require_anywhere(operator, "see_attempts")
    query = security.query(request)
    chosen = operator.app(query["app"]) if query.get("app") else None
    state = query.get("state", "")
    if state not in ("", *failures.STATES):
        raise ValidationException
    clients = [chosen.client_id] if chosen else None

    def rows(db: Connection) -> list[Any]:
        groups = failures.every(db, operator, clients, state or None)
        return [(group, failures.figures(db, group, now())) for group in groups[:SHOWN]]

    states = failures.STATES
    context: dict[str, Any] = {"rows": await database.read(rows), "state": state, "states": states, "most": SHOWN}
    return page.page(request, "failures/index.html", block="list", **context, **_words(operator))


@get("/ops/failures/{group_id:int}", name="failures.show")
async def show(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    group_id: FromPath[int],
) -> Response[str]:
    return await _show(request, database, operator, group_id)


@post("/ops/failures/{group_id:int}/acknowledge", name="failures.acknowledge")
async def acknowledge(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    group_id: FromPath[int],
) -> Response[str]:
    await database.write(failures.acknowledge, operator, group_id, now())
    return page.say(request, identify.see_other(f"{HERE}/{group_id}"), "Acknowledged: it is yours.")


@post("/ops/failures/{group_id:int}/resolve", name="failures.resolve")
async def resolve(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    group_id: FromPath[int],
) -> Response[str]:
    await database.write(failures.resolve, operator, group_id, now())
    said = "Resolved. It comes back as regressed if it fails again."
    return page.say(request, identify.see_other(f"{HERE}/{group_id}"), said)


@post("/ops/failures/{group_id:int}/reopen", name="failures.reopen")
async def reopen(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    group_id: FromPath[int],
) -> Response[str]:
    await database.write(failures.reopen, operator, group_id, now())
    return page.say(request, identify.see_other(f"{HERE}/{group_id}"), "Open again.")


@post("/ops/failures/{group_id:int}/assign", name="failures.assign")
async def assign(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    group_id: FromPath[int],
) -> Response[str]:
    assignee = forms.line((await forms.fields(request)).get("assignee"), 254) or None
    return await _try(
        request, database, operator, group_id, lambda db: failures.assign(db, operator, group_id, assignee)
    )


@post("/ops/failures/{group_id:int}/mute", name="failures.mute")
async def mute(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    group_id: FromPath[int],
) -> Response[str]:
    sent = await forms.fields(request)
    days, rate = _number(sent.get("days")), _number(sent["rate"]) if sent.get("rate", "").strip() else None
    return await _try(
        request,
        database,
        operator,
        group_id,
        lambda db: failures.mute(db, operator, group_id, now(), days=days, rate=rate),
    )


async def _try(
    request: Request, database: Database, operator: Operator, group_id: int, change: Callable[[Connection], None]
) -> Response[str]:
    try:
        await database.write(change)
    except DashboardError as error:
        wrong = f"{error.sentence} {error.next_step}"
        return await _show(request, database, operator, group_id, status=422, wrong=wrong)
    return page.say(request, identify.see_other(f"{HERE}/{group_id}"), "Saved.")


async def _show(
    request: Request, database: Database, operator: Operator, group_id: int, *, status: int = 200, wrong: str = ""
) -> Response[str]:
    moment = now()

    def read(db: Connection) -> dict[str, Any]:
        group = failures.get(db, operator, group_id)
        return {
            "group": group,
            "figures": failures.figures(db, group, moment),
            "hours": failures.bars(db, group, moment, failures.HOUR, 24),
            "days": failures.bars(db, group, moment, failures.DAY, 14),
            "attempts": failures.latest(db, group, ROWS),
            "history": failures.history(db, group, ROWS),
            "people": failures.people(db, group),
        }

    found = await database.read(read)
    words = {**_words(operator), "codes_at": page.address(request, "codes.index")}
    return page.page(request, "failures/show.html", status=status, wrong=wrong, **found, **words)


def _words(operator: Operator) -> dict[str, Any]:
    return {
        "names": {app.client_id: app.name for app in operator.apps},
        "slugs": {app.client_id: app.slug for app in operator.apps},
        "title_of": lambda code: catalogue.find(code).visitor.title,
        "is_catalogued": catalogue.is_catalogued,
        "most_counted": failures.MOST_COUNTED,
        "attempts_at": "/ops/attempts",
    }


def _number(text: str | None) -> int:
    """A number of a form; 0, which no field takes, where it is none."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
