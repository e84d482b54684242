"""The registry: which Slack apps this deployment serves. One may come from the environment, any number from the table.

The command line and the desk change it; every process notices within seconds (`registry_cache.py`).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.apps.app import DEFAULT_SLUG, UNNAMED, App, from_environment, from_row, open_secret, token_roots
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.crypto import app_secret_keyring
from dashboard.core.db import fetch, fetch_one, insert
from dashboard.core.errors import ConfigurationError, DashboardError
from dashboard.core.models import App as AppRow
from dashboard.core.models import Attempt, AuditEntry, Installation, Model, SlackBot, SlackInstallation

SECRETS = ("client_secret", "signing_secret")


Version = frozenset[tuple[str, int]]


def load(db: Connection, settings: Settings) -> dict[str, App]:
    """The apps by slug; one whose secret cannot be opened is there with its `problem`."""
    apps, _ = load_with_version(db, settings)
    return apps


def load_with_version(db: Connection, settings: Settings) -> tuple[dict[str, App], Version]:
    """The apps by slug, and the version of exactly these rows.

    A version that was read before the rows could be one that comes back (an app is added and removed again), and the
    added app would be served for ever.
    """
    rows = {row.slug: row for row in fetch(db, select(AppRow), AppRow)}
    version = frozenset((slug, row.changed_at) for slug, row in rows.items())
    environment_row = rows.pop(DEFAULT_SLUG, None)
    apps = {slug: from_row(settings, row) for slug, row in rows.items()}
    if settings.slack_client_id:
        apps[DEFAULT_SLUG] = from_environment(settings, environment_row)
    return apps, version


def version(db: Connection) -> Version:
    """Differs whenever an app was added, changed or removed."""
    return frozenset((slug, changed_at) for slug, changed_at in db.execute(select(AppRow.slug, AppRow.changed_at)))


def require(db: Connection, settings: Settings, slug: str) -> App:
    """The app of that slug. Raises DashboardError if there is none."""
    settings.require_secret_key()
    known = load(db, settings)
    if slug in known:
        return known[slug]
    if slug == DEFAULT_SLUG:
        raise DashboardError("There is no default app.", "Set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET for it.")
    others = f"There is: {', '.join(sorted(known))}." if known else "Add it with `dashboard app add`."
    raise DashboardError(f"There is no app '{slug[:40]}'.", others)


def note_environment(db: Connection, settings: Settings) -> None:
    """Give the environment's app its row, or its row what the environment says: its client id, and the scopes by which
    the desk tells what an installation lacks.

    Raises ConfigurationError if another app of the registry has that client id.
    """
    client_id = settings.slack_client_id
    if not client_id:
        return
    said = {
        "client_id": client_id,
        "scopes": ",".join(settings.slack_scopes) or None,
        "user_scopes": ",".join(settings.slack_user_scopes) or None,
    }
    rows = {row.slug: row for row in fetch(db, select(AppRow), AppRow)}
    own = rows.get(DEFAULT_SLUG)
    if own and said == {name: getattr(own, name) for name in said}:
        return
    _require_free(client_id, rows)
    if own:
        changed_at = max(now(), own.changed_at + 1)
        db.execute(update(AppRow).where(AppRow.slug == DEFAULT_SLUG).values({**said, "changed_at": changed_at}))
        return
    times = {"created_at": now(), "changed_at": now()}
    row = {"slug": DEFAULT_SLUG, "name": UNNAMED, "page_enabled": True, **said, **times}
    # Another process may have started in the same moment.
    db.execute(insert(db, AppRow).values(row).on_conflict_do_nothing(index_elements=["slug"]))


def _require_free(client_id: str, rows: Mapping[str, AppRow]) -> None:
    taken = next((slug for slug, row in rows.items() if row.client_id == client_id and slug != DEFAULT_SLUG), None)
    if taken:
        raise ConfigurationError(
            f"SLACK_CLIENT_ID is that of the registered app '{taken}'.",
            f"Leave it out of the environment, or `dashboard app remove {taken}`.",
        )


def add(db: Connection, settings: Settings, slug: str, columns: Mapping[str, object]) -> None:
    """Register an app. `columns` are checked values, secrets in clear. Raises DashboardError if it is there."""
    if slug == DEFAULT_SLUG:
        raise DashboardError(
            "The app 'default' is the environment's.", "Set SLACK_CLIENT_ID for it, or choose another slug."
        )
    at = now()
    client_id = str(columns["client_id"])
    sealed = _sealed(settings, client_id, columns)
    row = {"page_enabled": True, **sealed, "slug": slug, "created_at": at, "changed_at": at}
    if db.scalar(insert(db, AppRow).values(row).on_conflict_do_nothing().returning(AppRow.id)) is not None:
        return
    taken = db.scalar(select(AppRow.slug).where(AppRow.client_id == client_id, AppRow.slug != slug))
    if taken:
        raise DashboardError(f"That client id belongs to the app '{taken}' already.", "Each app has its own.")
    raise DashboardError(f"There is an app '{slug}' already.", f"Change it with `dashboard app edit {slug}`.")


def edit(db: Connection, settings: Settings, slug: str, columns: Mapping[str, object]) -> None:
    """Change an app's columns. Raises DashboardError if there is none, the environment decides the column, or it is the
    client id of an app that somebody has installed; SealError if a secret that stays cannot be opened: the keys given
    are not those of this registry."""
    # Whoever edits it at the same time waits: a secret is sealed for the client id that the row has.
    row = fetch_one(db, select(AppRow).where(AppRow.slug == slug).with_for_update(), AppRow)
    if row is None:
        require(db, settings, slug)
        raise DashboardError("The app 'default' has no row yet.", "Restart the service: it writes one.")
    decided = sorted(set(columns) & _ENVIRONMENT_DECIDES) if slug == DEFAULT_SLUG else []
    if decided:
        raise DashboardError(
            f"The environment decides the default app's {decided[0].replace('_', ' ')}.",
            "Change its variable instead, and restart.",
        )
    client_id = str(columns.get("client_id", row.client_id))
    kept = {name: open_secret(settings, row, name) for name in SECRETS if name not in columns}
    if client_id != row.client_id:
        _move(db, row.client_id, client_id)
        columns = {**columns, **{name: secret for name, secret in kept.items() if secret}}  # sealed for the id
    stored = _sealed(settings, client_id, columns)
    changed_at = max(now(), row.changed_at + 1)  # two changes within a millisecond are two versions
    try:
        db.execute(update(AppRow).where(AppRow.slug == slug).values({**stored, "changed_at": changed_at}))
    except IntegrityError:  # after `_move` had looked
        raise DashboardError("That client id was just given to another app.", "Each app has its own.") from None


def _move(db: Connection, before: str, client_id: str) -> None:
    """Correct a client id that was mistyped, in everything that was written under it.

    Raises DashboardError if it belongs to another app, if anything was kept under it, of an app that is here no more
    (whoever manages this one may not see that), or if Slack gave out anything under the one before.
    """
    taken = db.scalar(select(AppRow.slug).where(AppRow.client_id == client_id))
    if taken:
        raise DashboardError(f"That client id belongs to the app '{taken}' already.", "Each app has its own.")
    if any(_is_in(db, table, client_id) for table in (SlackInstallation, SlackBot, Installation, Attempt, AuditEntry)):
        raise DashboardError(
            "That client id is of an app that was here before.",
            "An owner can add it again, under Apps, with its records.",
        )
    if any(_is_in(db, table, before) for table in (SlackInstallation, SlackBot, Installation)):
        raise DashboardError(
            "The app was installed under its client id, so it is the right one.",
            "For another Slack app, add another app here.",
        )
    for written in Model.metadata.sorted_tables:
        if "client_id" in written.c and written.name != AppRow.__tablename__:
            db.execute(written.update().where(written.c.client_id == before).values(client_id=client_id))


def _is_in(db: Connection, table: type[Any], client_id: str) -> bool:
    return db.execute(select(table.client_id).where(table.client_id == client_id).limit(1)).first() is not None


def remove(db: Connection, slug: str) -> None:
    """Take an app out of the registry, with its secrets. What was installed stays stored."""
    db.execute(delete(AppRow).where(AppRow.slug == slug))


def client_id_of(db: Connection, slug: str) -> str | None:
    """The client id of an app's row; None if it has none."""
    return db.scalar(select(AppRow.client_id).where(AppRow.slug == slug))


def counted(db: Connection) -> dict[str, int]:
    """How many tenants have each app installed, by client id."""
    query = select(Installation.client_id, func.count().label("installed")).where(Installation.status == "active")
    return {row.client_id: row.installed for row in db.execute(query.group_by(Installation.client_id))}


def translations(db: Connection, slug: str) -> str | None:
    """What an app's vendor says in other languages, as it is stored; None if nothing."""
    return db.execute(select(AppRow.translations).where(AppRow.slug == slug)).scalar()


def logo(db: Connection, slug: str) -> bytes | None:
    """An app's logo: WebP, 128 pixels high, and as wide or wider."""
    return db.execute(select(AppRow.logo).where(AppRow.slug == slug)).scalar()


_ENVIRONMENT_DECIDES = frozenset(
    ("client_id", "client_secret", "signing_secret", "scopes", "user_scopes", "redirect_uri")
)


def _sealed(settings: Settings, client_id: str, columns: Mapping[str, object]) -> dict[str, object]:
    """The columns as they are stored: secrets sealed, each bound to its app and column."""
    keyring = app_secret_keyring(token_roots(settings), client_id)
    secrets = {name: str(columns[name]) for name in SECRETS if columns.get(name)}
    stored = {**columns, **{name: keyring.seal(secret, client_id, name) for name, secret in secrets.items()}}
    return stored | {"client_secret_changed_at": now()} if "client_secret" in secrets else stored
