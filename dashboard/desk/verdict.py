"""What happened to an attempt, why, whose it is to fix, whether trying again helps, and what to answer."""

from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard.access.permissions import Operator
from dashboard.core.config import Settings
from dashboard.core.messages import nearest
from dashboard.core.models import Attempt
from dashboard.core.reference import display
from dashboard.desk import evidence as evidences
from dashboard.desk import reply
from dashboard.desk.rows import outcome_of
from dashboard.install import catalogue
from dashboard.install.catalogue.entry import OWNERS, RETRIES, Cause, Support
from dashboard.install.catalogue.evidence import LIKELY, UNKNOWN, UNLIKELY, Evidence, Finding
from dashboard.install.catalogue.headline import headline
from dashboard.install.catalogue.not_failed import REPEATED, SUPPORT

_ORDER = (LIKELY, UNKNOWN, UNLIKELY)


@dataclass(frozen=True, slots=True)
class Decided:
    """A cause by its name, its likelihood, and the sentence that says by what."""

    cause: str
    likelihood: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything a support person is told of an attempt. The reply is written in any language by `reply.written`."""

    reference: str  # as people read it
    code: str
    owner: str
    severity: str
    retry: str
    headline: str
    explanation: str
    causes: tuple[Decided, ...]
    us: str
    customer: str
    app_slug: str | None  # whose settings are to be changed
    reply: reply.Reply

    @property
    def owner_in_words(self) -> str:
        return OWNERS[self.owner]

    @property
    def retry_in_words(self) -> str:
        return RETRIES[self.retry]


def of_attempt(
    db: Connection,
    operator: Operator,
    settings: Settings,
    attempt: Attempt,
    *,
    now: int,
    read: frozenset[str] = frozenset(),
) -> Verdict:
    """The verdict, as of `now` (ms), on an attempt that the operator is known to be allowed to see."""
    return decide(evidences.gather(db, operator, settings, attempt, now=now, read=read))


def decide(evidence: Evidence) -> Verdict:
    attempt = evidence.attempt
    outcome = outcome_of(attempt.outcome, attempt.step, attempt.seen_at, evidence.now)
    code = attempt.code or outcome if outcome in ("failed", "cancelled") else outcome
    support = SUPPORT.get(outcome) or catalogue.find(code).support
    findings = _in_order(_causes(attempt, support), evidence)
    first, finding = findings[0] if findings else (None, None)
    cause = first if finding and finding.likelihood == LIKELY else None
    return Verdict(
        reference=display(attempt.reference),
        code=code,
        owner=_of(cause, support, "owner"),
        severity=_of(cause, support, "severity"),
        retry=_of(cause, support, "retry"),
        headline=headline(attempt, outcome, evidence.now),
        explanation=support.explanation,
        causes=tuple(Decided(cause.name, found.likelihood, found.sentence) for cause, found in findings),
        us=_of(cause, support, "us"),
        customer=_of(cause, support, "customer"),
        app_slug=evidence.app.slug if evidence.app and support.at_app else None,
        reply=_reply(evidence, support, cause),
    )


def _causes(attempt: Attempt, support: Support) -> tuple[Cause, ...]:
    """The causes of its code. Whoever comes back with a used link sees that, and not how the attempt ended."""
    if attempt.repeat_cookie is None or attempt.spent_at is None:
        return support.causes
    return (*support.causes, *REPEATED)


def _in_order(causes: tuple[Cause, ...], evidence: Evidence) -> list[tuple[Cause, Finding]]:
    """Each cause with what was found: likely, unknown, unlikely; alike in the order of the catalogue."""
    found = [(cause, cause.check(evidence)) for cause in causes]
    return sorted(found, key=lambda pair: _ORDER.index(pair[1].likelihood))


def _of(cause: Cause | None, support: Support, name: str) -> str:
    """What the first likely cause says, else what the code does."""
    return (getattr(cause, name) if cause else "") or getattr(support, name)


def _reply(evidence: Evidence, support: Support, cause: Cause | None) -> reply.Reply:
    return reply.Reply(
        text=_of(cause, support, "reply"),
        app_name=evidence.app.name if evidence.app else "",
        retry=_of(cause, support, "retry"),
        owner=_of(cause, support, "owner"),
        install_url=evidence.app.install_url if evidence.app else "",
        reference=display(evidence.attempt.reference),
        language=nearest(evidence.attempt.locale),
    )
