"""`/ops/setup/{token}`: sets a password by a one-time link. Opening it spends nothing."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access import operators, passwords
from dashboard.web.kit.page import Desk


@get("/ops/setup/{token:str}", name="setup.show", opt={"public": True})
async def show(desk: NamedDependency[Desk], token: FromPath[str]) -> Response[str]:
    account = await desk.database.read(operators.of_link, token)
    return _form(desk, account.email)


@post("/ops/setup/{token:str}", name="setup.set_password", opt={"public": True})
async def set_password(desk: NamedDependency[Desk], token: FromPath[str]) -> Response[str]:
    account = await desk.database.read(operators.of_link, token)
    sent = await desk.form()
    objection = passwords.objection(sent.get("password", ""), sent.get("repeated", ""), account.email)
    if objection:
        return _form(desk, account.email, objection)
    password_hash = await passwords.slowly(passwords.hashed, sent["password"])
    await desk.database.write(operators.use_link, token, password_hash, desk.caller.traits["ip_prefix"])
    return desk.done("/ops/login", "Your password is set. Sign in with it.")


def _form(desk: Desk, email: str, objection: str | None = None) -> Response[str]:
    return desk.page("setup/show.html", status=422 if objection else 200, email=email, objection=objection)
