"""The tokens that an installation works with: what an operator has asked of Slack about each, and its destruction."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, null, select, update

from dashboard.core.crypto import Vault
from dashboard.core.models import SlackBot, SlackInstallation
from dashboard.slack import sealed, store, summary
from dashboard.slack.tenant import REVOKED, Tenant


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A token that an installation works with, in clear: the bot's, or a person's."""

    token: str = field(repr=False)
    user_id: str | None  # None: the bot's
    installed_at: datetime


def of(db: Connection, vault: Vault, tenant: Tenant) -> list[HeldToken]:
    """The newest token of the bot and of each person of a tenant, the bot's first. Raises SealError if one cannot be
    opened."""
    held: dict[str | None, HeldToken] = {}
    for table, token, whose in ((SlackBot, "bot_token", null()), (SlackInstallation, "user_token", "user_id")):
        person = getattr(table, whose) if isinstance(whose, str) else whose
        rows = select(*table.__table__.columns, person.label("whose")).where(store.rows_in_any_form(table, tenant))
        newest = rows.where(getattr(table, token).is_not(None)).order_by(table.installed_at.desc(), table.id.desc())
        for row in db.execute(newest).mappings():
            opened = vault.keyring.open(row[token], *dict(sealed.places(dict(row)))[token])
            held.setdefault(row["whose"], HeldToken(opened, row["whose"], row["installed_at"]))
    return list(held.values())


def note_scopes(db: Connection, tenant: Tenant, held: HeldToken, scopes: str) -> None:
    """Write down which scopes Slack says that a token has. The summary is for the caller to keep."""
    kind = "user" if held.user_id else "bot"
    whose = {"user_id": held.user_id} if held.user_id else {}
    for table in (SlackInstallation,) if held.user_id else (SlackInstallation, SlackBot):
        same = store.rows_in_any_form(table, tenant, installed_at=held.installed_at, **whose)
        db.execute(update(table).where(same).values({f"{kind}_scopes": scopes}))


def drop(db: Connection, tenant: Tenant, held: HeldToken) -> None:
    """Destroy a token that Slack takes no more: of the bot everywhere, of a person all that the person has. The summary
    is for the caller to keep."""
    if held.user_id is None:
        store.drop_bot(db, tenant)
        return
    blank = dict.fromkeys(("user_token", "user_refresh_token", "user_token_expires_at"))
    same = store.rows_in_any_form(SlackInstallation, tenant, user_id=held.user_id)
    db.execute(update(SlackInstallation).where(same).values(blank))


def drop_all(db: Connection, vault: Vault, tenant: Tenant) -> None:
    """Destroy every token of a tenant: Slack takes none of them any more. The app may still be listed there."""
    store.delete_bot(db, vault, tenant.enterprise_id, tenant.team_id)
    blank = dict.fromkeys(("user_token", "user_refresh_token", "user_token_expires_at"))
    db.execute(update(SlackInstallation).where(store.rows_in_any_form(SlackInstallation, tenant)).values(blank))
    summary.keep(db, tenant, gone=REVOKED)
