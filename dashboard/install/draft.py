"""What is known so far of an attempt whose visitor has come back, and the one place that records it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from dashboard.apps.app import App
from dashboard.core import database_error, reference
from dashboard.core.clock import now
from dashboard.core.errors import frames
from dashboard.core.models import Attempt
from dashboard.install import attempts, visitor
from dashboard.install.attempt_columns import AttemptColumns, process_columns, return_columns, start_columns
from dashboard.install.context import InstallContext
from dashboard.install.outcome import InstallFailedError
from dashboard.install.state import State, is_same_browser
from dashboard.install.visitor import Visit

REDRAWS = 2

T = TypeVar("T")

log = structlog.get_logger("dashboard.oauth")


@dataclass
class AttemptDraft:
    """A return with a state of ours. `columns` are what it has found out and not written yet."""

    context: InstallContext
    app: App
    visit: Visit
    state: State
    at: int = field(default_factory=now)  # ms
    spent: bool = False  # from then on whatever happens is final
    columns: AttemptColumns = field(default_factory=AttemptColumns)

    def __post_init__(self) -> None:
        self.columns = {
            **return_columns(self.visit, visitor.traits(self.visit, self.context.hash_key), self.cookie, self.at),
            **process_columns(self.context.process),
            "state_limit": self.context.state_ttl,
        }

    @property
    def attempt_id(self) -> str:
        return self.state.attempt_id

    @property
    def cookie(self) -> str:
        """Whether the browser is the one that started: `same`, `missing` (it sent no cookie of ours) or `other`."""
        if is_same_browser(self.state, self.visit.browser_digests):
            return "same"
        return "other" if self.visit.browser_secrets else "missing"

    async def find(self) -> Attempt | None:
        """The attempt as it is stored."""
        return await stored(self.context.database.read(attempts.find, self.attempt_id))

    async def spend(self) -> str | None:
        """Use up the state. The attempt's reference, or None if it was used up before."""
        stored_reference = await stored(self._write(attempts.spend, self.columns))
        if stored_reference is not None:
            self.spent = True
            self.columns = {}
        return stored_reference

    async def record(self, failure: InstallFailedError) -> Attempt:
        """Write a failure on the attempt; the attempt as it is then. One that has ended, or that another return has
        spent, stays as it is."""
        return await self._write(_close if self.spent else _note, self._failed_columns(failure))

    def _failed_columns(self, failure: InstallFailedError) -> AttemptColumns:
        return {**self.columns, **failure.columns(), "outcome": attempts.outcome_of(failure.code)}

    async def _write(
        self, change: Callable[[Connection, AttemptColumns, AttemptColumns], T], columns: AttemptColumns
    ) -> T:
        """Write to the attempt. Its reference may be taken, about once in a million: then with another one."""
        start = self._start_columns()
        for _ in range(REDRAWS):
            try:
                return await self.context.database.write_row(start["id"], change, start, columns)
            except IntegrityError:
                start["reference"] = reference.new()
        return await self.context.database.write_row(start["id"], change, start, columns)

    def _start_columns(self) -> AttemptColumns:
        return start_columns(self.state, self.app.requested_scopes, self.app.user_scopes)

    def keep_trace(self, failure: InstallFailedError, error: Exception) -> None:
        """Log a failure that could not be recorded, and let the sweep try again. Until then the line is the trace:
        whose installation it is, if Slack has said so."""
        whose = {name: self.columns.get(name) for name in ("app_id", "enterprise_id", "team_id", "user_id")}
        log.error("install.not_recorded", reason=failure.reason, code=failure.code, **whose, **self.trace(error))
        columns = self._failed_columns(failure)
        if self.spent:
            self.context.unfinished.keep(self.attempt_id, attempts.close_failed, self.attempt_id, columns, now())
        else:
            self.context.unfinished.keep(self.attempt_id, attempts.note_late, self._start_columns(), columns)

    def trace(self, error: BaseException) -> dict[str, object]:
        """Where an error arose, and in whose attempt."""
        return {
            "app": self.app.slug,
            "reference": reference.display(self.state.reference),
            "error_class": type(error).__name__,
            "trace": frames(error),
        }


def _close(db: Connection, start: AttemptColumns, columns: AttemptColumns) -> Attempt:
    attempts.close_failed(db, start["id"], columns, now())
    return attempts.get(db, start["id"])


def _note(db: Connection, start: AttemptColumns, columns: AttemptColumns) -> Attempt:
    attempts.note_return(db, start, columns)
    return attempts.get(db, start["id"])


async def stored(call: Awaitable[T]) -> T:
    """Wait for the database. Whatever it raises is a StorageFailedError here, and its cause says what it was."""
    try:
        return await call
    except Exception as error:
        raise StorageFailedError from error


class StorageFailedError(Exception):
    """The database failed."""


def unforeseen(draft: AttemptDraft, error: Exception) -> InstallFailedError:
    """The failure an exception stands for (rows 11 and 12), logged once with where it arose."""
    cause = error.__cause__ if isinstance(error, StorageFailedError) and error.__cause__ else error
    reason = "storage_error" if isinstance(error, StorageFailedError) else "internal_error"
    log.error("install.failed", reason=reason, **draft.trace(cause))
    # Before the state is spent Slack has not been asked: nothing is installed there either.
    detail = "database_unavailable" if reason == "storage_error" and not draft.spent else None
    return InstallFailedError(
        reason,
        detail,
        error_class=type(cause).__name__,
        database_error=database_error.kind(cause),
        database_columns=",".join(database_error.columns(cause)) or None,
    )
