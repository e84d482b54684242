"""`/ops/setup/{token}`: sets a password by a one-time link. Opening it spends nothing."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from dashboard.access import operators, passwords
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.web.kit import forms, identify, page
from dashboard.web.kit.request import Request


@get("/ops/setup/{token:str}", name="setup.show", opt={"public": True})
async def show(request: Request, database: NamedDependency[Database], token: FromPath[str]) -> Response[str]:
    account = await database.read(operators.of_link, token)
    return _form(request, account.email)


@post("/ops/setup/{token:str}", name="setup.set_password", opt={"public": True})
async def set_password(
    request: Request, database: NamedDependency[Database], settings: NamedDependency[Settings], token: FromPath[str]
) -> Response[str]:
    account = await database.read(operators.of_link, token)
    sent = await forms.fields(request)
    objection = passwords.objection(sent.get("password", ""), sent.get("repeated", ""), account.email)
    if objection:
        return _form(request, account.email, objection)
    password_hash = await passwords.slowly(passwords.hashed, sent["password"])
    network = identify.caller(request, settings).traits["ip_prefix"]
    await database.write(operators.use_link, token, password_hash, network)
    return page.say(request, identify.see_other("/ops/login"), "Your password is set. Sign in with it.")


def _form(request: Request, email: str, objection: str | None = None) -> Response[str]:
    status = 422 if objection else 200
    return page.page(request, "setup/show.html", status=status, email=email, objection=objection)
