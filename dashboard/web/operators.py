"""`/ops/operators`: who may sign in, and what each may do. For owners of the deployment."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access import operators
from dashboard.access.permissions import ROLES, require_owner
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.web.kit import forms
from dashboard.web.kit.page import Desk

HERE = "/ops/operators"


@get("/ops/operators", name="operators.index")
async def index(desk: NamedDependency[Desk]) -> Response[str]:
    require_owner(desk.operator, "operators")
    return await _index(desk)


@post("/ops/operators", name="operators.invite")
async def invite(desk: NamedDependency[Desk]) -> Response[str]:
    require_owner(desk.operator, "operator.add")
    await desk.require_recent(HERE)
    sent = await desk.form()
    try:
        token = await desk.database.write(operators.invite, desk.operator, sent.get("email", ""), _grants(sent))
    except DashboardError as error:
        return await _index(desk, 422, wrong=error.sentence, email=forms.line(sent.get("email")))
    return _link(desk, operators.normal_email(sent["email"]), token, new=True)


@get("/ops/operators/{operator_id:int}", name="operators.show")
async def show(desk: NamedDependency[Desk], operator_id: FromPath[int]) -> Response[str]:
    require_owner(desk.operator, "operators", "operator", operator_id)
    return await _show(desk, operator_id)


@post("/ops/operators/{operator_id:int}/role", name="operators.set_role")
async def set_role(desk: NamedDependency[Desk], operator_id: FromPath[int]) -> Response[str]:
    await _require(desk, "operator.role", operator_id)
    sent = await desk.form()
    app_id, role = _number(sent.get("app", "")), sent.get("role") or None
    if role not in (*ROLES, None):
        return await _show(desk, operator_id, 422, wrong="There is no such role.")
    await desk.database.write(operators.set_role, desk.operator, operator_id, app_id, role)
    return desk.done(f"{HERE}/{operator_id}", "The role is changed.")


@post("/ops/operators/{operator_id:int}/owner", name="operators.set_owner")
async def set_owner(desk: NamedDependency[Desk], operator_id: FromPath[int]) -> Response[str]:
    await _require(desk, "operator.owner", operator_id)
    owner = (await desk.form()).get("owner") == "on"
    try:
        await desk.database.write(operators.set_owner, desk.operator, operator_id, owner=owner)
    except DashboardError as error:
        return await _show(desk, operator_id, 422, wrong=f"{error.sentence} {error.next_step}")
    return desk.done(f"{HERE}/{operator_id}", "Now an owner." if owner else "No longer an owner.")


@post("/ops/operators/{operator_id:int}/disable", name="operators.disable")
async def disable(desk: NamedDependency[Desk], operator_id: FromPath[int]) -> Response[str]:
    await _require(desk, "operator.disable", operator_id)
    try:
        await desk.database.write(operators.disable, desk.operator, operator_id)
    except DashboardError as error:
        return await _show(desk, operator_id, 422, wrong=f"{error.sentence} {error.next_step}")
    return desk.done(f"{HERE}/{operator_id}", "Disabled. Every session has ended.")


@post("/ops/operators/{operator_id:int}/reset", name="operators.reset")
async def reset(desk: NamedDependency[Desk], operator_id: FromPath[int]) -> Response[str]:
    await _require(desk, "operator.reset", operator_id)
    factor_too = (await desk.form()).get("second_factor") == "on"
    token = await desk.database.write(operators.reset, desk.operator, operator_id, second_factor=factor_too)
    account = await desk.database.read(operators.get, operator_id)
    return _link(desk, account.email, token, new=False)


async def _require(desk: Desk, act: str, operator_id: int) -> None:
    """Only an owner who has just given a password or code may change an operator."""
    require_owner(desk.operator, act, "operator", operator_id)
    await desk.require_recent(f"{HERE}/{operator_id}")


async def _index(desk: Desk, status: int = 200, wrong: str = "", email: str = "") -> Response[str]:
    return desk.page(
        "operators/index.html",
        status=status,
        accounts=await desk.database.read(operators.every),
        roles=await desk.database.read(operators.roles),
        status_of=operators.status,
        choices=ROLES,
        wrong=wrong,
        email=email,
    )


async def _show(desk: Desk, operator_id: int, status: int = 200, wrong: str = "") -> Response[str]:
    account = await desk.database.read(operators.get, operator_id)
    roles = (await desk.database.read(operators.roles)).get(operator_id, [])
    return desk.page(
        "operators/show.html",
        status=status,
        account=account,
        held={held.app_id: held.role for held in roles},
        choices=ROLES,
        status_of=operators.status,
        wrong=wrong,
    )


def _link(desk: Desk, email: str | None, token: str, *, new: bool) -> Response[str]:
    """The page that shows a one-time link, once."""
    address = f"{desk.settings.public_url}/ops/setup/{token}"
    return desk.page("operators/link.html", email=email, address=address, new=new, back=None)


def _grants(sent: dict[str, str]) -> operators.Grants:
    app_id = _number(sent["app"]) if sent.get("app") else None
    return operators.Grants(owner=sent.get("owner") == "on", app_id=app_id, role=sent.get("role") or None)


def _number(text: str) -> int:
    """An id of a form. Raises NotFoundError if it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise NotFoundError
    return int(text)
