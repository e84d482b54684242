"""`/ops/me`: my profile, password, second factor, and the browsers I am signed in with."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from dashboard.access import me, operators, passwords, second_factor, sessions
from dashboard.access.signin import Doorkeeper
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.web.kit import forms, identify, page
from dashboard.web.kit.request import Request

HERE = "/ops/me"


@get("/ops/me", name="me.show")
async def show(
    request: Request, database: NamedDependency[Database], doorkeeper: NamedDependency[Doorkeeper]
) -> Response[str]:
    return await _page(request, database, doorkeeper)


@post("/ops/me/password", name="me.change_password")
async def change_password(
    request: Request,
    database: NamedDependency[Database],
    doorkeeper: NamedDependency[Doorkeeper],
    settings: NamedDependency[Settings],
) -> Response[str]:
    sent, session = await forms.fields(request), identify.session_of(request)
    objection = passwords.objection(sent.get("password", ""), sent.get("repeated", ""), session.operator.email)
    if objection:
        return await _page(request, database, doorkeeper, 422, wrong={"password": objection})
    said = await doorkeeper.again(session.operator, sent.get("current", ""), "", identify.caller(request, settings))
    if said.wait:
        wrong = {"current": "Too many tries. Please wait a while."}
        return await _page(request, database, doorkeeper, 429, wrong=wrong, headers=identify.retry_after(said.wait))
    if said.wait is None:
        wrong = {"current": "This is not your password."}
        return await _page(request, database, doorkeeper, 422, wrong=wrong)
    password_hash = await passwords.slowly(passwords.hashed, sent["password"])
    token = await database.write(me.change_password, session, password_hash, now())
    answer = page.say(request, identify.see_other(HERE), "Your password is changed. All other sessions have ended.")
    return identify.with_session(settings, answer, token)


@post("/ops/me/codes/offer", name="me.offer_codes")
async def offer_codes(
    request: Request, database: NamedDependency[Database], doorkeeper: NamedDependency[Doorkeeper]
) -> Response[str]:
    identify.require_recent(request, HERE)
    await database.write(me.offer_factor, identify.operator_of(request), doorkeeper.factor_keys)
    return identify.see_other(f"{HERE}#codes")


@post("/ops/me/codes/withdraw", name="me.withdraw_codes")
async def withdraw_codes(request: Request, database: NamedDependency[Database]) -> Response[str]:
    await database.write(me.withdraw_factor, identify.operator_of(request))
    return identify.see_other(HERE)


@post("/ops/me/codes/on", name="me.turn_codes_on")
async def turn_codes_on(
    request: Request,
    database: NamedDependency[Database],
    doorkeeper: NamedDependency[Doorkeeper],
    settings: NamedDependency[Settings],
) -> Response[str]:
    identify.require_recent(request, HERE)
    code = (await forms.fields(request)).get("code", "")
    done = await database.write(me.turn_factor_on, identify.session_of(request), doorkeeper.factor_keys, code, now())
    if done is None:
        wrong = {"code": "This code does not fit. Is the clock of your phone right?"}
        return await _page(request, database, doorkeeper, 422, wrong=wrong)
    token, codes = done
    return identify.with_session(settings, page.page(request, "me/codes.html", codes=codes), token)


@post("/ops/me/codes/off", name="me.turn_codes_off")
async def turn_codes_off(
    request: Request, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[str]:
    identify.require_recent(request, HERE)
    token = await database.write(me.turn_factor_off, identify.session_of(request), now())
    answer = page.say(request, identify.see_other(HERE), "One-time codes are off.")
    return identify.with_session(settings, answer, token)


@post("/ops/me/codes/recovery", name="me.new_recovery_codes")
async def new_recovery_codes(request: Request, database: NamedDependency[Database]) -> Response[str]:
    identify.require_recent(request, HERE)
    codes = await database.write(me.new_recovery_codes, identify.operator_of(request))
    return page.page(request, "me/codes.html", codes=codes)


@post("/ops/me/sessions/end", name="me.end_session")
async def end_session(request: Request, database: NamedDependency[Database]) -> Response[str]:
    session = (await forms.fields(request)).get("session", "")
    await database.write(me.end_session, identify.operator_of(request), session)
    return page.say(request, identify.see_other(HERE), "That session has ended.")


@post("/ops/me/sessions/end-others", name="me.end_other_sessions")
async def end_other_sessions(request: Request, database: NamedDependency[Database]) -> Response[str]:
    await database.write(me.end_other_sessions, identify.session_of(request))
    return page.say(request, identify.see_other(HERE), "All other sessions have ended.")


async def _page(
    request: Request, database: Database, doorkeeper: Doorkeeper, status: int = 200, **more: Any
) -> Response[str]:
    session = identify.session_of(request)
    operator_id = me.own_id(session.operator)
    account = await database.read(operators.get, operator_id)
    offered = account.totp_offered and second_factor.unseal(doorkeeper.factor_keys, operator_id, account.totp_offered)
    context = {
        "account": account,
        "offered": offered,
        "offered_address": second_factor.address(offered, account.email) if offered else None,
        "recovery_left": await database.read(me.recovery_codes_left, session.operator),
        "sessions": await database.read(sessions.of, operator_id, now()),
        "this_session": session.digest,
        "wrong": {},
        **more,
    }
    return page.page(request, "me/show.html", status=status, **context)
