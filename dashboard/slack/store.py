"""slack_sdk's two tables: what its `SQLAlchemyInstallationStore` does with them, inside a transaction of ours.

Differences, each on purpose: tokens are sealed; installation, bot and summary go together; a save never blanks another
person's token; an installation without a bot writes no bot row; a delete leaves a tombstone and destroys the tokens; of
what an operator has suspended nothing is found, and what is saved goes to the archive.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from functools import cache

from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    null,
    or_,
    select,
    update,
)

from dashboard.core import compiled
from dashboard.core.crypto import Vault
from dashboard.core.models import ArchivedBot, ArchivedInstallation, SlackBot, SlackInstallation, TokenKey
from dashboard.core.models import Installation as Summary
from dashboard.slack import archive, sealed, summary, turns
from dashboard.slack.sealed import SlackRow
from dashboard.slack.summary import Facts
from dashboard.slack.tenant import DELETED, REVOKED, SUSPENDED, UNINSTALLED, Tenant

Installations = type[SlackInstallation | ArchivedInstallation]
Bots = type[SlackBot | ArchivedBot]

_OF_BOT = ("bot_token", "bot_id", "bot_user_id", "bot_scopes", "bot_refresh_token", "bot_token_expires_at")
_OF_PERSON = ("user_token", "user_scopes", "user_refresh_token", "user_token_expires_at")


def save(db: Connection, vault: Vault, installation: Installation, facts: Facts | None = None) -> None:
    """Store an installation, its bot and its summary. The same `installed_at` and person update the row in place.

    `facts` are what the summary keeps and the installation itself does not know.
    """
    row = _row(installation, SlackInstallation, vault)
    tenant = Tenant(vault.client_id, row["enterprise_id"], row["team_id"])
    kept = [] if installation.user_token else list(_OF_PERSON)
    kept += [] if installation.bot_token else list(_OF_BOT)
    changes = {column: value for column, value in row.items() if column not in kept}
    table, bots = _tables(db, vault, tenant)
    _write(db, table, ("user_id", "installed_at"), row, changes)
    if installation.bot_token:
        _write_bot(db, vault, installation.to_bot(), bots)
    summary.keep(db, tenant, facts, announced=True)


def save_bot(db: Connection, vault: Vault, bot: Bot) -> None:
    """Store a bot's token: in place where a row of the same `installed_at` is there, else as a new row."""
    tenant = Tenant(vault.client_id, bot.enterprise_id or None, bot.team_id or None)
    _, bots = _tables(db, vault, tenant)
    _write_bot(db, vault, bot, bots)
    summary.keep(db, tenant, announced=True)


_FOUND = select(
    select(Summary.status)
    .where(Summary.client_id == bindparam("client_id"), Summary.tenant == bindparam("tenant"))
    .scalar_subquery()
    .label("status"),
    exists()
    .where(TokenKey.client_id == bindparam("client_id"), TokenKey.key_id == bindparam("key_id"))
    .label("key_is_noted"),
)


def _tables(db: Connection, vault: Vault, tenant: Tenant) -> tuple[Installations, Bots]:
    """Where something of a tenant is to be written now, by whoever's turn it is; the key that it is sealed with is
    noted. Of one that an operator has deleted the old goes: somebody has installed it anew."""
    turns.announce(db, tenant)
    named = {"client_id": tenant.client_id, "tenant": tenant.key, "key_id": vault.keyring.active}
    (status, key_is_noted), *_ = compiled.rows(db, _FOUND, named)
    if not key_is_noted:
        sealed.note_key(db, vault)
    if status == SUSPENDED:
        return ArchivedInstallation, ArchivedBot
    if status == DELETED:
        archive.destroy(db, tenant)
        archive.release(db, tenant)
    return SlackInstallation, SlackBot


def add(db: Connection, vault: Vault, entity: Installation | Bot) -> bool:
    """Add a row of another store, unless there is one of the same tenant, person and time already: that one is newer,
    however it came. False if there is one. The summary is for the caller to keep."""
    table: type[SlackBot | SlackInstallation] = SlackBot if isinstance(entity, Bot) else SlackInstallation
    row = _row(entity, table, vault)
    tenant = Tenant(vault.client_id, row["enterprise_id"], row["team_id"])
    more = {} if isinstance(entity, Bot) else {"user_id": row["user_id"]}
    same = rows_in_any_form(table, tenant, installed_at=row["installed_at"], **more)
    if db.execute(select(table.id).where(same).limit(1)).first():
        return False
    db.execute(insert(table), row)
    return True


def find_bot(db: Connection, vault: Vault, enterprise_id: str | None, team_id: str | None) -> Bot | None:
    """The latest bot of a tenant that has a token, opened. Raises SealError if it cannot be opened."""
    tenant = Tenant(vault.client_id, enterprise_id, team_id)
    query = (
        select(*SlackBot.__table__.columns)
        .where(_rows(SlackBot, tenant), SlackBot.bot_token.is_not(None), archive.is_not_suspended(tenant))
        .order_by(SlackBot.installed_at.desc())
        .limit(1)
    )
    row = db.execute(query).mappings().first()
    return Bot(**_opened(dict(row), vault)) if row else None


def find_installation(
    db: Connection, vault: Vault, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
) -> Installation | None:
    """The latest installation of a tenant, or of a person there, with the latest bot; as slack_sdk finds it."""
    tenant = Tenant(vault.client_id, enterprise_id, team_id)
    whose = {} if user_id is None else {"user_id": user_id}
    query = (
        select(*SlackInstallation.__table__.columns)
        .where(_rows(SlackInstallation, tenant, **whose), archive.is_not_suspended(tenant))
        .order_by(SlackInstallation.installed_at.desc())
        .limit(1)
    )
    row = db.execute(query).mappings().first()
    if row is None:
        return None
    installation = Installation(**_opened(dict(row), vault))
    if user_id is not None or installation.bot_token is None:
        bot = find_bot(db, vault, enterprise_id, team_id)
        for column in _OF_BOT if bot and bot.bot_token != installation.bot_token else ():
            setattr(installation, column, getattr(bot, column))
    return installation


def delete_bot(db: Connection, vault: Vault, enterprise_id: str | None, team_id: str | None) -> None:
    """Take out a tenant's bot: Slack revoked its token. slack_sdk leaves a copy in the installations; this does not."""
    tenant = Tenant(vault.client_id, enterprise_id, team_id)
    drop_bot(db, tenant)
    summary.keep(db, tenant, gone=REVOKED)


def drop_bot(db: Connection, tenant: Tenant) -> None:
    """Destroy a bot's token wherever there is one. The summary is for the caller to keep."""
    blank = dict.fromkeys(("bot_token", "bot_refresh_token", "bot_token_expires_at"))
    for bots in (SlackBot, ArchivedBot):
        db.execute(delete(bots).where(rows_in_any_form(bots, tenant)))
    for table in (SlackInstallation, ArchivedInstallation):
        db.execute(update(table).where(rows_in_any_form(table, tenant)).values(blank))


def delete_installation(
    db: Connection, vault: Vault, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
) -> None:
    """Take out what a person installed, or everybody; the bot's own row stays, as with slack_sdk."""
    tenant = Tenant(vault.client_id, enterprise_id, team_id)
    whose = {} if user_id is None else {"user_id": user_id}
    for table in (SlackInstallation, ArchivedInstallation):
        db.execute(delete(table).where(rows_in_any_form(table, tenant, **whose)))
    summary.keep(db, tenant, gone=REVOKED)


def delete_all(db: Connection, vault: Vault, enterprise_id: str | None, team_id: str | None) -> None:
    """Take out everything of a tenant: the app was uninstalled. The summary row stays as the tombstone."""
    tenant = Tenant(vault.client_id, enterprise_id, team_id)
    db.execute(delete(SlackBot).where(rows_in_any_form(SlackBot, tenant)))
    db.execute(delete(SlackInstallation).where(rows_in_any_form(SlackInstallation, tenant)))
    archive.destroy(db, tenant)
    if archive.status_of(db, tenant) == SUSPENDED:
        archive.release(db, tenant)
    summary.keep(db, tenant, gone=UNINSTALLED)


def _write(
    db: Connection, table: Installations | Bots, more: tuple[str, ...], row: SlackRow, changes: SlackRow
) -> None:
    """Add a row; where there is one of the same tenant and the same `more`, make the changes to that. Neither table has
    a unique key."""
    names = ("client_id", "enterprise_id", "team_id", *more)
    present = tuple(name for name in names if row[name] is not None)
    if not compiled.changed(db, _adding(table, names, present), row):
        named = {f"its_{name}": row[name] for name in present}
        compiled.changed(db, _replacing(table, names, present), {**changes, **named})


# Built once for each shape: building one costs ten times what running it does.


@cache
def _adding(table: Installations | Bots, names: tuple[str, ...], present: tuple[str, ...]) -> Insert:
    columns = [column for column in table.__table__.columns if column.name != "id"]
    row = select(*(bindparam(column.name, type_=column.type) for column in columns))
    same = and_(*(getattr(table, name) == (bindparam(name) if name in present else null()) for name in names))
    return insert(table).from_select([column.name for column in columns], row.where(~exists().where(same)))


@cache
def _replacing(table: Installations | Bots, names: tuple[str, ...], present: tuple[str, ...]) -> Update:
    statement = update(table)
    for name in names:
        value = bindparam(f"its_{name}") if name in present else null()
        statement = statement.where(getattr(table, name) == value)
    return statement


def _rows(table: Installations | Bots, tenant: Tenant, **more: object) -> ColumnElement[bool]:
    return _that_have(table, {**tenant._asdict(), **more})


def _that_have(table: Installations | Bots, values: Mapping[str, object]) -> ColumnElement[bool]:
    return and_(*(getattr(table, column) == value for column, value in values.items()))


def rows_in_any_form(table: Installations | Bots, tenant: Tenant, **more: object) -> ColumnElement[bool]:
    """The rows of a tenant, however they spell an absent id: what destroys them leaves no token behind."""
    return or_(*(_rows(table, form, **more) for form in tenant.forms))


def rows_of_known(table: Installations | Bots, known: Collection[str]) -> ColumnElement[bool]:
    """The same of a tenant that has these ids, which are parameters: for statements that are built once."""
    names = Tenant(*(name if name in known else "" for name in Tenant._fields))
    forms = ({name: bindparam(id_) if id_ else id_ for name, id_ in form._asdict().items()} for form in names.forms)
    return or_(*(_that_have(table, form) for form in forms))


def _row(entity: Installation | Bot, table: type[SlackBot] | type[SlackInstallation], vault: Vault) -> SlackRow:
    """A row of slack_sdk's table: its columns, naive UTC, tokens sealed. Its custom values have no column and go."""
    columns = {column.name for column in table.__table__.columns} - {"id"}
    values = {**entity.to_dict(), "client_id": vault.client_id}
    row: SlackRow = {column: _naive(values.get(column)) for column in columns}
    row["enterprise_id"], row["team_id"] = row["enterprise_id"] or None, row["team_id"] or None
    if not vault.seal:
        return row
    return row | {column: vault.keyring.seal(row[column], *place) for column, place in sealed.places(row)}


def _opened(row: SlackRow, vault: Vault) -> SlackRow:
    """What slack_sdk's class takes of a row, tokens in clear. Where each belongs is taken from the row itself."""
    opened = row | {column: vault.keyring.open(row[column], *place) for column, place in sealed.places(row)}
    return {column: value for column, value in opened.items() if column not in ("id", "client_id")}


def _write_bot(db: Connection, vault: Vault, bot: Bot, table: Bots) -> None:
    row = _row(bot, SlackBot, vault)
    _write(db, table, ("installed_at",), row, row)


def _naive(value: object) -> object:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) and value.tzinfo else value
