"""`/ops/failures`: what goes wrong again and again, what was decided about it, and by whom."""

from collections.abc import Callable

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import ValidationException
from litestar.params import FromPath
from sqlalchemy import Connection

from dashboard.access.permissions import require_anywhere
from dashboard.core.clock import now
from dashboard.core.errors import DashboardError
from dashboard.desk import failures
from dashboard.web.kit import forms
from dashboard.web.kit.page import Desk

HERE = "/ops/failures"
SHOWN = 100  # groups


@get("/ops/failures", name="failures.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_anywhere(desk.operator, "see_attempts")
    client_id = desk.app.client_id if desk.app else None
    state = desk.query.get("state", "")
    if state not in ("", failures.ANY_WAITING, *failures.STATES):
        raise ValidationException
    groups = await desk.database.read(failures.listed, desk.operator, client_id, state or None, now=now(), most=SHOWN)
    return desk.page(
        "failures/index.html",
        block="list",
        groups=groups,
        state=state,
        states=failures.STATES,
        most=SHOWN,
    )


@get("/ops/failures/{group_id:int}", name="failures.show")
async def show(desk: NamedDependency[Desk], group_id: FromPath[int]) -> Response[str]:
    return await _show(desk, group_id)


@post("/ops/failures/{group_id:int}/acknowledge", name="failures.acknowledge")
async def acknowledge(desk: NamedDependency[Desk], group_id: FromPath[int]) -> Response[str]:
    await desk.database.write(failures.acknowledge, desk.operator, group_id, now())
    return desk.done(f"{HERE}/{group_id}", "Acknowledged: it is yours.")


@post("/ops/failures/{group_id:int}/resolve", name="failures.resolve")
async def resolve(desk: NamedDependency[Desk], group_id: FromPath[int]) -> Response[str]:
    await desk.database.write(failures.resolve, desk.operator, group_id, now())
    return desk.done(f"{HERE}/{group_id}", "Resolved. It comes back as regressed if it fails again.")


@post("/ops/failures/{group_id:int}/reopen", name="failures.reopen")
async def reopen(desk: NamedDependency[Desk], group_id: FromPath[int]) -> Response[str]:
    await desk.database.write(failures.reopen, desk.operator, group_id, now())
    return desk.done(f"{HERE}/{group_id}", "Open again.")


@post("/ops/failures/{group_id:int}/assign", name="failures.assign")
async def assign(desk: NamedDependency[Desk], group_id: FromPath[int]) -> Response[str]:
    assignee = forms.line((await desk.form()).get("assignee"), 254) or None
    return await _try(desk, group_id, lambda db: failures.assign(db, desk.operator, group_id, assignee))


@post("/ops/failures/{group_id:int}/mute", name="failures.mute")
async def mute(desk: NamedDependency[Desk], group_id: FromPath[int]) -> Response[str]:
    sent = await desk.form()
    days = _number(sent.get("days"))
    rate = _number(sent["rate"]) if sent.get("rate", "").strip() else None
    return await _try(
        desk, group_id, lambda db: failures.mute(db, desk.operator, group_id, now(), days=days, rate=rate)
    )


async def _try(desk: Desk, group_id: int, change: Callable[[Connection], None]) -> Response[str]:
    """Make a change that the form may have asked for wrongly: then the page says what is wrong."""
    try:
        await desk.database.write(change)
    except DashboardError as error:
        return await _show(desk, group_id, status=422, wrong=f"{error.sentence} {error.next_step}")
    return desk.done(f"{HERE}/{group_id}", "Saved.")


async def _show(desk: Desk, group_id: int, *, status: int = 200, wrong: str = "") -> Response[str]:
    page = await desk.database.read(failures.page, desk.operator, group_id, now())
    return desk.page("failures/show.html", status=status, page=page, wrong=wrong)


def _number(text: str | None) -> int:
    """A number of a form; 0, which no field takes, if it is not one."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0
