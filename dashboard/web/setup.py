"""`/ops/setup/{token}`: sets a password by a one-time link, and signs in. Opening it spends nothing."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access import operators, passwords, setup_links
from dashboard.web.kit import cookies
from dashboard.web.kit.letting_in import let_in
from dashboard.web.kit.page import Desk, see_other


@get("/ops/setup/{token:str}", name="setup.show", opt={"public": True})
async def show(desk: NamedDependency[Desk], token: FromPath[str]) -> Response[str]:
    account = await desk.database.read(setup_links.account_of, token)
    return _form(desk, account.email)


@post("/ops/setup/{token:str}", name="setup.set_password", opt={"public": True})
async def set_password(desk: NamedDependency[Desk], token: FromPath[str]) -> Response[str]:
    account = await desk.database.read(setup_links.account_of, token)
    sent = await desk.form()
    objection = passwords.objection(sent.get("password", ""), sent.get("repeated", ""), account.email)
    if objection:
        return _form(desk, account.email, objection)
    password_hash = await passwords.slowly(passwords.hashed, sent["password"])
    await desk.database.write(operators.use_link, token, password_hash, desk.caller.traits["ip_prefix"])
    said = "Your password is set."
    result = await desk.service.doorkeeper.with_link(account.id, desk.caller)
    answer = let_in(desk, result, "/ops") or see_other("/ops/login")
    answer.set_cookie(cookies.flash(desk.settings, f"{said} You are signed in." if result.token else said))
    return answer


def _form(desk: Desk, email: str, objection: str | None = None) -> Response[str]:
    return desk.page("setup/show.html", status=422 if objection else 200, email=email, objection=objection)
