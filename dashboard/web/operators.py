"""`/ops/operators`: who may sign in, and what each may do. For owners of the deployment."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access import operators
from dashboard.access.permissions import ROLES, Operator, require_owner
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.web.kit import forms, identify, page
from dashboard.web.kit.request import Request

HERE = "/ops/operators"


@get("/ops/operators", name="operators.index")
async def index(
    request: Request, database: NamedDependency[Database], operator: NamedDependency[Operator]
) -> Response[str]:
    require_owner(operator, "operators")
    return await _index(request, database)


@post("/ops/operators", name="operators.invite")
async def invite(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    settings: NamedDependency[Settings],
) -> Response[str]:
    require_owner(operator, "operator.add")
    identify.require_recent(request, HERE)
    sent = await forms.fields(request)
    try:
        token = await database.write(operators.invite, operator, sent.get("email", ""), _grants(sent))
    except DashboardError as error:
        return await _index(request, database, 422, wrong=error.sentence, email=forms.line(sent.get("email")))
    email = operators.normal_email(sent["email"])
    return page.page(request, "operators/link.html", email=email, address=_address(settings, token), new=True)


@get("/ops/operators/{operator_id:int}", name="operators.show")
async def show(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    operator_id: FromPath[int],
) -> Response[str]:
    require_owner(operator, "operators", "operator", operator_id)
    return await _show(request, database, operator_id)


@post("/ops/operators/{operator_id:int}/role", name="operators.set_role")
async def set_role(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    operator_id: FromPath[int],
) -> Response[str]:
    require_owner(operator, "operator.role", "operator", operator_id)
    identify.require_recent(request, f"{HERE}/{operator_id}")
    sent = await forms.fields(request)
    app_id, role = _number(sent.get("app", "")), sent.get("role") or None
    if role not in (*ROLES, None):
        return await _show(request, database, operator_id, 422, wrong="There is no such role.")
    await database.write(operators.set_role, operator, operator_id, app_id, role)
    return page.say(request, identify.see_other(f"{HERE}/{operator_id}"), "The role is changed.")


@post("/ops/operators/{operator_id:int}/owner", name="operators.set_owner")
async def set_owner(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    operator_id: FromPath[int],
) -> Response[str]:
    require_owner(operator, "operator.owner", "operator", operator_id)
    identify.require_recent(request, f"{HERE}/{operator_id}")
    owner = (await forms.fields(request)).get("owner") == "on"
    try:
        await database.write(operators.set_owner, operator, operator_id, owner=owner)
    except DashboardError as error:
        return await _show(request, database, operator_id, 422, wrong=f"{error.sentence} {error.next_step}")
    return page.say(request, identify.see_other(f"{HERE}/{operator_id}"), "Now an owner." if owner else "No owner now.")


@post("/ops/operators/{operator_id:int}/disable", name="operators.disable")
async def disable(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    operator_id: FromPath[int],
) -> Response[str]:
    require_owner(operator, "operator.disable", "operator", operator_id)
    identify.require_recent(request, f"{HERE}/{operator_id}")
    try:
        await database.write(operators.disable, operator, operator_id)
    except DashboardError as error:
        return await _show(request, database, operator_id, 422, wrong=f"{error.sentence} {error.next_step}")
    return page.say(request, identify.see_other(f"{HERE}/{operator_id}"), "Disabled. Every session has ended.")


@post("/ops/operators/{operator_id:int}/reset", name="operators.reset")
async def reset(
    request: Request,
    database: NamedDependency[Database],
    operator: NamedDependency[Operator],
    operator_id: FromPath[int],
) -> Response[str]:
    require_owner(operator, "operator.reset", "operator", operator_id)
    identify.require_recent(request, f"{HERE}/{operator_id}")
    factor_too = (await forms.fields(request)).get("second_factor") == "on"
    token = await database.write(operators.reset, operator, operator_id, second_factor=factor_too)
    account = await database.read(operators.get, operator_id)
    address = _address(request.app.state.settings, token)
    return page.page(request, "operators/link.html", email=account.email, address=address, new=False)


async def _index(request: Request, database: Database, status: int = 200, **more: Any) -> Response[str]:
    context = {
        "accounts": await database.read(operators.every),
        "roles": await database.read(operators.roles),
        "status_of": operators.status,
        "choices": ROLES,
        "wrong": "",
        "email": "",
        **more,
    }
    return page.page(request, "operators/index.html", status=status, **context)


async def _show(
    request: Request, database: Database, operator_id: int, status: int = 200, wrong: str = ""
) -> Response[str]:
    account = await database.read(operators.get, operator_id)
    held = {row.app_id: row.role for row in (await database.read(operators.roles)).get(operator_id, [])}
    context: dict[str, Any] = {
        "account": account,
        "held": held,
        "choices": ROLES,
        "status_of": operators.status,
        "wrong": wrong,
    }
    return page.page(request, "operators/show.html", status=status, **context)


def _grants(sent: dict[str, str]) -> operators.Grants:
    app_id = _number(sent["app"]) if sent.get("app") else None
    return operators.Grants(owner=sent.get("owner") == "on", app_id=app_id, role=sent.get("role") or None)


def _number(text: str) -> int:
    """An id of a form. Raises NotFoundError where it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFoundError
    return int(text)


def _address(settings: Settings, token: str) -> str:
    return f"{settings.public_url}/ops/setup/{token}"
