"""`/ops/me`: one's own password, one-time codes and sessions."""

from collections.abc import Mapping

from litestar import Response, get, post
from litestar.di import NamedDependency

from dashboard.access import me, operators, passwords, second_factor, sessions
from dashboard.access.signin import Result
from dashboard.core.clock import now
from dashboard.web.kit import cookies
from dashboard.web.kit.page import Desk, retry_after, see_other

HERE = "/ops/me"
WRONG_CODE = "This code is wrong, or was used already. A recovery code is good, too."


@get("/ops/me", name="me.show")
async def show(desk: NamedDependency[Desk]) -> Response[str]:
    return await _page(desk)


@post("/ops/me/password", name="me.change_password")
async def change_password(desk: NamedDependency[Desk]) -> Response[str]:
    sent = await desk.form()
    objection = passwords.objection(sent.get("password", ""), sent.get("repeated", ""), desk.operator.email)
    if objection:
        return await _page(desk, 422, wrong={"password": objection})
    proof = await desk.service.doorkeeper.again(desk.operator, sent.get("current", ""), "")
    if proof.wait != 0:
        return await _refused(desk, proof, "current", "This is not your password.")
    password_hash = await passwords.slowly(passwords.hashed, sent["password"])
    token = await desk.database.write(me.change_password, desk.session, password_hash, now())
    answer = desk.done(HERE, "Your password is changed. All other sessions have ended.")
    return cookies.with_session(desk.settings, answer, token)


@post("/ops/me/codes/offer", name="me.offer_codes")
async def offer_codes(desk: NamedDependency[Desk]) -> Response[str]:
    await desk.require_recent(HERE)
    await desk.database.write(me.offer_factor, desk.operator, desk.service.doorkeeper.factor_keys)
    return see_other(f"{HERE}#codes")


@post("/ops/me/codes/withdraw", name="me.withdraw_codes")
async def withdraw_codes(desk: NamedDependency[Desk]) -> Response[str]:
    await desk.database.write(me.withdraw_factor, desk.operator)
    return see_other(HERE)


@post("/ops/me/codes/on", name="me.turn_codes_on")
async def turn_codes_on(desk: NamedDependency[Desk]) -> Response[str]:
    await desk.require_recent(HERE)
    code = (await desk.form()).get("code", "")
    keys = desk.service.doorkeeper.factor_keys
    done = await desk.database.write(me.turn_factor_on, desk.session, keys, code, now())
    if done is None:
        return await _page(desk, 422, wrong={"code": "This code is not right. Is the clock of your phone?"})
    token, codes = done
    return cookies.with_session(desk.settings, desk.page("me/codes.html", codes=codes), token)


@post("/ops/me/codes/off", name="me.turn_codes_off")
async def turn_codes_off(desk: NamedDependency[Desk]) -> Response[str]:
    code = (await desk.form()).get("code", "")
    account = await desk.database.read(operators.get, me.own_id(desk.operator))
    if not account.totp_secret:  # the form was sent twice: no guess
        return desk.done(HERE, "One-time codes are off.")
    proof = await desk.service.doorkeeper.again(desk.operator, "", code)
    if proof.wait != 0:
        return await _refused(desk, proof, "code", WRONG_CODE)
    token = await desk.database.write(me.turn_factor_off, desk.session, now())
    return cookies.with_session(desk.settings, desk.done(HERE, "One-time codes are off."), token)


@post("/ops/me/codes/recovery", name="me.new_recovery_codes")
async def new_recovery_codes(desk: NamedDependency[Desk]) -> Response[str]:
    await desk.require_recent(HERE)
    codes = await desk.database.write(me.new_recovery_codes, desk.operator)
    return desk.page("me/codes.html", codes=codes)


@post("/ops/me/sessions/end", name="me.end_session")
async def end_session(desk: NamedDependency[Desk]) -> Response[str]:
    session = (await desk.form()).get("session", "")
    await desk.database.write(me.end_session, desk.operator, session)
    return desk.done(HERE, "That session has ended.")


@post("/ops/me/sessions/end-others", name="me.end_other_sessions")
async def end_other_sessions(desk: NamedDependency[Desk]) -> Response[str]:
    await desk.database.write(me.end_other_sessions, desk.session)
    return desk.done(HERE, "All other sessions have ended.")


async def _refused(desk: Desk, proof: Result, field: str, wrong: str) -> Response[str]:
    """The page with what was wrong with a password or code beside its field, or how long to wait."""
    if proof.wait is None:
        return await _page(desk, 422, wrong={field: wrong})
    wait = {field: "Too many tries. Please wait a while."}
    return await _page(desk, 429, wrong=wait, headers=retry_after(proof.wait))


async def _page(
    desk: Desk,
    status: int = 200,
    wrong: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """The page; `wrong` says by field what was wrong with the form that was sent."""
    operator_id = me.own_id(desk.operator)
    account = await desk.database.read(operators.get, operator_id)
    offered = me.offered_secret(desk.service.doorkeeper.factor_keys, account)
    return desk.page(
        "me/show.html",
        status=status,
        headers=headers,
        account=account,
        offered=offered,
        offered_address=second_factor.address(offered, account.email) if offered else None,
        recovery_left=await desk.database.read(me.recovery_codes_left, desk.operator),
        sessions=await desk.database.read(sessions.of, operator_id, now()),
        this_session=desk.session.digest,
        wrong=wrong or {},
    )
