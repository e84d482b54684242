"""A return from Slack while it is being answered, and the record it leaves on its attempt, whatever happens."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Row
from sqlalchemy.exc import IntegrityError

from dashboard.apps.app import App
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.errors import frames
from dashboard.install import attempts, state, visitor
from dashboard.install.context import InstallContext
from dashboard.install.outcome import Failure, Outcome, asked_for
from dashboard.install.state import State
from dashboard.install.visitor import Visit
from dashboard.slack.tenant import Tenant, summary_of

REDRAWS = 2

_STATUS_OF_FINAL = {"invalid_code": 401, "slack_unavailable": 502, "storage_error": 500, "internal_error": 500}

T = TypeVar("T")

log = structlog.get_logger("dashboard.oauth")


@dataclass(frozen=True)
class Return:
    """A return with a state of ours, and what is known before anything is decided."""

    flow: InstallContext
    app: App
    request: Visit
    state: State
    at: int  # ms
    cookie: str  # same, missing or other
    start: dict[str, Any]  # the attempt's columns that its start knew
    columns: dict[str, Any]  # those that every return leaves

    @classmethod
    def of(cls, flow: InstallContext, app: App, request: Visit, signed: State) -> "Return":
        at = now()
        cookie = "other" if request.browser_secrets else "missing"
        if state.is_same_browser(signed, request.browser_secrets):
            cookie = "same"
        start = attempts.columns_of(signed, app.requested_scopes, app.user_scopes)
        columns = attempts.return_columns(visitor.traits(request, flow.hash_key), cookie, at)
        return cls(flow, app, request, signed, at, cookie, start, columns)

    @property
    def attempt_id(self) -> str:
        return self.state.attempt_id


async def final_outcome(back: Return, attempt: Row[Any]) -> Outcome:
    if attempt.outcome != attempts.SUCCEEDED:
        failure = Failure(attempt.reason, _STATUS_OF_FINAL[attempt.reason], attempt.detail, attempt.slack_error)
        return Outcome.of(failure, attempt.reference, attempt.closed_at, back.state)
    tenant = Tenant(back.app.client_id, attempt.enterprise_id, attempt.team_id)
    installed = await stored(back.flow.database.read(summary_of, tenant))
    asked = asked_for(back.state)
    return Outcome(200, attempt.reference, attempt.closed_at, installed=installed, asked=asked)


async def fail(back: Return, failure: Failure, *, final: bool = False) -> Outcome:
    """Record a failure and answer with it; where the attempt succeeded after all, with that."""
    try:
        attempt = await write(back, _record, back.columns, failure, final)
    except Exception as error:  # noqa: BLE001 - the visitor's answer does not hang on our record of it
        # This line is the trace until the sweep can write it: whose installation it is, where Slack has said so.
        whose = {name: failure.known.get(name) for name in ("app_id", "enterprise_id", "team_id", "user_id")}
        log.error("install.not_recorded", reason=failure.reason, code=failure.code, **whose, **_trace(back, error))
        if final:
            back.flow.watch.keep(back.attempt_id, failure.columns(), now())
        return Outcome.of(failure, back.state.reference, back.at, back.state)
    if final and attempt.outcome == attempts.SUCCEEDED:
        return await final_outcome(back, attempt)
    return Outcome.of(failure, attempt.reference, back.at, back.state)


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


async def write(back: Return, change: Callable[..., T], *args: Any) -> T:
    """Write to the return's attempt. Its reference may be taken, about once in a million: then with another one."""
    start = back.start
    for _ in range(REDRAWS):
        try:
            return await back.flow.database.write(change, start, *args)
        except IntegrityError:
            start = {**start, "reference": reference.new()}
    return await back.flow.database.write(change, start, *args)


async def stored(call: Awaitable[T]) -> T:
    """Wait for the database; whatever it raises is a storage error here."""
    try:
        return await call
    except Exception as error:
        raise StorageFailedError from error


class StorageFailedError(Exception):
    """The database failed. The cause says how."""


def failure_of(back: Return, error: Exception) -> Failure:
    """The failure an exception stands for, logged once with where it arose."""
    cause = error.__cause__ if isinstance(error, StorageFailedError) and error.__cause__ else error
    reason = "storage_error" if isinstance(error, StorageFailedError) else "internal_error"
    log.error("install.failed", reason=reason, **_trace(back, cause))
    return Failure(reason, 500, error_class=type(cause).__name__)


def _trace(back: Return, error: BaseException) -> dict[str, Any]:
    return {
        "app": back.app.slug,
        "reference": reference.display(back.state.reference),
        "error_class": type(error).__name__,
        "trace": frames(error),
    }
