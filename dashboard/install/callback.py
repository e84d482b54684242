"""The return from Slack: *finish* takes it to its outcome. No web framework here.

The conditions of `finish` stand in the order in which they answer; the first that applies does. Up to the spending of
the state nothing is final, and a later, better return replaces it. Sources: RFC 6749 §4.1 and §10.12, and
https://docs.slack.dev/authentication/installing-with-oauth.
"""

import dataclasses
from typing import Any

from sqlalchemy import Connection

from dashboard.apps.app import App
from dashboard.core.clock import now
from dashboard.core.crypto import Vault
from dashboard.core.text import clean
from dashboard.install import attempts, catalogue, visitor
from dashboard.install.context import InstallContext
from dashboard.install.exchange import Granted, exchange
from dashboard.install.outcome import Failure, Outcome, asked_for
from dashboard.install.returning import Return, fail, failure_of, final_outcome, stored, write
from dashboard.install.visitor import Visit
from dashboard.slack import store
from dashboard.slack.api import is_error_code


def is_underway(flow: InstallContext, app: App, request: Visit) -> bool:
    """Whether a return belongs to a start of this app, whoever brings it."""
    signed = flow.signer.read(request.query.get("state", ""))
    return signed is not None and signed.client_id == app.client_id


async def finish(flow: InstallContext, app: App, request: Visit) -> Outcome:
    """Take a return from Slack to its outcome. Raises nothing: whatever happens is an outcome with a reference."""
    signed = flow.signer.read(request.query.get("state", ""))
    if signed is None or signed.client_id != app.client_id:
        return _answer_stranger(flow, app, request)
    back = Return.of(flow, app, request, signed)
    try:
        return await _answer(back)
    except Exception as error:  # noqa: BLE001 - anything unforeseen is an outcome too
        return await fail(back, failure_of(back, error))


def _answer_stranger(flow: InstallContext, app: App, request: Visit) -> Outcome:
    """Answer a return without a state of ours (rows 1 to 3)."""
    if "error" in request.query:
        return _unverified(flow, app, request, _refusal(request))
    if not request.query.get("state"):
        return _unverified(flow, app, request, Failure("invalid_browser", 400, "no_state"))
    return _unverified(flow, app, request, Failure("invalid_state", 401, "state_unknown"))


def _unverified(flow: InstallContext, app: App, request: Visit, failure: Failure) -> Outcome:
    """Answer under a reference of its own, and keep a record of it behind the answer, within bounds."""
    at = now()
    row = attempts.unverified_columns(app.client_id, at)
    cookie = "other" if request.browser_secrets else "missing"
    columns = attempts.return_columns(visitor.traits(request, flow.hash_key), cookie, at)
    outcome = attempts.outcome_of(failure.code)
    flow.recorder.unverified({**row, **columns, **failure.columns(), "outcome": outcome}, request.address)
    return Outcome.of(failure, row["reference"], at)


async def _answer(back: Return) -> Outcome:
    """Answer a return with a state of ours, the conditions in their order (rows 1 and 4 to 13)."""
    if "error" in back.request.query:
        if back.cookie != "same":
            return _unverified(back.flow, back.app, back.request, _refusal(back.request))
        return await fail(back, _refusal(back.request))
    failure = _unacceptable(back)
    if failure:
        attempt = await stored(back.flow.database.read(attempts.find, back.attempt_id))
        used_up = attempt is not None and attempt.spent_at is not None
        return await _repeat(back) if used_up else await fail(back, failure)
    # What is acceptable is spent without a look: spending tells whether the state was used up before.
    stored_reference = await stored(write(back, attempts.spend, back.columns))
    if stored_reference is None:
        return await _repeat(back)
    return await _install(back, back.request.query["code"], stored_reference)


def _unacceptable(back: Return) -> Failure | None:
    """Why this return may not spend its state (rows 6 to 8); that it is used up comes before each of them."""
    if back.at - back.state.issued_at > back.flow.state_ttl * 1000:
        return Failure("invalid_state", 401, "state_expired")
    if back.cookie != "same":
        return Failure("invalid_browser", 400, "no_cookie" if back.cookie == "missing" else "cookie_mismatch")
    return None if back.request.query.get("code") else Failure("missing_code", 401)


def _refusal(request: Visit) -> Failure:
    """What Slack's page says instead of a code. Anybody can call this: its words are cut, and never shown."""
    error = request.query["error"]
    description = clean(request.query.get("error_description"), 300)
    reason = error if is_error_code(error) else "unknown_error"
    detail = catalogue.code_on_return(reason)
    if detail == "access_denied" and not description:
        detail = "access_denied_unexplained"
    return Failure(reason, 200, detail, clean(error, 64), description)


async def _install(back: Return, code: str, stored_reference: str) -> Outcome:
    """Exchange and store (rows 9 to 13). The state is spent: whatever happens from here on is final."""
    known: dict[str, Any] = {}
    try:
        result = await exchange(back.flow.slack, back.app, code, back.state.redirect_uri)
        if isinstance(result, Failure):
            return await fail(back, result, final=True)
        known = result.known
        await stored(back.flow.database.write(_store, back.app.vault, back.attempt_id, result))
    except Exception as error:  # noqa: BLE001 - rows 11 and 12: whatever it is
        return await fail(back, dataclasses.replace(failure_of(back, error), known=known), final=True)
    return Outcome(200, stored_reference, now(), installed=result.installation, asked=asked_for(back.state))


def _store(db: Connection, vault: Vault, attempt_id: str, granted: Granted) -> None:
    """Installation, bot, summary and outcome: all of it or nothing."""
    facts: dict[str, Any] = {"to_check": granted.to_check}
    store.save(db, vault, granted.installation, facts | ({"url": granted.url} if granted.url else {}))
    attempts.close_succeeded(db, attempt_id, granted.known, now())


async def _repeat(back: Return) -> Outcome:
    """A state that is used up: the same browser gets the first return's outcome (row 4), others a hint (row 5).

    While the first still runs, the same browser waits for it, without a transaction open.
    """
    back.flow.recorder.repeated(back.attempt_id, back.at, back.request.address)
    deadline = now() + back.flow.pace.repeat_waits * 1000
    attempt = await stored(back.flow.database.read(attempts.get, back.attempt_id))
    if back.cookie != "same":
        return Outcome.of(Failure("invalid_state", 401, "state_reused"), attempt.reference, back.at, back.state)
    while attempt.closed_at is None:
        if now() > deadline:
            return Outcome.of(Failure("in_progress", 202), attempt.reference, back.at, back.state)
        attempt = await stored(back.flow.watch.look(back.attempt_id))
    return await final_outcome(back, attempt)
