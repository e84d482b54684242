"""Which columns of slack_sdk's tables hold tokens, what each is bound to, and which keys sealed them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, or_, select

from dashboard.core import db as database
from dashboard.core.crypto import SEALED, Keyring, Vault
from dashboard.core.models import ArchivedBot, ArchivedInstallation, SlackBot, SlackInstallation, TokenKey

SlackRow = dict[str, Any]  # a row of one of slack_sdk's tables, whose columns are of many types

_FOR_TENANT = ("bot_token", "bot_refresh_token")
_FOR_PERSON = ("user_token", "user_refresh_token", "incoming_webhook_url")
COLUMNS = (*_FOR_TENANT, *_FOR_PERSON)


def places(row: SlackRow) -> list[tuple[str, tuple[str | None, ...]]]:
    """Each token in a row with what it is bound to: client id, enterprise, team, the person of a person's, column."""
    tenant = (row["client_id"], row["enterprise_id"], row["team_id"])
    places = [(column, (*tenant, None, column)) for column in _FOR_TENANT]
    places += [(column, (*tenant, row.get("user_id"), column)) for column in _FOR_PERSON]
    return [(column, place) for column, place in places if row.get(column) is not None]


def note_key(db: Connection, vault: Vault) -> None:
    """Note that rows of the app are sealed with its key, so that nobody starts without it."""
    if vault.seal:
        note = database.insert(db, TokenKey).on_conflict_do_nothing()
        db.execute(note, {"client_id": vault.client_id, "key_id": vault.keyring.active})


def missing_keys(db: Connection, keyrings: Mapping[str, Keyring]) -> list[tuple[str, str]]:
    """(client id, key id) of every key that sealed rows of these apps and is not among the keys given."""
    rows = db.execute(select(TokenKey.client_id, TokenKey.key_id).where(TokenKey.client_id.in_(keyrings)))
    return [(client_id, key_id) for client_id, key_id in rows if key_id not in keyrings[client_id].key_ids]


def has_sealed(db: Connection, client_id: str) -> bool:
    """Whether any row of an app was ever sealed."""
    return db.execute(select(TokenKey.key_id).where(TokenKey.client_id == client_id).limit(1)).first() is not None


def count_plain(db: Connection, client_ids: Sequence[str]) -> int:
    """How many rows of these apps hold a token that is not sealed."""
    counts = []
    for table in (SlackInstallation, SlackBot, ArchivedInstallation, ArchivedBot):
        columns = (getattr(table, name) for name in COLUMNS if hasattr(table, name))
        plain = or_(*(column.is_not(None) & ~column.startswith(SEALED) for column in columns))
        counts.append(db.scalar(select(func.count()).where(table.client_id.in_(client_ids), plain)) or 0)
    return sum(counts)
