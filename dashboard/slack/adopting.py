"""The summary of rows that a Bolt app has written before there was one: filled without notes, in large batches, since
nobody is served yet. The Bolt app may go on writing: of what it does meanwhile there are notes."""

from sqlalchemy import Connection, exists, func, select

from dashboard.core.clock import now
from dashboard.core.models import Installation, SlackBot, SlackInstallation
from dashboard.core.steps import Step
from dashboard.slack import summary
from dashboard.slack.summary import Progress, Table
from dashboard.slack.tenant import Tenant

BATCH = 1_000  # rows of slack_sdk's


def sum_up_all(step: Step, told: Progress) -> None:
    """Bring every tenant that has rows into the summary. `told` hears (done, in all) after each batch.

    It may be broken off: repeated, it goes on where it was, since who is in the summary is passed over.
    """
    total, done = step(summary.count_tenants), step(_count_done)
    for table in (SlackInstallation, SlackBot):
        after: int | None = 0
        while after is not None:
            after, many = step(_sum_up_some, table, after)
            done += many
            told(min(done, total), total)
    summary.catch_up_with(step)


def _count_done(db: Connection) -> int:
    return db.scalar(select(func.count()).select_from(Installation)) or 0


def _sum_up_some(db: Connection, table: Table, after: int) -> tuple[int | None, int]:
    """Sum up the tenants of the next rows of a table that are not in the summary. The id to go on after, None at the
    end; and how many tenants they were."""
    client_id, enterprise_id, team_id = summary.tenant_of(table)
    is_done = exists().where(Installation.client_id == client_id, Installation.tenant == enterprise_id + "/" + team_id)
    next_ones = select(table.id, client_id, enterprise_id, team_id).where(table.id > after, ~is_done)
    rows = db.execute(next_ones.order_by(table.id).limit(BATCH)).all()
    tenants = {Tenant(client, enterprise or None, team or None) for _, client, enterprise, team in rows}
    summary.sum_up(db, dict.fromkeys(tenants, now()))
    return (rows[-1].id if len(rows) == BATCH else None), len(tenants)
