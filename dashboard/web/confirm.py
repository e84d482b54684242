"""`/ops/confirm`: the password or a code once more, before something dangerous."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency

from dashboard.access import operators, sessions
from dashboard.core.clock import now
from dashboard.web.kit import cookies, identify
from dashboard.web.kit.page import Desk, retry_after


@get("/ops/confirm", name="confirm.show")
async def show(desk: NamedDependency[Desk]) -> Response[str]:
    return await _form(desk, identify.next_path(desk.query.get("next")))


@post("/ops/confirm", name="confirm.prove")
async def prove(desk: NamedDependency[Desk]) -> Response[str]:
    sent = await desk.form()
    wanted = identify.next_path(sent.get("next"))
    proof = await desk.service.doorkeeper.again(desk.operator, sent.get("password", ""), sent.get("code", ""))
    if proof.wait:
        return await _form(desk, wanted, 429, wait=proof.wait, headers=retry_after(proof.wait))
    if proof.wait is None:
        return await _form(desk, wanted, 401, error="That was not right. Please try again.")
    token = await desk.database.write(sessions.renew, desk.session.digest, now())
    answer = desk.done(wanted, "Thank you. For ten minutes you will not be asked again.")
    return cookies.with_session(desk.settings, answer, token)


async def _form(
    desk: Desk,
    wanted: str,
    status: int = 200,
    *,
    error: str | None = None,
    wait: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    account = await desk.database.read(operators.get, desk.operator.id or 0)
    return desk.page(
        "confirm/show.html",
        status=status,
        headers=headers,
        wanted=wanted,
        asks_code=bool(account.totp_secret),
        error=error,
        wait=wait,
    )
