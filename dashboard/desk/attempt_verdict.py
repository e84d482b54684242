"""The verdict on an attempt: its evidence gathered, and decided."""

from sqlalchemy import Connection

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.config import Settings
from dashboard.core.db import fetch_one
from dashboard.core.models import Attempt, Installation
from dashboard.desk import evidence, installed, rows, verdict
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
    return by_evidence(db, operator, settings, evidence.gather(db, operator, settings, attempt, now=now, read=read))


def by_evidence(db: Connection, operator: Operator, settings: Settings, known: Evidence) -> Verdict:
    """The verdict on an attempt of which the evidence is gathered."""
    return verdict.decide(known, _installed(db, operator, settings, known.attempt))


def _installed(db: Connection, operator: Operator, settings: Settings, attempt: Attempt) -> Installed | None:
    """What is known of the installation that it led to."""
    if attempt.outcome != SUCCEEDED:
        return None
    tenant = Tenant(attempt.client_id, attempt.enterprise_id, attempt.team_id)
    there = Installation.client_id == tenant.client_id, Installation.tenant == tenant.key
    visible = visible_to(operator, Installation.client_id)
    installation = fetch_one(db, rows.installations(db).where(*there, visible), InstallationRow)
    if installation is None:
        return None
    return installed.gather(db, evidence.app_of(db, settings, attempt.client_id), installation)
