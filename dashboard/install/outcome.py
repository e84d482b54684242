"""How a return ended: what the page needs, and what the attempt keeps of a failure."""

from dataclasses import dataclass, field

from dashboard.apps.link import Link
from dashboard.core.models import Attempt, Installation
from dashboard.install import catalogue
from dashboard.install.attempt_columns import AttemptColumns
from dashboard.install.state import State
from dashboard.slack import api
from dashboard.slack.answers import is_error_code
from dashboard.slack.api import Call

# The status of each reason that is ours; what Slack's own page sent back is answered with 200, whatever it is called.
STATUSES = {
    "invalid_browser": 400,
    "invalid_state": 401,
    "missing_code": 401,
    "invalid_code": 401,
    "slack_unavailable": 502,
    "storage_error": 500,
    "internal_error": 500,
    "in_progress": 202,
}


class InstallFailedError(Exception):
    """Why a return did not end in an installation: the contract's reason and status, our detail, Slack's words.

    Its text is the reason alone: nothing that came from outside, and no token, gets into a log by it.
    """

    def __init__(
        self,
        reason: str,
        detail: str | None = None,
        *,
        slack_error: str | None = None,
        slack_description: str | None = None,
        status: int | None = None,
        call: Call | None = None,
        error_class: str | None = None,
        database_error: str | None = None,
        database_columns: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.slack_error = slack_error
        self.slack_description = slack_description
        self.status = STATUSES[reason] if status is None else status
        self.call = call
        self.error_class = error_class
        self.database_error = database_error
        self.database_columns = database_columns

    @property
    def code(self) -> str:
        """The catalogue's code. Slack's error counts if it looks like one: on a return anybody can write it."""
        return catalogue.code_of(self.reason, self.detail, None if self.detail else self._slack_code)

    @property
    def shown_detail(self) -> str:
        """What the page's technical details say: Slack's own code if there is one, known to us or not."""
        return self._slack_code or self.detail or self.reason

    @property
    def _slack_code(self) -> str | None:
        return self.slack_error if self.slack_error and is_error_code(self.slack_error) else None

    def columns(self) -> AttemptColumns:
        """What the attempt keeps of it."""
        columns: AttemptColumns = {
            "reason": self.reason,
            "detail": self.detail,
            "code": self.code,
            "slack_error": self.slack_error,
            "slack_description": self.slack_description,
            "error_class": self.error_class,
            "database_error": self.database_error,
            "database_columns": self.database_columns,
        }
        return {**columns, **call_columns(self.call)} if self.call else columns


def failure_of(attempt: Attempt) -> InstallFailedError:
    """The failure that an attempt ended in."""
    reason = attempt.reason or "internal_error"
    return InstallFailedError(reason, attempt.detail, slack_error=attempt.slack_error)


Installed = api.Installation | Installation | None  # what was installed: as Slack granted it, or its summary


@dataclass(frozen=True)
class Outcome:
    """How a return ended, for the page. No reason means that the app is installed."""

    status: int
    reference: str
    at: int  # ms
    reason: str | None = None
    code: str = ""
    detail: str = ""  # Slack's own code if there is one, else ours
    age: int = 0  # ms since the state was issued
    installed: Installed = None
    checked: bool = True  # of a success: whether Slack said that the token is good
    asked_for: Link = field(default_factory=Link)

    @property
    def succeeded(self) -> bool:
        return self.reason is None

    @classmethod
    def of(cls, failure: InstallFailedError, reference: str, at: int, state: State | None = None) -> "Outcome":
        """The outcome a failure is, at `at` (ms), with what is known of the start."""
        return cls(
            status=failure.status,
            reference=reference,
            at=at,
            reason=failure.reason,
            code=failure.code,
            detail=failure.shown_detail,
            age=at - state.issued_at if state else 0,
            asked_for=asked_for(state) if state else Link(),
        )


def asked_for(state: State) -> Link:
    """What the link asked for with which the installation began."""
    return Link(state.team, state.metadata, state.metadata_signed, state.link_expires_at, state.language)


def call_columns(call: Call) -> AttemptColumns:
    """A call under the names of the attempt's columns."""
    return {
        "slack_method": call.method,
        "slack_status": call.status,
        "slack_request_id": call.request_id,
        "slack_ms": call.milliseconds,
        "slack_retry_after": call.retry_after,
    }
