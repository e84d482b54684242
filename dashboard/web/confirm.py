"""`/ops/confirm`: the password or a code once more, before something dangerous."""

from collections.abc import Mapping

from litestar import MediaType, Response, get, post
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
    act = desk.pending
    token = await desk.database.write(sessions.renew, desk.session.digest, now())
    answer = desk.done(wanted, "Thank you. For ten minutes you will not be asked again.")
    if act and act.path == sent.get("act"):
        answer = _again(act.path)
    answer.set_cookie(cookies.gone(desk.settings, cookies.pending_name(desk.settings)))
    return cookies.with_session(desk.settings, answer, token)


def _again(path: str) -> Response[str]:
    """The browser sends this form once more, there: it holds every field of the one that waits (RFC 9110 §15.4.8)."""
    return Response("", status_code=307, headers={"Location": path}, media_type=MediaType.TEXT)


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
        pending=desk.pending,
        asks_code=bool(account.totp_secret),
        error=error,
        wait=wait,
    )
