"""What `dashboard attempt REFERENCE` prints."""

from datetime import UTC, datetime
from typing import Any

from dashboard.core import reference as references
from dashboard.core import schema
from dashboard.core.config import Settings
from dashboard.core.db import transaction
from dashboard.core.errors import DashboardError
from dashboard.install import attempts, catalogue


def attempt(settings: Settings, reference: str) -> str:
    """What is kept of an attempt, a line each, beginning with what happened in words.

    Raises DashboardError where the text is no reference or nothing is kept under it.
    """
    stored = references.parse(reference)
    if stored is None:
        raise DashboardError(
            f"'{reference[:40]}' is not a reference.", "A reference looks like K7QF-2M9X-V; check each character."
        )
    with transaction(settings.database_url) as db:
        schema.require_current(db)
        row = attempts.find_by_reference(db, stored)
    if row is None:
        raise DashboardError(f"Nothing is kept under {references.display(stored)}.", "It may have been on another day.")
    lines = [f"{references.display(stored)}  {_headline(row)}", ""]
    lines += [f"{name:<22} {_value(name, value)}" for name, value in row._asdict().items() if value is not None]
    return "\n".join(lines)


def _headline(row: Any) -> str:
    if row.outcome == attempts.SUCCEEDED:
        return "Installed"
    if row.outcome is None:
        return "Started, and not come back yet" if row.returned_at is None else "Still running"
    return catalogue.find(row.code).visitor.title


def _value(name: str, value: Any) -> str:
    if name == "reference":
        return references.display(value)
    if name.endswith("_at"):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(sep=" ", timespec="milliseconds")
    # What came with a return may have been written by anybody, and by a release that kept more of it.
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in str(value))
