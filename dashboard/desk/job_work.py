"""Works at jobs, behind the answers: a few rows at a time, each with its outcome.

One process works at a job; if it ends in the middle, another goes on after LEASE. What is done here stands in one
transaction with its outcome, so nothing is done twice; a check at Slack may be.
"""

import asyncio
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import ColumnElement, Connection, select, update

from dashboard.access import audit, operators
from dashboard.access.permissions import Operator
from dashboard.apps.app import App
from dashboard.core.clock import MINUTE, now
from dashboard.core.db import Database, changed, fetch, fetch_one
from dashboard.core.errors import DashboardError, NotAllowedError, NotFoundError, frames
from dashboard.core.models import Job, JobRow
from dashboard.desk import installation_acts, jobs, slack_acts
from dashboard.slack.api import Slack

LEASE = 2 * MINUTE  # ms; longer than Slack can take with the tokens of one step
AT_ONCE = 5  # rows; at Slack side by side

log = structlog.get_logger("dashboard.jobs")


async def work(database: Database, slack: Slack, apps: Callable[[], Mapping[str, App]]) -> None:
    """Work at all jobs that wait. `apps` gives those of the deployment by client id."""
    while await database.read(_any_waits) and (job := await database.write(take)):
        try:
            while await _step(database, slack, apps(), job):
                pass
        except BaseException:  # the process ends, or the database does not answer: let the next one go on at once
            await database.write(_release, job)
            raise


def _any_waits(db: Connection) -> bool:
    return db.execute(select(Job.id).where(*_waits()).limit(1)).first() is not None


def _waits() -> tuple[ColumnElement[bool], ...]:
    return Job.ended_at.is_(None), Job.worked_at < now() - LEASE


def take(db: Connection) -> Job | None:
    """The oldest job that nobody works at; it is ours now."""
    job = fetch_one(db, select(Job).where(*_waits()).order_by(Job.id).limit(1), Job)
    if job is None:
        return None
    # On PostgreSQL another process may have read the same row: whoever comes second changes none.
    unchanged = Job.id == job.id, Job.worked_at == job.worked_at, Job.ended_at.is_(None)
    return job if changed(db, update(Job).where(*unchanged).values(worked_at=now())) else None


def _say_at_it(db: Connection, job: Job) -> bool:
    """Whether the job goes on, noting that we are at it."""
    going_on = Job.id == job.id, Job.ended_at.is_(None)
    return changed(db, update(Job).where(*going_on).values(worked_at=now()))


def _release(db: Connection, job: Job) -> None:
    db.execute(update(Job).where(Job.id == job.id).values(worked_at=0))


async def _step(database: Database, slack: Slack, apps: Mapping[str, App], job: Job) -> bool:
    """Do the next few rows. Whether there may be more."""
    operator, rows = await database.write(_next, job)
    if operator is None or not rows:
        return False
    caller = slack_acts.Caller(database, slack, operator, apps)
    await asyncio.gather(*(_do(caller, job, row) for row in rows))
    return True


def _next(db: Connection, job: Job) -> tuple[Operator | None, list[JobRow]]:
    """Who acts, as of now, and the next rows. Nobody if the job has ended; it ends if there is nothing left to do, or
    nobody to do it."""
    if not _say_at_it(db, job):
        return None, []
    operator = operators.acting(db, job.operator_id, job.network)
    if operator is None:
        jobs.end(db, job.id, "Whoever began it may not sign in any more.")
        return None, []
    waiting = select(JobRow).where(JobRow.job_id == job.id, JobRow.outcome.is_(None))
    rows = fetch(db, waiting.order_by(JobRow.id).limit(AT_ONCE), JobRow)
    if not rows:
        jobs.end(db, job.id)
    return operator, rows


async def _do(caller: slack_acts.Caller, job: Job, row: JobRow) -> None:
    """Do one row, and put down what came of it."""
    database = caller.database
    try:
        if job.act in slack_acts.ACTS:
            work = await slack_acts.begin(caller, row.installation_id, job.act)
            said = await slack_acts.ACTS[job.act](work)
            await database.write(_note, row, audit.OK, said)
        else:
            await database.write(_do_here, caller.operator, job, row)
    except NotFoundError:
        await database.write(_note, row, audit.FAILED, "It is not there any more.")
    except NotAllowedError as error:
        await database.write(_deny, caller.operator, job, row, error.client_id)
    except DashboardError as error:
        await database.write(_note, row, audit.FAILED, f"{error.sentence} {error.next_step}")
    except Exception as error:  # noqa: BLE001 - one row that meets a fault of ours must not hold up the others
        log.error("job.row_failed", job=job.id, error_class=type(error).__name__, trace=frames(error))
        await database.write(_note, row, audit.FAILED, "A fault of ours: it is in the log.")


def _do_here(db: Connection, operator: Operator, job: Job, row: JobRow) -> None:
    if _note(db, row, audit.OK, installation_acts.ACTS[job.act].done):
        installation_acts.HERE[job.act](db, operator, row.installation_id, job.text)


def _deny(db: Connection, operator: Operator, job: Job, row: JobRow, client_id: str | None) -> None:
    if _note(db, row, audit.DENIED, "Your role does not reach that far in its app."):
        of_it = "installation", row.installation_id
        audit.record(db, operator, f"installation.{job.act}", *of_it, client_id=client_id, outcome=audit.DENIED)


def _note(db: Connection, row: JobRow, outcome: str, says: str) -> bool:
    """Whether the row was still to be done."""
    not_yet = JobRow.id == row.id, JobRow.outcome.is_(None)
    return changed(db, update(JobRow).where(*not_yet).values(outcome=outcome, says=says, done_at=now()))
