"""The verdict on an attempt: its evidence gathered, and decided."""

from sqlalchemy import Connection

from dashboard.access.permissions import Operator
from dashboard.core.config import Settings
from dashboard.core.db import fetch_one
from dashboard.core.models import Attempt, Installation
from dashboard.desk import app_today, evidence, installed, rows, verdict
from dashboard.desk.rows import InstallationRow
from dashboard.desk.verdict import Verdict
from dashboard.install.attempts import SUCCEEDED
from dashboard.install.catalogue.causes.installed import Installed
from dashboard.install.catalogue.evidence import Evidence
from dashboard.slack.tenant import Tenant


def of_attempt(
    db: Connection,
    operator: Operator,
    settings: Settings,
    attempt: Attempt,
    *,
    now: int,
    read: frozenset[str] = frozenset(),
) -> Verdict:
    """The verdict, as of `now` (ms), on an attempt that the operator is known to be allowed to see. `read` is what the
    customer read on Slack's page, by code."""
    known = evidence.gather(db, operator, settings, attempt, now=now, read=read)
    return by_evidence(db, settings, known, installation_at(db, attempt))


def by_evidence(db: Connection, settings: Settings, known: Evidence, there: InstallationRow | None) -> Verdict:
    """The verdict on an attempt of which the evidence is gathered, and what is installed where it led to."""
    return verdict.decide(known, _installed(db, settings, known.attempt, there))


def installation_at(db: Connection, attempt: Attempt) -> InstallationRow | None:
    """What is installed, or was, at the workspace or organization that an attempt was about. Whoever may see the
    attempt may see that."""
    if not attempt.team_id and not attempt.enterprise_id:
        return None
    tenant = Tenant(attempt.client_id, attempt.enterprise_id, attempt.team_id)
    there = (Installation.client_id == tenant.client_id, Installation.tenant == tenant.key)
    return fetch_one(db, rows.installations(db).where(*there), InstallationRow)


def _installed(db: Connection, settings: Settings, attempt: Attempt, there: InstallationRow | None) -> Installed | None:
    """What is known of the installation that it led to."""
    if attempt.outcome != SUCCEEDED or there is None:
        return None
    return installed.gather(db, app_today.registered(db, settings, attempt.client_id), there)
