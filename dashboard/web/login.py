"""`/ops/login`: the password, then the one-time code where it is on."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from dashboard.access.signin import Doorkeeper, Result
from dashboard.core.config import Settings
from dashboard.web.kit import forms, identify, page, security
from dashboard.web.kit.request import Request

WRONG = "The e-mail address and the password do not belong together."
WRONG_CODE = "This code is not the one, or was used already."


@get("/ops/login", name="login.show", opt={"public": True})
async def show(request: Request) -> Response[str]:
    wanted = identify.next_path(security.query(request).get("next"))
    if request.scope["user"]:
        return identify.see_other(wanted)
    return _form(request, wanted)


@post("/ops/login", name="login.sign_in", opt={"public": True})
async def sign_in(
    request: Request, settings: NamedDependency[Settings], doorkeeper: NamedDependency[Doorkeeper]
) -> Response[str]:
    sent = await forms.fields(request)
    wanted = identify.next_path(sent.get("next") or security.query(request).get("next"))
    email = sent.get("email", "")
    result = await doorkeeper.with_password(email, sent.get("password", ""), identify.caller(request, settings))
    if result.ticket:
        answer = identify.see_other(f"/ops/login/code?next={identify.quoted(wanted)}")
        answer.set_cookie(identify.cookie(settings, identify.ticket_name(settings), result.ticket, 300))
        return answer
    return _in(settings, result, wanted) or _form(request, wanted, email=email, **_refusal(result, WRONG))


@get("/ops/login/code", name="login.ask_code", opt={"public": True})
async def ask_code(
    request: Request, settings: NamedDependency[Settings], doorkeeper: NamedDependency[Doorkeeper]
) -> Response[str]:
    wanted = identify.next_path(security.query(request).get("next"))
    if await doorkeeper.of_ticket(_ticket(request, settings)) is None:
        return identify.see_other(f"/ops/login?next={identify.quoted(wanted)}")
    return _code_form(request, wanted)


@post("/ops/login/code", name="login.check_code", opt={"public": True})
async def check_code(
    request: Request, settings: NamedDependency[Settings], doorkeeper: NamedDependency[Doorkeeper]
) -> Response[str]:
    sent = await forms.fields(request)
    wanted = identify.next_path(sent.get("next"))
    ticket = _ticket(request, settings)
    result = await doorkeeper.with_code(ticket, sent.get("code", ""), identify.caller(request, settings))
    return _in(settings, result, wanted) or _code_form(request, wanted, **_refusal(result, WRONG_CODE))


def _in(settings: Settings, result: Result, wanted: str) -> Response[str] | None:
    if not result.token:
        return None
    answer = identify.see_other(wanted)
    answer.set_cookie(identify.session_cookie(settings, result.token))
    answer.set_cookie(identify.cookie(settings, identify.ticket_name(settings), "", 0))
    return answer


def _refusal(result: Result, wrong: str) -> dict[str, Any]:
    if result.wait is None:
        return {"status": 401, "error": wrong}
    return {"status": 429, "wait": result.wait, "headers": identify.retry_after(result.wait)}


def _ticket(request: Request, settings: Settings) -> str:
    values = security.cookie_values(request.headers.getall("cookie", []), identify.ticket_name(settings))
    return values[0] if values else ""


def _form(request: Request, wanted: str, **more: Any) -> Response[str]:
    context: dict[str, Any] = {"wanted": wanted, "email": "", "error": None, "wait": None, **more}
    return page.page(request, "login/show.html", **context)


def _code_form(request: Request, wanted: str, **more: Any) -> Response[str]:
    context: dict[str, Any] = {"wanted": wanted, "error": None, "wait": None, **more}
    return page.page(request, "login/code.html", **context)
