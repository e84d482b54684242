"""What operators do about an installation here: suspend and forget it, and take that back.

Its rows go from slack_sdk's tables into archives of the same columns, where no Bolt app finds them, whichever class it
uses; tokens stay sealed as they are. What is stored for it meanwhile, by the flow or by `dashboard.bolt`, goes to the
archive, too: nothing that Slack granted is lost, and nothing works again until an operator says so.
"""

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from dashboard.core.clock import DAY
from dashboard.core.db import insert
from dashboard.core.models import (
    ArchivedBot,
    ArchivedInstallation,
    Installation,
    InstallationNote,
    Lookup,
    SlackBot,
    SlackInstallation,
)
from dashboard.slack import organization_workspaces, summary, turns
from dashboard.slack.tenant import ACTIVE, DELETED, SUSPENDED, Tenant

KEPT_FOR = 30 * DAY  # a deleted installation can be restored for so long

Row = type[SlackInstallation | SlackBot | ArchivedInstallation | ArchivedBot]

_PAIRS: tuple[tuple[Row, Row], ...] = ((SlackInstallation, ArchivedInstallation), (SlackBot, ArchivedBot))


def put_away(db: Connection, tenant: Tenant, status: str, at: int) -> None:
    """Suspend or delete an installation at `at` (ms): its rows go to the archive, its summary says SUSPENDED or
    DELETED."""
    turns.take(db, [tenant])
    for table, archive in _PAIRS:
        _move(db, tenant, table, archive)
    _mark(db, tenant, status=status, held_at=at)


def bring_back(db: Connection, tenant: Tenant) -> None:
    """Resume or restore an installation: its rows are as they were, and its summary says what they do."""
    turns.take(db, [tenant])
    for table, archive in _PAIRS:
        _move(db, tenant, archive, table)
    release(db, tenant)
    summary.keep(db, tenant)


def destroy(db: Connection, tenant: Tenant) -> None:
    """Take out what is in the archive of an installation, tokens and all."""
    for _, archive in _PAIRS:
        db.execute(delete(archive).where(_rows(archive, tenant)))


def destroy_old(db: Connection, at: int, most: int) -> int:
    """Take out some of the installations that were deleted more than KEPT_FOR before `at` (ms): their rows, their
    summaries, and what was noted of them. How many."""
    old = (Installation.status == DELETED, Installation.held_at < at - KEPT_FOR)
    ids = (Installation.id, Installation.client_id, Installation.enterprise_id, Installation.team_id)
    gone = db.execute(select(*ids).where(*old).limit(most)).all()
    for row in gone:
        tenant = Tenant(row.client_id, row.enterprise_id, row.team_id)
        destroy(db, tenant)
        for table in (InstallationNote, Lookup):
            db.execute(delete(table).where(table.client_id == tenant.client_id, table.tenant == tenant.key))
        if row.team_id is None:
            organization_workspaces.forget(db, tenant)
    db.execute(delete(Installation).where(Installation.id.in_([row.id for row in gone]), *old))
    return len(gone)


def status_of(db: Connection, tenant: Tenant) -> str | None:
    """The status in the summary; None if the app was never installed there."""
    here = Installation.client_id == tenant.client_id, Installation.tenant == tenant.key
    return db.scalar(select(Installation.status).where(*here))


def is_not_suspended(tenant: Tenant) -> ColumnElement[bool]:
    """The condition that no operator has suspended an installation. Its rows are in the archive; but slack_sdk's own
    class can have written some since."""
    here = Installation.client_id == tenant.client_id, Installation.tenant == tenant.key
    return ~exists().where(*here, Installation.status == SUSPENDED)


def release(db: Connection, tenant: Tenant) -> None:
    """Let the summary follow the rows again; for the caller to bring it up to date."""
    _mark(db, tenant, status=ACTIVE, held_at=None)


def _move(db: Connection, tenant: Tenant, origin: Row, destination: Row) -> None:
    """The rows of a tenant, in the order in which they were written: those that are there now, as a Bolt app may write
    another one in between, which would be deleted and not copied."""
    these = origin.id.in_(list(db.scalars(select(origin.id).where(_rows(origin, tenant)))))
    names = [column.name for column in origin.__table__.columns if column.name != "id"]
    rows = select(*(origin.__table__.c[name] for name in names)).where(these).order_by(origin.id)
    db.execute(insert(db, destination).from_select(names, rows))
    db.execute(delete(origin).where(these))


def _rows(table: Row, tenant: Tenant) -> ColumnElement[bool]:
    """The rows of a tenant, however they spell an absent id."""
    return or_(
        *(
            and_(
                table.client_id == form.client_id,
                table.enterprise_id == form.enterprise_id,
                table.team_id == form.team_id,
            )
            for form in tenant.forms
        )
    )


def _mark(db: Connection, tenant: Tenant, **values: object) -> None:
    here = Installation.client_id == tenant.client_id, Installation.tenant == tenant.key
    db.execute(update(Installation).where(*here).values(values))
