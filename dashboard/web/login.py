"""`/ops/login`: the password, then the one-time code where it is on."""

from dataclasses import dataclass

from litestar import Response, get, post
from litestar.di import NamedDependency

from dashboard.access.signin import Result
from dashboard.web.kit import cookies, identify
from dashboard.web.kit.letting_in import let_in
from dashboard.web.kit.page import Desk, retry_after, see_other

WRONG = "The e-mail address and the password do not belong together."
WRONG_CODE = "This code is wrong, or was used already."


@get("/ops/login", name="login.show", opt={"public": True})
async def show(desk: NamedDependency[Desk]) -> Response[str]:
    wanted = identify.next_path(desk.query.get("next"))
    if desk.request.scope["user"]:
        return see_other(wanted)
    return _form(desk, wanted)


@post("/ops/login", name="login.sign_in", opt={"public": True})
async def sign_in(desk: NamedDependency[Desk]) -> Response[str]:
    sent = await desk.form()
    wanted = identify.next_path(sent.get("next") or desk.query.get("next"))
    email = sent.get("email", "")
    result = await desk.service.doorkeeper.with_password(email, sent.get("password", ""), desk.caller)
    return let_in(desk, result, wanted) or _form(desk, wanted, email, refused=result)


@get("/ops/login/code", name="login.ask_code", opt={"public": True})
async def ask_code(desk: NamedDependency[Desk]) -> Response[str]:
    wanted = identify.next_path(desk.query.get("next"))
    if await desk.service.doorkeeper.of_ticket(_ticket(desk)) is None:
        return see_other(f"/ops/login?next={identify.quoted(wanted)}")
    return _code_form(desk, wanted)


@post("/ops/login/code", name="login.check_code", opt={"public": True})
async def check_code(desk: NamedDependency[Desk]) -> Response[str]:
    sent = await desk.form()
    wanted = identify.next_path(sent.get("next"))
    result = await desk.service.doorkeeper.with_code(_ticket(desk), sent.get("code", ""), desk.caller)
    return let_in(desk, result, wanted) or _code_form(desk, wanted, refused=result)


def _ticket(desk: Desk) -> str:
    sent = cookies.values(desk.request.headers.getall("cookie", []), cookies.ticket_name(desk.settings))
    return sent[0] if sent else ""


def _form(desk: Desk, wanted: str, email: str = "", refused: Result | None = None) -> Response[str]:
    return _page(desk, "login/show.html", wanted, email, _refusal(refused, WRONG))


def _code_form(desk: Desk, wanted: str, refused: Result | None = None) -> Response[str]:
    return _page(desk, "login/code.html", wanted, "", _refusal(refused, WRONG_CODE))


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form is shown again: what was wrong with a try, or how long to wait (ms) before the next one."""

    status: int = 200
    error: str | None = None
    wait: int | None = None


def _refusal(result: Result | None, wrong: str) -> Refusal:
    if result is None:
        return Refusal()
    return Refusal(401, error=wrong) if result.wait is None else Refusal(429, wait=result.wait)


def _page(desk: Desk, template: str, wanted: str, email: str, refusal: Refusal) -> Response[str]:
    return desk.page(
        template,
        status=refusal.status,
        headers=retry_after(refusal.wait) if refusal.wait else None,
        wanted=wanted,
        email=email,
        error=refusal.error,
        wait=refusal.wait,
    )
