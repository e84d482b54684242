"""`/ops/confirm`: the password or a code once more, before something dangerous."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from dashboard.access import operators, sessions
from dashboard.access.signin import Doorkeeper
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.web.kit import forms, identify, page, security
from dashboard.web.kit.request import Request


@get("/ops/confirm", name="confirm.show")
async def show(request: Request, database: NamedDependency[Database]) -> Response[str]:
    return await _form(request, database, identify.next_path(security.query(request).get("next")))


@post("/ops/confirm", name="confirm.prove")
async def prove(
    request: Request,
    database: NamedDependency[Database],
    doorkeeper: NamedDependency[Doorkeeper],
    settings: NamedDependency[Settings],
) -> Response[str]:
    sent, session = await forms.fields(request), identify.session_of(request)
    wanted = identify.next_path(sent.get("next"))
    said = await doorkeeper.again(
        session.operator, sent.get("password", ""), sent.get("code", ""), identify.caller(request, settings)
    )
    if said.wait:
        return await _form(request, database, wanted, 429, wait=said.wait, headers=identify.retry_after(said.wait))
    if said.wait is None:
        return await _form(request, database, wanted, 401, error="That is not it. Please try again.")
    token = await database.write(sessions.renew, session.digest, now())
    answer = page.say(request, identify.see_other(wanted), "Thank you. For ten minutes you will not be asked again.")
    return identify.with_session(settings, answer, token)


async def _form(request: Request, database: Database, wanted: str, status: int = 200, **more: Any) -> Response[str]:
    account = await database.read(operators.get, identify.operator_of(request).id or 0)
    context: dict[str, Any] = {
        "wanted": wanted,
        "asks_code": bool(account.totp_secret),
        "error": None,
        "wait": None,
        **more,
    }
    return page.page(request, "confirm/show.html", status=status, **context)
