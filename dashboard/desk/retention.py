"""What is kept for how long. Attempts and audit go by age, in small transactions: the flow never waits for it."""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, delete, select
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.access import audit
from dashboard.access.permissions import Operator, service, visible_to
from dashboard.core import schema, tally
from dashboard.core.clock import DAY, now
from dashboard.core.config import Settings
from dashboard.core.db import Database
from dashboard.core.engines import transaction
from dashboard.core.models import Attempt, AttemptEntry, AuditEntry, Invitation, Job, JobRow
from dashboard.desk import hours
from dashboard.slack import archive

BATCH = 500  # rows a transaction takes out
KEEP_JOBS_DAYS = 30  # after their end
PAUSE = 0.05  # seconds between two, for others to write

log = structlog.get_logger("dashboard.retention")


async def purge(
    database: Database, attempts_days: int, audit_days: int, told: Callable[[int], None] = lambda _done: None
) -> dict[str, int]:
    """Take out attempts first heard of, and audit rows written, longer ago than so many days, and installations that an
    operator has forgotten longer ago than they can be restored. How many of each.

    `told` hears after each step how many went in all. It may be broken off, and run in several processes at once.
    """
    limits: list[tuple[str, type[Attempt | AuditEntry], InstrumentedAttribute[int], int]] = [
        ("attempts", Attempt, Attempt.seen_at, attempts_days),
        ("audit", AuditEntry, AuditEntry.at, audit_days),
    ]
    gone = {"attempts": 0, "audit": 0, "installations": 0}
    for name, table, at, days in limits:
        before = now() - days * DAY
        while taken := await database.write(_take, table, at, before):
            gone[name] += taken
            await database.write(tally.fold, hours.TALLY)
            told(sum(gone.values()))
            await asyncio.sleep(PAUSE)
    while taken := await database.write(archive.destroy_old, now(), BATCH):
        gone["installations"] += taken
        told(sum(gone.values()))
        await asyncio.sleep(PAUSE)
    await database.write(_take_jobs, now() - KEEP_JOBS_DAYS * DAY)
    if any(gone.values()):
        await database.write(_record, gone)
    return gone


async def run(settings: Settings, told: Callable[[int], None]) -> dict[str, int]:
    """The same as a command, by the settings. Raises DatabaseNotReadyError if the database cannot be used, or is
    older than needed."""
    with transaction(settings.database_url, write=True) as connection:
        schema.require_current(connection)
    database = Database(settings.database_url)
    try:
        return await purge(database, settings.keep_attempts_days, settings.keep_audit_days, told)
    finally:
        await database.close()


def oldest_attempt(db: Connection, operator: Operator) -> int | None:
    """When the oldest attempt that the operator may see was first heard of (ms)."""
    oldest = select(Attempt.seen_at).order_by(Attempt.seen_at).limit(1)
    if operator.owner:
        return db.scalar(oldest.where(visible_to(operator, Attempt.client_id, "see_attempts")))
    mine = [app.client_id for app in operator.apps if operator.may("see_attempts", app.client_id)]
    of_each = [db.scalar(oldest.where(Attempt.client_id == client_id)) for client_id in mine]
    return min((at for at in of_each if at is not None), default=None)


def _take(db: Connection, table: type[Attempt] | type[AuditEntry], at: InstrumentedAttribute[int], before: int) -> int:
    some = select(table.id).where(at < before).order_by(at).limit(BATCH)
    if table is Attempt:  # what was written about them goes with them
        theirs = select(Attempt.reference).where(Attempt.id.in_(some))
        db.execute(delete(AttemptEntry).where(AttemptEntry.reference.in_(theirs) | (AttemptEntry.at < before)))
        of_none = (Invitation.reference == "") & (Invitation.expires_at < before)
        db.execute(delete(Invitation).where(Invitation.reference.in_(theirs) | of_none))
    return db.execute(delete(table).where(table.id.in_(some))).rowcount


def _take_jobs(db: Connection, before: int) -> None:
    """Jobs are few, and what they did stands in the audit."""
    old = select(Job.id).where(Job.ended_at < before)
    db.execute(delete(JobRow).where(JobRow.job_id.in_(old)))
    db.execute(delete(Job).where(Job.ended_at < before))


def _record(db: Connection, gone: dict[str, int]) -> None:
    details = ", ".join(f"{count} {name}" for name, count in gone.items() if count)
    audit.record(db, service(), "retention.purge", details=details)
