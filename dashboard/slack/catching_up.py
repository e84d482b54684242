"""Brings the summary up to what others have written: a Bolt app with slack_sdk's own class, a person with SQL. Of what
they change triggers leave notes; `reindex` leaves one of every tenant."""

import time
from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, delete, exists, func, literal, select, true, union

from dashboard.core.clock import now
from dashboard.core.db import insert
from dashboard.core.models import Change, Installation, SlackBot, SlackInstallation
from dashboard.core.steps import Step
from dashboard.slack.deciding import Table
from dashboard.slack.summary import sum_up
from dashboard.slack.tenant import ACTIVE, Tenant

BATCH = 50  # tenants: a return may have to wait until they are written
CHUNK = 5_000  # rows of slack_sdk's noted at once

Progress = Callable[[int, int], None]


def any_noted(db: Connection, up_to: int | None = None) -> bool:
    """Whether somebody changed slack_sdk's rows and the summary has yet to catch up, with notes up to that id."""
    query = select(Change.id) if up_to is None else select(Change.id).where(Change.id <= up_to)
    return bool(db.scalar(select(exists(query))))


def catch_up(db: Connection, up_to: int | None = None) -> int:
    """Bring the summary up to date for at most BATCH of the notes, the oldest first, and take them out. How many it
    took.

    Processes that do this at the same time take different notes. `up_to` is the id of the last one to take.
    """
    oldest = select(Change.id).order_by(Change.id).limit(BATCH).with_for_update(skip_locked=True)
    # Once, by itself: as a subquery PostgreSQL may ask for them once for each row, and gets the next ones then.
    these = (oldest if up_to is None else oldest.where(Change.id <= up_to)).cte()
    taken = delete(Change).where(Change.id.in_(select(these.c.id)))
    said = (Change.client_id, Change.enterprise_id, Change.team_id, Change.noted_at)
    notes = db.execute(taken.returning(*said)).all()
    if not notes:
        return 0
    noted_at: dict[Tenant, int] = {}
    for client_id, enterprise_id, team_id, at in notes:
        tenant = Tenant(client_id, enterprise_id or None, team_id or None)
        noted_at[tenant] = max(at, noted_at.get(tenant, 0))
    sum_up(db, noted_at)
    return len(notes)


def reindex(step: Step, told: Progress = lambda _done, _total: None) -> int:
    """Rebuild the whole summary from slack_sdk's rows. How many tenants there are.

    Who has no row any more becomes a tombstone; tombstones stay, with what only they know. `told` hears (done, in all)
    after each batch. It may be repeated at any time, and broken off: a service that runs, or `catch_up_with`, does what
    is left.
    """
    total = step(count_tenants)
    for table in (SlackInstallation, SlackBot, Installation):
        after: int | None = 0
        while after is not None:
            after = step(_note_chunk, table, after)
    catch_up_with(step, lambda done, _noted: told(min(done, total), total))
    return total


def catch_up_with(step: Step, told: Progress = lambda _done, _total: None) -> None:
    """Bring the summary up to date for every note that there is now. `told` hears (done, in all) after each batch."""
    last, done = step(_last_note), 0
    if last is None:
        return
    noted = step(_count_notes)
    while step(any_noted, last):
        while taken := step(catch_up, last):
            done += taken
            told(min(done, noted), noted)
        time.sleep(0.05)  # a service that runs may have taken the rest, and is about to finish


def count_tenants(db: Connection) -> int:
    """How many tenants have a row of slack_sdk's, or are thought to have one."""
    tenants = [select(*tenant_of(table)) for table in (SlackInstallation, SlackBot)]
    tenants.append(select(*tenant_of(Installation)).where(Installation.status == ACTIVE))
    return db.scalar(select(func.count()).select_from(union(*tenants).subquery())) or 0


def _count_notes(db: Connection) -> int:
    return db.scalar(select(func.count()).select_from(Change)) or 0


def _last_note(db: Connection) -> int | None:
    return db.scalar(select(func.max(Change.id)))


def tenant_of(table: Table | type[Installation]) -> list[ColumnElement[str]]:
    """The columns that name a row's tenant, an absent id as ''."""
    return [func.coalesce(getattr(table, name), "").label(name) for name in Tenant._fields]


def _note_chunk(db: Connection, table: Table | type[Installation], after: int) -> int | None:
    """Note the tenants of the next rows of a table. The id to go on after, None at the end."""
    last = db.scalar(select(table.id).where(table.id > after).order_by(table.id).offset(CHUNK - 1).limit(1))
    tenant = tenant_of(table)
    rows = [table.id > after, table.id <= last if last else true()]
    if table is Installation:
        rows.append(Installation.status == ACTIVE)  # a tombstone has no rows to look for
    noted = exists().where(*(getattr(Change, column.name) == column for column in tenant))
    tenants = select(*tenant, literal(now())).where(*rows, ~noted).distinct()
    db.execute(insert(db, Change).from_select([*Tenant._fields, "noted_at"], tenants))
    return last
