"""An act on many installations: what is chosen, and the job that goes through it. What works at jobs is `job_work`.

A job holds the rows that were chosen when somebody saw them; what comes to match later is not touched.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sqlalchemy import ColumnElement, Connection, Select, and_, func, insert, select, true, update

from dashboard.access import audit
from dashboard.access.permissions import Operator, require_anywhere, visible_to
from dashboard.core.clock import now
from dashboard.core.db import LARGEST_ID, fetch, fetch_one
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.models import Installation, Job, JobRow
from dashboard.core.words import many
from dashboard.desk import filters, installation_acts, rows
from dashboard.desk.conditions import View, condition
from dashboard.desk.installation_acts import Act
from dashboard.desk.installations import LIST
from dashboard.desk.rows import InstallationRow

MOST = 10_000  # installations of one job
SHOWN = 50  # of them, before and afterwards
ACTS = ("check", "note", "suspend", "resume")


@dataclass(frozen=True, slots=True)
class Asked:
    """How installations are chosen: by `ids`, as they were sent; or, if there is a `query` (of the list's address), as
    all that it asks for, of which `count` were shown."""

    ids: tuple[str, ...] = ()
    query: str | None = None
    count: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The installations that are meant, and how they were chosen, in words."""

    ids: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class DoneRow:
    """One installation of a job. `name` is None where the operator may not see it, or it is there no more."""

    installation_id: int
    outcome: str | None
    says: str | None
    done_at: int | None
    name: str | None
    client_id: str | None


@dataclass(frozen=True, slots=True)
class JobPage:
    """A job, how many of its rows have which outcome (None: not their turn yet), and some of the rows: those that
    failed first, then the latest."""

    job: Job
    act: Act
    counts: dict[str | None, int]
    rows: list[DoneRow]

    @property
    def done(self) -> int:
        return sum(count for outcome, count in self.counts.items() if outcome)


def choose(db: Connection, operator: Operator, asked: Asked) -> Chosen:
    """What somebody means, who may see all of it.

    Raises DashboardError if it is nothing, too much, or by now other than what was shown; FilterError as the list does;
    NotFoundError if there is an id that the operator may not see.
    """
    return _by_query(db, operator, asked) if asked.query is not None else _by_ids(db, operator, asked)


def _by_ids(db: Connection, operator: Operator, asked: Asked) -> Chosen:
    if not asked.ids:
        raise DashboardError("Nothing is ticked.", "Go back and tick the installations that are meant.")
    try:
        ids = tuple(sorted({int(text) for text in asked.ids}))
    except ValueError:
        raise NotFoundError from None
    if len(ids) > MOST or not 0 < ids[0] <= ids[-1] <= LARGEST_ID:
        raise NotFoundError
    visible = visible_to(operator, Installation.client_id, LIST.act)
    found = db.scalar(select(func.count()).where(Installation.id.in_(ids), visible))
    if found != len(ids):
        raise NotFoundError
    return Chosen(ids, many(len(ids), "ticked installation"))


def _by_query(db: Connection, operator: Operator, asked: Asked) -> Chosen:
    asked_for = {key: value for key, value in parse_qsl(asked.query) if key not in ("after", "sort")}
    parsed = filters.parse(LIST, operator, asked_for)
    wanted = condition(db, View(LIST, operator, parsed, now()))
    ids = tuple(db.scalars(select(Installation.id).where(wanted).order_by(Installation.id).limit(MOST + 1)))
    if len(ids) > MOST:
        raise DashboardError(f"There are more than {MOST:,}.", "Narrow the list: nothing was done.")
    if asked.count != str(len(ids)):
        raise DashboardError(
            f"There are {len(ids):,} now; {asked.count[:20] or 'nothing'} was shown.",
            "Look at the list again: nothing was done.",
        )
    if not ids:
        raise DashboardError("Nothing matches.", "Look at the list again: nothing was done.")
    names = {app.slug: app.name for app in operator.apps}
    return Chosen(ids, f"all {len(ids):,} of {filters.sentence(LIST, parsed, names)}")


def sample(db: Connection, operator: Operator, chosen: Chosen) -> list[InstallationRow]:
    """Some of what was chosen, to be looked at."""
    mine = visible_to(operator, Installation.client_id, LIST.act)
    query = rows.installations(db).where(mine, Installation.id.in_(chosen.ids[:SHOWN]))
    return fetch(db, query.order_by(Installation.sort_name, Installation.id), InstallationRow)


def begin(db: Connection, operator: Operator, asked: Asked, act: str, text: str) -> int:
    """Write the job down; it is worked at from now on. Its id. Raises DashboardError if the text will not do,
    NotAllowedError if the operator may do that nowhere, and what `choose` does."""
    require_anywhere(operator, installation_acts.ACTS[act].needs)
    kept = installation_acts.checked_text(act, text)
    chosen = choose(db, operator, asked)
    job = {
        "operator_id": operator.id,
        "network": operator.network,
        "act": act,
        "text": kept,
        "chosen": chosen.words,
        "total": len(chosen.ids),
        "created_at": now(),
        "worked_at": 0,
    }
    job_id = db.execute(insert(Job).values(job).returning(Job.id)).scalar_one()
    db.execute(insert(JobRow), [{"job_id": job_id, "installation_id": id_} for id_ in chosen.ids])
    counted = select(Installation.client_id, func.count().label("rows"))
    of_job = select(JobRow.installation_id).where(JobRow.job_id == job_id)
    for row in db.execute(counted.where(Installation.id.in_(of_job)).group_by(Installation.client_id)):
        details = f"{act} on {many(row.rows, 'installation')}: {chosen.words}"
        audit.record(db, operator, "installations.bulk", "job", job_id, client_id=row.client_id, details=details)
    return job_id


def page(db: Connection, operator: Operator, job_id: int) -> JobPage:
    """Raises NotFoundError if it is neither the operator's nor the operator an owner."""
    job = get(db, operator, job_id)
    counted = select(JobRow.outcome, func.count().label("rows")).where(JobRow.job_id == job_id)
    counts = {row.outcome: row.rows for row in db.execute(counted.group_by(JobRow.outcome))}
    return JobPage(job, installation_acts.ACTS[job.act], counts, _rows(db, operator, job_id))


def of_operator(db: Connection, operator: Operator) -> list[Job]:
    """The latest jobs: the operator's own, an owner's everybody's."""
    return fetch(db, select(Job).where(_mine(operator)).order_by(Job.id.desc()).limit(SHOWN), Job)


def get(db: Connection, operator: Operator, job_id: int) -> Job:
    """Raises NotFoundError as `page` does."""
    job = fetch_one(db, select(Job).where(Job.id == job_id, _mine(operator)), Job)
    if job is None:
        raise NotFoundError
    return job


def stop(db: Connection, operator: Operator, job_id: int) -> None:
    """Let it end after what is being done now. Raises NotFoundError as `page` does."""
    get(db, operator, job_id)
    end(db, job_id, f"{operator.email} stopped it.")


def end(db: Connection, job_id: int, stopped: str | None = None) -> None:
    """Note that nothing more is done; `stopped` says why, if not everything is."""
    going_on = Job.id == job_id, Job.ended_at.is_(None)
    db.execute(update(Job).where(*going_on).values(ended_at=now(), stopped=stopped))


def every_row(db: Connection, operator: Operator, job_id: int) -> list[DoneRow]:
    """All rows of a job, in the order in which they are worked at. Raises NotFoundError as `page` does."""
    get(db, operator, job_id)
    return fetch(db, _shown(operator).where(JobRow.job_id == job_id).order_by(JobRow.id), DoneRow)


def _rows(db: Connection, operator: Operator, job_id: int) -> list[DoneRow]:
    done = _shown(operator).where(JobRow.job_id == job_id, JobRow.outcome.is_not(None))
    went_wrong = JobRow.outcome != audit.OK
    return fetch(db, done.order_by(went_wrong.desc(), JobRow.id.desc()).limit(SHOWN), DoneRow)


def _shown(operator: Operator) -> Select[*tuple[object, ...]]:
    seen = and_(Installation.id == JobRow.installation_id, visible_to(operator, Installation.client_id, LIST.act))
    name = func.coalesce(
        func.nullif(Installation.team_name, ""),
        func.nullif(Installation.enterprise_name, ""),
        Installation.team_id,
        Installation.enterprise_id,
    )
    return select(
        JobRow.installation_id,
        JobRow.outcome,
        JobRow.says,
        JobRow.done_at,
        name.label("name"),
        Installation.client_id,
    ).outerjoin(Installation, seen)


def _mine(operator: Operator) -> ColumnElement[bool]:
    return true() if operator.owner else Job.operator_id == operator.id
