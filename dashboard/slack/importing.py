"""Moves slack_sdk's other stores in, its `SQLite3InstallationStore` and `FileInstallationStore`, with their history.

Everything is read and understood before anything is written. What is here already is left as it is, and so is a
workspace that was uninstalled here after the row was written: a repeated import adds what is new, and brings nothing
back.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import Connection

from dashboard.core.crypto import Vault
from dashboard.core.errors import DashboardError
from dashboard.core.steps import Step
from dashboard.slack import sealed, store, summary
from dashboard.slack.tenant import Tenant, summary_of

BATCH = 100  # tenants a transaction writes

_NOT_OURS = ("id", "client_id")
_LATEST = "-latest"


@dataclass
class Found:
    """What a store holds of one app's tenant, the oldest rows first."""

    tenant: Tenant
    installations: list[Installation] = field(default_factory=list)
    bots: list[Bot] = field(default_factory=list)


@dataclass
class Source:
    """A store that was read: its tenants, and what could not be read (place, why)."""

    tenants: dict[Tenant, Found] = field(default_factory=dict)
    damaged: list[tuple[str, str]] = field(default_factory=list)

    def add(self, client_id: str, entity: Installation | Bot) -> None:
        if entity.is_enterprise_install:
            entity.team_id = None  # as it is stored here, and looked for by Bolt
        tenant = Tenant(client_id, entity.enterprise_id or None, entity.team_id or None)
        found = self.tenants.setdefault(tenant, Found(tenant))
        if isinstance(entity, Installation):
            found.installations.append(entity)
        else:
            found.bots.append(entity)


def read_sqlite3(path: Path) -> Source:
    """The rows of a file of slack_sdk's sqlite3 store. Raises DashboardError if it is no such file."""
    source = Source()
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        with connection:
            for table, kind in (("slack_installations", Installation), ("slack_bots", Bot)):
                for row in connection.execute(f"SELECT * FROM {table} ORDER BY id"):  # noqa: S608 - our constants
                    _read(source, f"{table}, row {row['id']}", row["client_id"], kind, dict(row))
        connection.close()
    except sqlite3.Error as error:
        raise DashboardError(
            f"{path} cannot be read as a file of slack_sdk's sqlite3 store.", "Give the file its `database=` names."
        ) from error
    return source


def read_files(folder: Path, client_id: str) -> Source:
    """The files of slack_sdk's file store for one app. Raises DashboardError if there is no such folder."""
    source = Source()
    if not folder.is_dir():
        raise DashboardError(f"{folder} is not a folder.", "Give the folder its `base_dir=` names.")
    files = [path for path in folder.glob("*-*/*") if path.is_file() and path.name.startswith(("installer-", "bot-"))]
    # A rotation rewrites `…-latest` last: of two with the same time, the later one counts.
    for path in sorted(files, key=lambda path: (path.name.endswith(_LATEST), path.stat().st_mtime_ns, path.name)):
        kind = Bot if path.name.startswith("bot-") else Installation
        try:
            facts = json.loads(path.read_text())
        except (OSError, ValueError):
            source.damaged.append((str(path), "it holds no JSON"))
            continue
        _read(source, str(path), client_id, kind, facts)
    return source


def _read(
    source: Source, place: str, client_id: str, kind: type[Installation] | type[Bot], facts: sealed.SlackRow
) -> None:
    try:
        given = {name: value for name, value in facts.items() if name not in _NOT_OURS}
        entity = kind(**given)
        _require(entity)
    except (TypeError, ValueError, AttributeError) as error:
        # Its own words are of names and types; a value of the row is in none of them.
        source.damaged.append(
            (place, str(error) if isinstance(error, _MissingError) else "its fields are not slack_sdk's")
        )
        return
    source.add(client_id, entity)


class _MissingError(ValueError):
    """Its text is ours, and names no value."""


def _require(entity: Installation | Bot) -> None:
    if not entity.app_id or (isinstance(entity, Installation) and not entity.user_id):
        raise _MissingError("the app's or the person's id is missing")
    if not entity.team_id and not entity.enterprise_id:
        raise _MissingError("it belongs to no workspace and no organization")


@dataclass
class Result:
    tenants: int = 0
    rows: int = 0
    there: int = 0  # rows that were here already, or are of tenants that were uninstalled since


def write(step: Step, source: Source, vaults: Mapping[str, Vault], told: Callable[[int, int], None]) -> Result:
    """Add what is new, a batch of tenants a step. `told` hears (tenants done, in all) after each."""
    result = Result()
    tenants = [found for found in source.tenants.values() if found.tenant.client_id in vaults]
    for at in range(0, len(tenants), BATCH):
        batch = tenants[at : at + BATCH]
        step(_write_batch, vaults, batch, result)
        told(at + len(batch), len(tenants))
    return result


def _write_batch(db: Connection, vaults: Mapping[str, Vault], batch: Sequence[Found], result: Result) -> None:
    for found in batch:
        _write(db, vaults[found.tenant.client_id], found, result)


def _write(db: Connection, vault: Vault, found: Found, result: Result) -> None:
    summarized = summary_of(db, found.tenant)
    removed_at = summarized.removed_at if summarized else None
    added = 0
    for entity in _newest_of_each(found):
        kept_out = removed_at is not None and entity.installed_at * 1000 <= removed_at
        if kept_out or not store.add(db, vault, entity):
            result.there += 1
        else:
            added += 1
    if added:
        summary.keep(db, found.tenant)
        sealed.note_key(db, vault)
        result.rows += added
        result.tenants += 1


def _newest_of_each(found: Found) -> Iterator[Installation | Bot]:
    """One of each identity (the person and the time): if a store wrote a row anew, the last of them."""
    yield from {(row.user_id, row.installed_at): row for row in found.installations}.values()
    yield from {row.installed_at: row for row in found.bots}.values()
