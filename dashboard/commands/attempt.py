"""What `dashboard attempt REFERENCE` prints."""

from datetime import UTC, datetime

from dashboard.core import reference as references
from dashboard.core import schema
from dashboard.core.config import Settings
from dashboard.core.db import transaction
from dashboard.core.errors import DashboardError
from dashboard.core.models import Attempt
from dashboard.install import attempts, catalogue


def attempt(settings: Settings, reference: str) -> str:
    """What is kept of an attempt, a line each, beginning with what happened in words.

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
        raise DashboardError(f"Nothing is kept under {references.display(stored)}.", "It may have been on another day.")
    lines = [f"{references.display(stored)}  {_headline(stored_attempt)}", ""]
    lines += [f"{name:<22} {_value(name, value)}" for name, value in attempts.values(stored_attempt).items()]
    return "\n".join(lines)


def _headline(stored_attempt: Attempt) -> str:
    if stored_attempt.outcome == attempts.SUCCEEDED:
        return "Installed"
    if stored_attempt.outcome is None:
        return "Started, and not come back yet" if stored_attempt.returned_at is None else "Still running"
    return catalogue.find(stored_attempt.code or "").visitor.title


def _value(name: str, value: str | int | bool) -> str:
    if name == "reference":
        return references.display(str(value))
    if name.endswith("_at") and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
    # What came with a return may have been written by anybody, and by a release that kept more of it.
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(value))
