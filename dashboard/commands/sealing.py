"""Seals what is stored plain, seals anew with the newest key, or opens everything: the `dashboard keys` commands.

It goes row by row in small transactions while the service and Bolt apps go on. A value that somebody changed meanwhile
stays as they wrote it: it was written with today's settings. Breaking off and repeating are safe.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, delete, or_, select, true, update

from dashboard.access import second_factor
from dashboard.apps.app import App, token_roots
from dashboard.apps.registry import SECRETS
from dashboard.core.config import Settings
from dashboard.core.crypto import SEALED, Keyring, Vault, app_secret_keyring, is_sealed
from dashboard.core.db import changed, fetch, insert
from dashboard.core.errors import SealError
from dashboard.core.models import App as AppRow
from dashboard.core.models import (
    ArchivedBot,
    ArchivedInstallation,
    OperatorAccount,
    SlackBot,
    SlackInstallation,
    TokenKey,
)
from dashboard.core.steps import Step
from dashboard.slack import sealed

BATCH = 200  # rows read, and written where needed, in one transaction
SEAL, ROTATE, UNSEAL = "seal", "rotate", "unseal"

TABLES = (SlackInstallation, SlackBot, ArchivedInstallation, ArchivedBot)
Stored = SlackInstallation | SlackBot | ArchivedInstallation | ArchivedBot
Table = type[Stored]
SealedRow = Stored | AppRow | OperatorAccount
Places = Iterable[tuple[str, tuple[str | None, ...]]]  # each column with what its value is bound to


@dataclass
class Run:
    """What is to be done, and what it came to. `lost` are values whose key is not given: they stay as they are."""

    mode: str
    told: Callable[["Run"], None] = field(repr=False)
    rows: int = 0
    changed: int = 0
    lost: int = 0


def run(step: Step, settings: Settings, apps: Sequence[App], mode: str, told: Callable[[Run], None]) -> Run:
    """Go through every token of some apps; with ROTATE through apps' own secrets and operators' second factors, too.

    `told` hears after each batch.
    """
    this = Run(mode, told)
    for app in apps:
        for table in TABLES:
            after: int | None = 0
            while after is not None:
                after = step(_batch, this, app.vault, table, after)
        step(_note_keys, this, app.vault)
    if mode == ROTATE:
        step(_rotate_secrets, this, settings)
        step(_rotate_second_factors, this, settings)
    return this


def _batch(db: Connection, this: Run, vault: Vault, table: Table, after: int) -> int | None:
    """Convert some rows with an id above `after`. The last id, None at the end."""
    query = select(table).where(table.client_id == vault.client_id, table.id > after)
    rows: list[Stored] = fetch(db, query.order_by(table.id).limit(BATCH), table)
    for row in rows:
        columns = {column.name: getattr(row, column.name) for column in table.__table__.columns}
        _convert_row(db, this, row, vault.keyring, sealed.places(columns))
    this.rows += len(rows)
    this.told(this)
    return rows[-1].id if len(rows) == BATCH else None


def _convert_row(db: Connection, this: Run, row: SealedRow, keyring: Keyring, places: Places) -> None:
    """Convert the values of a row that stand at the places given, unless somebody changes them meanwhile."""
    table = type(row)
    changes = {}
    for column, place in places:
        try:
            changes[column] = _converted(getattr(row, column), keyring, this.mode, *place)
        except SealError:
            this.lost += 1
    changes = {column: value for column, value in changes.items() if value != getattr(row, column)}
    unchanged = and_(true(), *(getattr(table, column) == getattr(row, column) for column in changes))
    if changes and changed(db, update(table).where(table.id == row.id, unchanged).values(changes)):
        this.changed += 1


def _converted(stored: str, keyring: Keyring, mode: str, *place: str | None) -> str:
    if mode == UNSEAL:
        return keyring.open(stored, *place)
    if mode == SEAL and is_sealed(stored):
        return stored
    if mode == ROTATE and (not is_sealed(stored) or stored.startswith(f"{SEALED}{keyring.active}:")):
        return stored
    return keyring.seal(keyring.open(stored, *place), *place)


def _note_keys(db: Connection, this: Run, vault: Vault) -> None:
    """Keep the list of keys that seal an app's rows true, so that only those are asked for at the start."""
    used = {key_id for table in TABLES for key_id in _other_keys(db, vault, table)}
    if this.mode != UNSEAL:
        used.add(vault.keyring.active)
    db.execute(delete(TokenKey).where(TokenKey.client_id == vault.client_id))
    if used:
        rows = [{"client_id": vault.client_id, "key_id": key_id} for key_id in sorted(used)]
        db.execute(insert(db, TokenKey).on_conflict_do_nothing(), rows)  # an installation notes the newest, too


def _other_keys(db: Connection, vault: Vault, table: Table) -> set[str]:
    """The keys other than the newest that sealed a value of the app."""
    columns = [getattr(table, name) for name in sealed.COLUMNS if hasattr(table, name)]
    newest = f"{SEALED}{vault.keyring.active}:"
    other = or_(*(column.startswith(SEALED) & ~column.startswith(newest) for column in columns))
    rows = db.execute(select(*columns).where(table.client_id == vault.client_id, other))
    values = (value for row in rows for value in row if value and value.startswith(SEALED))
    return {value.removeprefix(SEALED).partition(":")[0] for value in values} - {vault.keyring.active}


def _rotate_secrets(db: Connection, this: Run, settings: Settings) -> None:
    """The registered apps' own secrets."""
    for row in fetch(db, select(AppRow), AppRow):
        keyring = app_secret_keyring(token_roots(settings), row.client_id)
        places = [(name, (row.client_id, name)) for name in SECRETS if getattr(row, name)]
        _convert_row(db, this, row, keyring, places)


def _rotate_second_factors(db: Connection, this: Run, settings: Settings) -> None:
    """The secrets of operators' one-time codes."""
    keyring = second_factor.keyring(token_roots(settings))
    for row in fetch(db, select(OperatorAccount), OperatorAccount):
        place = ("second-factor", str(row.id))
        places = [(name, place) for name in ("totp_secret", "totp_offered") if getattr(row, name)]
        _convert_row(db, this, row, keyring, places)
