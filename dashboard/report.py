"""What the command line prints of an attempt and of an app."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from dashboard.apps import registry
from dashboard.apps.app import DEFAULT_SLUG
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


def app(db: Connection, settings: Settings, slug: str) -> str:
    """What is set for an app, a line each; a secret only as being there.

    Raises DashboardError where there is no such app.
    """
    found = registry.require(db, settings, slug)
    base = f"{settings.public_url}{found.path}"
    brand = found.brand
    shown = {
        "name": found.name,
        "managed by": "the environment" if slug == DEFAULT_SLUG else "the registry",
        "state": "paused" if found.paused else "open",
        "client id": found.client_id,
        "client secret": "set" if found.client_secret else "missing",
        "install page": f"{base}/install" if found.page_enabled else "off: goes straight to Slack",
        "direct install URL": f"{base}/start",
        "redirect URL": found.redirect_uri,
        "scopes": ", ".join(found.scopes),
        "optional scopes": ", ".join(found.optional_scopes),
        "user scopes": ", ".join(found.user_scopes),
        "success URL": found.success_url,
        "failure URL": found.failure_url,
        "sentence": brand.sentence,
        "how it works": brand.how_it_works,
        "next steps": brand.next_steps,
        **{f"why {scope}": reason for scope, reason in brand.scope_reasons},
        "accent": brand.accent,
        "logo": "set" if brand.logo_digest else "",
        "privacy": brand.privacy_url,
        "terms": brand.terms_url,
        "support": brand.support,
        "installed": str(registry.counted(db).get(found.client_id, 0)),
    }
    lines = (f"{name:<20} {value}".replace("\n", "\n" + " " * 21) for name, value in shown.items() if value)
    return "\n".join([slug, "", *lines])
