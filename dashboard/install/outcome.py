"""How a return ended: what the attempt keeps of it, and what the page needs."""

from dataclasses import dataclass, field
from typing import Any

from dashboard.apps.link import Link
from dashboard.install import catalogue
from dashboard.install.state import State
from dashboard.slack.api import Call, is_error_code


@dataclass(frozen=True)
class Failure:
    """Why a return did not end in an installation: the contract's reason and status, our detail, Slack's words."""

    reason: str
    status: int
    detail: str | None = None
    slack_error: str | None = None
    slack_description: str | None = None
    call: Call | None = None
    error_class: str | None = None
    known: dict[str, Any] = field(default_factory=dict)  # other columns of the attempt: step, times, whose it is

    @property
    def code(self) -> str:
        """The catalogue's code. Slack's error counts where it looks like one: on a return anybody can write it."""
        return catalogue.code_of(self.reason, self.detail, None if self.detail else self._slack_code)

    @property
    def shown_detail(self) -> str:
        """What the page's technical details say: Slack's own code where there is one, known to us or not."""
        return self._slack_code or self.detail or self.reason

    @property
    def _slack_code(self) -> str | None:
        return self.slack_error if self.slack_error and is_error_code(self.slack_error) else None

    def columns(self) -> dict[str, Any]:
        """What the attempt keeps of it."""
        return {
            "reason": self.reason,
            "detail": self.detail,
            "code": self.code,
            "slack_error": self.slack_error,
            "slack_description": self.slack_description,
            **call_columns(self.call),
            "error_class": self.error_class,
            **self.known,
        }


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

    @classmethod
    def of(cls, failure: Failure, reference: str, at: int, signed: State | None = None) -> "Outcome":
        """The outcome a failure is, at `at` (ms), with what is known of the start."""
        return cls(
            status=failure.status,
            reference=reference,
            at=at,
            reason=failure.reason,
            code=failure.code,
            detail=failure.shown_detail,
            age=at - signed.issued_at if signed else 0,
            asked=asked_for(signed) if signed else Link(),
        )


def asked_for(signed: State) -> Link:
    """What the link asked for with which the installation began."""
    return Link(signed.team, signed.metadata, signed.metadata_signed)


def call_columns(call: Call | None) -> dict[str, Any]:
    """A call under the names of the attempt's columns."""
    return {
        "slack_method": call and call.method,
        "slack_status": call and call.status,
        "slack_request_id": call and call.request_id,
        "slack_ms": call and call.milliseconds,
    }
