"""What happened to an attempt, why, whose it is to fix, whether trying again helps, and what to answer."""

from dataclasses import dataclass

from dashboard.core.messages import ENGLISH, nearest
from dashboard.core.reference import display
from dashboard.desk import reply
from dashboard.desk.rows import outcome_of
from dashboard.install import catalogue
from dashboard.install.catalogue.causes.installed import Installed
from dashboard.install.catalogue.entry import OWNERS, RETRIES, Cause, Support
from dashboard.install.catalogue.evidence import LIKELY, UNKNOWN, UNLIKELY, AppToday, Evidence, Finding
from dashboard.install.catalogue.headline import headline
from dashboard.install.catalogue.not_failed import REPEATED, SUCCEEDED, SUPPORT

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


def decide(evidence: Evidence, installed: Installed | None = None) -> Verdict:
    """The verdict on an attempt; of one that succeeded, with what is known of the installation now."""
    attempt = evidence.attempt
    outcome = outcome_of(attempt.outcome, attempt.step, attempt.seen_at, evidence.now)
    code = attempt.code or outcome if outcome in ("failed", "cancelled") else outcome
    support = SUPPORT.get(outcome) or catalogue.find(code).support
    # Whoever comes back with a used link sees that, and not how the attempt ended.
    repeated = REPEATED if attempt.repeat_cookie is not None and attempt.spent_at is not None else ()
    if support is SUCCEEDED:
        found = [*(found_of(support.causes, installed) if installed else []), *found_of(repeated, evidence)]
    else:
        found = found_of((*support.causes, *repeated), evidence)
    return made(
        support,
        found,
        code=code,
        headline=headline(attempt, outcome, evidence.now),
        app=evidence.app,
        reference=display(attempt.reference),
        language=nearest(attempt.locale),
    )


def found_of(causes: tuple[Cause, ...], known: Evidence | Installed) -> list[tuple[Cause, Finding]]:
    """Each cause with what is found by what is known."""
    return [(cause, cause.check(known)) for cause in causes]


def made(
    support: Support,
    found: list[tuple[Cause, Finding]],
    *,
    code: str,
    headline: str,
    app: AppToday | None,
    reference: str = "",
    language: str = ENGLISH,
) -> Verdict:
    """The verdict by what was found: causes in the order likely, unknown, unlikely, alike in that of the catalogue. The
    first likely one decides whose it is and what to answer; without one the code's own half does."""
    findings = sorted(found, key=lambda pair: _ORDER.index(pair[1].likelihood))
    cause = findings[0][0] if findings and findings[0][1].likelihood == LIKELY else None

    def said(name: str) -> str:
        return (getattr(cause, name) if cause else "") or getattr(support, name)

    return Verdict(
        reference=reference,
        code=code,
        owner=said("owner"),
        severity=said("severity"),
        retry=said("retry"),
        headline=headline,
        explanation=support.explanation,
        causes=tuple(Decided(each.name, finding.likelihood, finding.sentence) for each, finding in findings),
        us=said("us"),
        customer=said("customer"),
        app_slug=app.slug if app and support.at_app else None,
        reply=reply.Reply(
            text=said("reply"),
            app_name=app.name if app else "",
            retry=said("retry"),
            owner=said("owner"),
            install_url=app.install_url if app else "",
            reference=reference,
            language=language,
        ),
    )
