"""Attempts by circumstances, when nothing exact is known: about when, in which browser, and what was read.

The ten that fit best, each with what fits. Nothing here says that it is the one.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection, select

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.clock import MINUTE, WEEK
from dashboard.core.db import fetch
from dashboard.core.messages import ENGLISH, nearest, translated
from dashboard.core.models import Attempt
from dashboard.core.words import span
from dashboard.desk.rows import AttemptRow
from dashboard.install import catalogue
from dashboard.slack.tenant import fold

LOOKED_AT = 500  # attempts before and after the time
BEST = 10
_WORD = re.compile(r"\w{3,}")
# In every other sentence: they tell no page from another.
_COMMON = frozenset(
    (
        *("and", "the", "for", "that", "was", "with", "this", "not", "you", "your", "have", "has", "are", "but"),
        *(
            "und",
            "der",
            "die",
            "das",
            "den",
            "ist",
            "sie",
            "ihr",
            "wir",
            "nicht",
            "mit",
            "les",
            "des",
            "est",
            "une",
            "vous",
        ),
        *("pas", "pour", "que", "los", "las", "una", "con", "para", "por", "usted"),
    )
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What somebody remembers. `around` (ms; None: in the last week) is the time, `within` (ms) how exactly that is."""

    client_id: str | None = None
    around: int | None = None
    within: int = 3_600_000
    offset: int = 0  # minutes that the clock of whoever tells is ahead of UTC
    words: str = ""
    browser: str = ""
    system: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.around or self.words.strip() or self.browser or self.system)


@dataclass(frozen=True, slots=True)
class Fit:
    """An attempt, how well it fits, and by what."""

    attempt: AttemptRow
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Candidate(AttemptRow):
    locale: str | None
    last_returned_at: int | None
    return_browser: str | None
    return_system: str | None


def find(db: Connection, operator: Operator, told: Circumstances, now: int) -> list[Fit]:
    """The attempts that fit best, among what the operator may see, the best first."""
    fits = [_fit(candidate, told) for candidate in _candidates(db, operator, told, now)]
    fitting = [fit for fit in fits if fit.score > 0]
    return sorted(fitting, key=lambda fit: (-fit.score, -fit.attempt.seen_at))[:BEST]


def _candidates(db: Connection, operator: Operator, told: Circumstances, now: int) -> list[_Candidate]:
    query = select(*(getattr(Attempt, name) for name in _Candidate.__dataclass_fields__))
    query = query.where(visible_to(operator, Attempt.client_id, "see_attempts"))
    if told.client_id:
        query = query.where(Attempt.client_id == told.client_id)
    if told.around is None:
        recent = query.where(Attempt.seen_at >= now - WEEK).order_by(Attempt.seen_at.desc())
        return fetch(db, recent.limit(2 * LOOKED_AT), _Candidate)
    before = query.where(Attempt.seen_at.between(told.around - told.within, told.around))
    after = query.where(Attempt.seen_at > told.around, Attempt.seen_at <= told.around + told.within)
    return fetch(db, before.order_by(Attempt.seen_at.desc()).limit(LOOKED_AT), _Candidate) + fetch(
        db, after.order_by(Attempt.seen_at).limit(LOOKED_AT), _Candidate
    )


def _fit(candidate: _Candidate, told: Circumstances) -> Fit:
    parts = [_by_time(candidate, told), _by_browser(candidate, told), _by_words(candidate, told)]
    reasons = tuple(reason for _, reason in parts if reason)
    return Fit(candidate, sum(score for score, _ in parts), reasons)


def _by_time(candidate: _Candidate, told: Circumstances) -> tuple[float, str]:
    if told.around is None:
        return 0, ""
    times = [at for at in (candidate.seen_at, candidate.last_returned_at) if at]
    at = min(times, key=lambda at: abs(at - told.around) if told.around else 0)
    away = abs(at - told.around)
    return max(0.0, 1 - away / told.within), f"{_clock(at, told)}, {span(away)} from {_clock(told.around, told)}"


def _by_browser(candidate: _Candidate, told: Circumstances) -> tuple[float, str]:
    """One that is another's speaks against it: people know what they hold in their hand."""
    browsers = {name for name in (candidate.browser, candidate.return_browser) if name}
    systems = {name for name in (candidate.system, candidate.return_system) if name}
    score, same = 0.0, []
    for asked, known in ((told.browser, browsers), (told.system, systems)):
        if asked and known:
            score += 1 if asked in known else -1
            same += [asked] if asked in known else []
    return score, " on ".join(same)


def _by_words(candidate: _Candidate, told: Circumstances) -> tuple[float, str]:
    """How many of the words are on the page that was shown."""
    asked = {word for word in _WORD.findall(fold(told.words)) if word not in _COMMON}
    if not asked or not candidate.code:
        return 0, ""
    shown = _words_of(candidate.code, ENGLISH) | _words_of(candidate.code, nearest(candidate.locale))
    met = sorted(asked & shown)
    return 3 * len(met) / len(asked), "“" + " ".join(met) + "”" if met else ""


@lru_cache(maxsize=512)
def _words_of(code: str, language: str) -> frozenset[str]:
    """The words on the page of a failure in that language."""
    visitor = catalogue.find(code).visitor
    texts = (translated(visitor.title, language), translated(visitor.text, language), code.replace("_", " "))
    return frozenset(_WORD.findall(fold(" ".join(texts))))


def _clock(at: int, told: Circumstances) -> str:
    return (datetime.fromtimestamp(at / 1000, UTC) + timedelta(minutes=told.offset)).strftime("%H:%M")


def moment_of(day: str, time: str, offset: int) -> int | None:
    """The moment (ms) of a day (2026-11-25) and a time (14:00) on a clock so many minutes ahead of UTC.

    Raises ValueError if they are none.
    """
    if not day:
        return None
    local = datetime.fromisoformat(f"{day}T{time or '12:00'}").replace(tzinfo=UTC)
    return int(local.timestamp() * 1000) - offset * MINUTE
