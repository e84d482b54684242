"""The install flow: *begin* sends a browser to Slack, *finish* takes it back. No web framework here.

The conditions of `finish` stand in the order in which they answer; the first that applies does. Up to the spending of
the state nothing is final, and a later, better return replaces it. Sources: RFC 6749 §4.1 and §10.12, and
https://docs.slack.dev/authentication/installing-with-oauth.
"""

import asyncio
import dataclasses
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from dashboard import attempts, installations, link, reference, state, store, visit
from dashboard.apps import App
from dashboard.clock import now
from dashboard.db import Database
from dashboard.errors import frames
from dashboard.exchange import Failure, Granted, exchange
from dashboard.installations import Tenant
from dashboard.link import Link
from dashboard.recorder import Recorder
from dashboard.slack import Slack, is_error_code
from dashboard.state import State, StateSigner
from dashboard.store import Vault
from dashboard.visit import Visit

WAIT_FOR_FIRST = 15.0  # seconds a repeat waits for the outcome of the return that came first
LOOK_AGAIN = 0.25  # seconds
REDRAWS = 2

_STATUS_OF_FINAL = {"invalid_code": 401, "slack_unavailable": 502, "storage_error": 500, "internal_error": 500}

T = TypeVar("T")

log = structlog.get_logger("dashboard.oauth")


@dataclass(frozen=True)
class Flow:
    """What the flow works with, made once in `create_app`."""

    database: Database
    slack: Slack
    recorder: Recorder
    signer: StateSigner
    vaults: Mapping[str, Vault]  # by client id
    authorize_url: str
    state_ttl: int  # seconds
    hash_key: str  # for visitors' addresses


@dataclass(frozen=True)
class Departure:
    """Where *start* sends the browser, and the secret it shall keep."""

    location: str
    browser_secret: str


@dataclass(frozen=True)
class Outcome:
    """How a return ended, for the page. No reason means that the app is installed."""

    status: int
    reference: str
    at: int  # ms
    reason: str | None = None
    code: str = ""
    detail: str = ""  # Slack's own code where there is one, else ours
    age: int = 0  # ms since the state was issued
    installed: Any = None  # the installation or its summary row: who it is
    asked: Link = field(default_factory=Link)

    @property
    def succeeded(self) -> bool:
        return self.reason is None


def begin(flow: Flow, app: App, request: Visit) -> Departure:
    """Issue a state for this browser and say where at Slack to go. Writes nothing on the way.

    Raises LinkRefusedError where the link's metadata or signature is wrong.
    """
    asked = link.read(request.query, app.accepts)
    secrets = [secret for secret in request.browser_secrets if state.is_browser_secret(secret)]
    browser_secret = secrets[0] if secrets else state.new_browser_secret()
    issued = State(
        client_id=app.client_id,
        attempt_id=state.new_attempt_id(),
        reference=reference.new(),
        issued_at=now(),
        browser=state.browser_digest(browser_secret),
        redirect_uri=app.redirect_uri,
        team=asked.team,
        source="page" if request.query.get("source") == "page" else "direct",
        metadata=asked.metadata,
        metadata_signed=asked.signed,
    )
    traits = visit.traits(request, flow.hash_key)
    row = attempts.columns_of(issued, app.scopes, app.user_scopes)
    flow.recorder.started({**row, **traits, "locale": visit.locale(request)})
    query = {
        "client_id": app.client_id,
        "scope": ",".join(app.scopes),
        "user_scope": ",".join(app.user_scopes),
        "state": flow.signer.sign(issued),
        "redirect_uri": app.redirect_uri,
        "team": asked.team,
    }
    given = urllib.parse.urlencode({name: value for name, value in query.items() if value})
    return Departure(f"{flow.authorize_url}?{given}", browser_secret)


async def finish(flow: Flow, app: App, request: Visit) -> Outcome:
    """Take a return from Slack to its outcome. Raises nothing: whatever happens is an outcome with a reference."""
    signed = flow.signer.read(request.query.get("state", ""))
    if signed is None or signed.client_id != app.client_id:
        return _answer_stranger(flow, app, request)
    back = _Return.of(flow, app, request, signed)
    try:
        return await _answer(back)
    except Exception as error:  # noqa: BLE001 - anything unforeseen is an outcome too
        return await _fail(back, _failure_of(back, error))


@dataclass(frozen=True)
class _Return:
    """A return with a state of ours, and what is known before anything is decided."""

    flow: Flow
    app: App
    request: Visit
    state: State
    at: int  # ms
    cookie: str  # same, missing or other
    start: dict[str, Any]  # the attempt's columns that its start knew
    columns: dict[str, Any]  # those that every return leaves

    @classmethod
    def of(cls, flow: Flow, app: App, request: Visit, signed: State) -> "_Return":
        at = now()
        cookie = "other" if request.browser_secrets else "missing"
        if state.is_same_browser(signed, request.browser_secrets):
            cookie = "same"
        start = attempts.columns_of(signed, app.scopes, app.user_scopes)
        columns = attempts.return_columns(visit.traits(request, flow.hash_key), cookie, at)
        return cls(flow, app, request, signed, at, cookie, start, columns)

    @property
    def attempt_id(self) -> str:
        return self.state.attempt_id


def _answer_stranger(flow: Flow, app: App, request: Visit) -> Outcome:
    """Answer a return without a state of ours (rows 1 to 3)."""
    if "error" in request.query:
        return _unverified(flow, app, request, _refusal(request))
    if not request.query.get("state"):
        return _unverified(flow, app, request, Failure("invalid_browser", 400, "no_state"))
    return _unverified(flow, app, request, Failure("invalid_state", 401, "state_unknown"))


def _unverified(flow: Flow, app: App, request: Visit, failure: Failure) -> Outcome:
    """Answer under a reference of its own, and keep a record of it behind the answer, within bounds."""
    at = now()
    row = attempts.unverified_columns(app.client_id)
    cookie = "other" if request.browser_secrets else "missing"
    columns = attempts.return_columns(visit.traits(request, flow.hash_key), cookie, at)
    outcome = attempts.outcome_of(failure.code)
    flow.recorder.unverified({**row, **columns, **failure.columns(), "outcome": outcome}, request.address)
    return _outcome(failure, row["reference"], at)


async def _answer(back: _Return) -> Outcome:
    """Answer a return with a state of ours, the conditions in their order (rows 1 and 4 to 13)."""
    if "error" in back.request.query:
        if back.cookie != "same":
            return _unverified(back.flow, back.app, back.request, _refusal(back.request))
        return await _fail(back, _refusal(back.request))
    attempt = await _stored(back.flow.database.read(attempts.find, back.attempt_id))
    if attempt is not None and attempt.spent_at is not None:
        return await _repeat(back)
    if back.at - back.state.issued_at > back.flow.state_ttl * 1000:
        return await _fail(back, Failure("invalid_state", 401, "state_expired"))
    if back.cookie != "same":
        detail = "no_cookie" if back.cookie == "missing" else "cookie_mismatch"
        return await _fail(back, Failure("invalid_browser", 400, detail))
    code = back.request.query.get("code")
    if not code:
        return await _fail(back, Failure("missing_code", 401))
    stored_reference = await _stored(_write(back, attempts.spend, back.columns))
    if stored_reference is None:
        return await _repeat(back)
    return await _install(back, code, stored_reference)


def _refusal(request: Visit) -> Failure:
    """What Slack's page says instead of a code. Anybody can call this: its words are cut, and never shown."""
    error = request.query["error"]
    description = visit.clean(request.query.get("error_description"), 300)
    detail = None
    if error == "access_denied":
        detail = "access_denied" if description else "access_denied_unexplained"
    reason = error if is_error_code(error) else "unknown_error"
    return Failure(reason, 200, detail, visit.clean(error, 64), description)


async def _install(back: _Return, code: str, stored_reference: str) -> Outcome:
    """Exchange and store (rows 9 to 13). The state is spent: whatever happens from here on is final."""
    known: dict[str, Any] = {}
    try:
        result = await exchange(back.flow.slack, back.app, code, back.state.redirect_uri)
        if isinstance(result, Failure):
            return await _fail(back, result, final=True)
        known = result.known
        vault = back.flow.vaults[back.app.client_id]
        await _stored(back.flow.database.write(_store, vault, back.attempt_id, result))
    except Exception as error:  # noqa: BLE001 - rows 11 and 12: whatever it is
        return await _fail(back, dataclasses.replace(_failure_of(back, error), known=known), final=True)
    return Outcome(200, stored_reference, now(), installed=result.installation)


def _store(db: Connection, vault: Vault, attempt_id: str, granted: Granted) -> None:
    """Installation, bot, summary and outcome: all of it or nothing."""
    facts: dict[str, Any] = {"to_check": granted.to_check}
    store.save(db, vault, granted.installation, facts | ({"url": granted.url} if granted.url else {}))
    attempts.close_succeeded(db, attempt_id, granted.known, now())


async def _repeat(back: _Return) -> Outcome:
    """A state that is used up: the same browser gets the first return's outcome (row 4), others a hint (row 5).

    While the first still runs, the same browser waits for it, without a transaction open.
    """
    back.flow.recorder.repeated(back.attempt_id, back.at, back.request.address)
    deadline = now() + WAIT_FOR_FIRST * 1000
    while True:
        attempt = await _stored(back.flow.database.read(attempts.get, back.attempt_id))
        if back.cookie != "same":
            return _outcome(Failure("invalid_state", 401, "state_reused"), attempt.reference, back.at, back.state)
        if attempt.closed_at is not None:
            return await _final_outcome(back, attempt)
        if now() - attempt.spent_at >= attempts.INTERRUPTED_AFTER:
            await _stored(back.flow.database.write(attempts.close_interrupted, now()))
        elif now() > deadline:
            return _outcome(Failure("in_progress", 202), attempt.reference, back.at, back.state)
        else:
            await asyncio.sleep(LOOK_AGAIN)


async def _final_outcome(back: _Return, attempt: Row[Any]) -> Outcome:
    if attempt.outcome != attempts.SUCCEEDED:
        failure = Failure(attempt.reason, _STATUS_OF_FINAL[attempt.reason], attempt.detail, attempt.slack_error)
        return _outcome(failure, attempt.reference, attempt.closed_at, back.state)
    tenant = Tenant(back.app.client_id, attempt.enterprise_id, attempt.team_id)
    installed = await _stored(back.flow.database.read(installations.find, tenant))
    return Outcome(200, attempt.reference, attempt.closed_at, installed=installed)


async def _fail(back: _Return, failure: Failure, *, final: bool = False) -> Outcome:
    """Record a failure and answer with it; where the attempt succeeded after all, with that."""
    try:
        attempt = await _write(back, _record, back.columns, failure, final)
    except Exception as error:  # noqa: BLE001 - the visitor's answer does not hang on our record of it
        # This line is the trace then. It says whose installation it is, where Slack has said so.
        whose = {name: failure.known.get(name) for name in ("app_id", "enterprise_id", "team_id", "user_id")}
        log.error("install.not_recorded", reason=failure.reason, code=failure.code, **whose, **_trace(back, error))
        return _outcome(failure, back.state.reference, back.at, back.state)
    if final and attempt.outcome == attempts.SUCCEEDED:
        return await _final_outcome(back, attempt)
    return _outcome(failure, attempt.reference, back.at, back.state)


def _record(
    db: Connection, start: Mapping[str, Any], columns: Mapping[str, Any], failure: Failure, final: bool
) -> Row[Any]:
    """Write a failure on its attempt and read that back; one that has ended, or that another return spent, stays."""
    if final:
        attempts.close_failed(db, start["id"], failure.columns(), now())
    else:
        outcome = attempts.outcome_of(failure.code)
        attempts.note_return(db, start, {**columns, **failure.columns(), "outcome": outcome})
    return attempts.get(db, start["id"])


async def _write(back: _Return, change: Callable[..., T], *args: Any) -> T:
    """Write to the return's attempt. Its reference may be taken, about once in a million: then with another one."""
    start = back.start
    for _ in range(REDRAWS):
        try:
            return await back.flow.database.write(change, start, *args)
        except IntegrityError:
            start = {**start, "reference": reference.new()}
    return await back.flow.database.write(change, start, *args)


async def _stored(call: Awaitable[T]) -> T:
    """Wait for the database; whatever it raises is a storage error here."""
    try:
        return await call
    except Exception as error:
        raise _StorageFailedError from error


class _StorageFailedError(Exception):
    """The database failed. The cause says how."""


def _failure_of(back: _Return, error: Exception) -> Failure:
    """The failure an exception stands for, logged once with where it arose."""
    cause = error.__cause__ if isinstance(error, _StorageFailedError) and error.__cause__ else error
    reason = "storage_error" if isinstance(error, _StorageFailedError) else "internal_error"
    log.error("install.failed", reason=reason, **_trace(back, cause))
    return Failure(reason, 500, error_class=type(cause).__name__)


def _trace(back: _Return, error: BaseException) -> dict[str, Any]:
    return {
        "app": back.app.slug,
        "reference": reference.display(back.state.reference),
        "error_class": type(error).__name__,
        "trace": frames(error),
    }


def _outcome(failure: Failure, stored_reference: str, at: int, signed: State | None = None) -> Outcome:
    return Outcome(
        status=failure.status,
        reference=stored_reference,
        at=at,
        reason=failure.reason,
        code=failure.code,
        detail=failure.shown_detail,
        age=at - signed.issued_at if signed else 0,
        asked=Link(signed.team, signed.metadata, signed.metadata_signed) if signed else Link(),
    )
