"""The summary of rows that a Bolt app has written before there was one: filled without notes, in large batches, since
nobody is served yet. The Bolt app may go on writing: of what it does meanwhile there are notes."""

from collections.abc import Iterator
from itertools import pairwise, product

from sqlalchemy import Connection, exists, func, select

from dashboard.core.clock import now
from dashboard.core.models import Installation, SlackBot, SlackInstallation
from dashboard.core.side_by_side import Spread
from dashboard.core.steps import Step
from dashboard.slack import catching_up, summary, turns
from dashboard.slack.catching_up import Progress
from dashboard.slack.deciding import Table
from dashboard.slack.tenant import Tenant

BATCH = 1_000  # rows of slack_sdk's, for each process that writes
BATCH_OF_ONE_WRITER = 4_000  # where only one writes: of each batch it waits for the first share
SHARE = 250  # tenants that another process works out for it, while it writes those before them


def sum_up_all(step: Step, spread: Spread, told: Progress) -> None:
    """Bring every tenant that has rows into the summary. `told` hears (done, in all) after each batch.

    It may be broken off: repeated, it goes on where it was, since who is in the summary is passed over.
    """
    total, done = step(catching_up.count_tenants), step(_count_done)
    for table in (SlackInstallation, SlackBot):
        for many in _sum_up_table(step, spread, table):
            done += many
            if many:
                told(min(done, total), total)
    catching_up.catch_up_with(step)


def _sum_up_table(step: Step, spread: Spread, table: Table) -> Iterator[int]:
    """Sum up the tenants of a table's rows. How many they were, batch by batch."""
    if spread.writers == 1:
        for within in step(_ranges, table, BATCH_OF_ONE_WRITER):
            yield step(_sum_up_some, spread, table, within)
        return
    ranges, shares = step(_ranges, table, BATCH * spread.writers), range(spread.writers)
    yield from spread(_sum_up_share, list(product([table], ranges, shares, [spread.writers])))


def _count_done(db: Connection) -> int:
    return db.scalar(select(func.count()).select_from(Installation)) or 0


def _ranges(db: Connection, table: Table, size: int) -> list[tuple[int, int]]:
    """So many rows of a table each: the id that they begin after, and the last."""
    numbered = select(table.id, func.row_number().over(order_by=table.id).label("number")).subquery()
    ends = db.scalars(select(numbered.c.id).where(numbered.c.number % size == 0).order_by(numbered.c.id)).all()
    last = db.scalar(select(func.max(table.id))) or 0
    return [range_ for range_ in pairwise([0, *ends, last]) if range_[0] < range_[1]]


def _sum_up_share(db: Connection, table: Table, within: tuple[int, int], share: int, shares: int) -> int:
    """Sum up a share of the tenants of some rows, so that nobody waits for another's turns."""
    tenants = [tenant for tenant in _not_done(db, table, within, BATCH * shares) if turns.of(tenant) % shares == share]
    summary.sum_up(db, dict.fromkeys(tenants, now()))
    return len(tenants)


def _sum_up_some(db: Connection, spread: Spread, table: Table, within: tuple[int, int]) -> int:
    """Sum up the tenants of some rows, which others read."""
    tenants = list(_not_done(db, table, within, BATCH_OF_ONE_WRITER))
    turns.take(db, tenants)
    at, shares = now(), [tenants[first : first + SHARE] for first in range(0, len(tenants), SHARE)]
    for worked_out in spread.read(db, summary.work_out, [(dict.fromkeys(share, at),) for share in shares]):
        summary.write(db, worked_out)
    return len(tenants)


def _not_done(db: Connection, table: Table, within: tuple[int, int], most: int) -> set[Tenant]:
    """The tenants of at most so many rows that are not in the summary."""
    client_id, enterprise_id, team_id = catching_up.tenant_of(table)
    is_done = exists().where(Installation.client_id == client_id, Installation.tenant == enterprise_id + "/" + team_id)
    after, last = within
    these = select(client_id, enterprise_id, team_id).where(table.id > after, table.id <= last, ~is_done)
    # In an order and with an end PostgreSQL looks each up by index, also where it has no statistics yet.
    rows = db.execute(these.order_by(table.id).limit(most))
    return {Tenant(client, enterprise or None, team or None) for client, enterprise, team in rows}
