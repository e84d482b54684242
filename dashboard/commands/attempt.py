"""What `dashboard attempt REFERENCE` prints."""

import dataclasses
import json
from datetime import UTC, datetime

from dashboard.access.permissions import command_line
from dashboard.core import reference as references
from dashboard.core import schema
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.engines import transaction
from dashboard.core.errors import DashboardError
from dashboard.core.models import Attempt
from dashboard.desk import attempt_verdict, sentences
from dashboard.desk.reply import written
from dashboard.desk.verdict import Verdict
from dashboard.install import attempts, entries


def attempt(settings: Settings, reference: str, *, as_json: bool = False) -> str:
    """The verdict on an attempt and what is kept of it: in words, a line each, or as JSON.

    Raises DashboardError if the text is no reference or nothing is kept under it.
    """
    stored = references.parse(reference)
    if stored is None:
        raise DashboardError(
            f"'{reference[:40]}' is not a reference.", "A reference looks like K7QF-2M9X-V; check each character."
        )
    with transaction(settings.database_url) as db:
        schema.require_current(db)
        stored_attempt = attempts.find_by_reference(db, stored)
        if stored_attempt is None:
            raise DashboardError(
                f"Nothing is kept under {references.display(stored)}.", "It may have been on another day."
            )
        read = sentences.read_by_notes(entries.of_attempt(db, stored))
        verdict = attempt_verdict.of_attempt(db, command_line(), settings, stored_attempt, now=now(), read=read)
    return _as_json(verdict, stored_attempt) if as_json else _in_words(verdict, stored_attempt)


def _in_words(verdict: Verdict, stored_attempt: Attempt) -> str:
    lines = [
        f"{verdict.reference}  {verdict.headline}",
        "",
        f"Whose it is:   {verdict.owner_in_words}; {verdict.retry_in_words}",
        f"What it means: {verdict.explanation}",
        *(f"{each.likelihood.capitalize()}: {_words(each.cause)}. {each.sentence}" for each in verdict.causes),
        f"We:            {verdict.us}",
        f"The customer:  {verdict.customer}",
        "",
        "What to answer:",
        *(f"  {line}".rstrip() for line in written(verdict.reply).splitlines()),
        "",
        *(f"{name:<22} {_value(name, value)}" for name, value in attempts.values(stored_attempt).items()),
    ]
    return "\n".join(_shown(line) for line in lines)


def _as_json(verdict: Verdict, stored_attempt: Attempt) -> str:
    """The verdict's fields by their names on the page, the reply in English, and every column that is kept."""
    data = {**dataclasses.asdict(verdict), "reply": written(verdict.reply), "kept": attempts.values(stored_attempt)}
    return json.dumps(data, indent=2, ensure_ascii=True)


def _words(cause: str) -> str:
    return cause.replace("_", " ")


def _value(name: str, value: str | int | bool) -> str:
    if name == "reference":
        return references.display(str(value))
    if name.endswith("_at") and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
    return str(value)


def _shown(line: str) -> str:
    """A line for a terminal. What came with a return may have been written by anybody, and by a release that kept more
    of it."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)
