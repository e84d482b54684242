"""What a Bolt app in another process imports: a store on the dashboard's database, sync and async in one.

store = InstallationStore.from_env()
app = App(oauth_settings=OAuthSettings(client_id=…, client_secret=…, installation_store=store))
"""

import logging
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TypeVar

from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.installation_store import InstallationStore as SyncInstallationStore
from slack_sdk.oauth.installation_store.models.bot import Bot
from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import Engine

from dashboard.core import parse
from dashboard.core.crypto import Keyring, Vault, app_key
from dashboard.core.db import Database
from dashboard.core.engines import sync_engine, writing
from dashboard.core.errors import ConfigurationError
from dashboard.slack import store
from dashboard.slack.lookups import Lookups

T = TypeVar("T")


class InstallationStore(SyncInstallationStore, AsyncInstallationStore):
    """slack_sdk's store interfaces over the dashboard's rows: opens sealed and plain ones, seals what it saves.

    Its deletes, which Bolt's revocation listeners call, destroy the tokens and leave the record the dashboard shows.
    """

    def __init__(self, *, database_url: str, client_id: str, token_key: str, seal: bool = True) -> None:
        """`token_key` is what `dashboard app key SLUG` prints. `seal=False` saves rows plain, as the dashboard does
        with DASHBOARD_TOKEN_ENCRYPTION=off. Raises ConfigurationError if the key is not one."""
        self._url = database_url
        self._vault = Vault(client_id, Keyring(token_key.split(",")), seal)
        self._logger = logging.getLogger(__name__)
        self._lookups = Lookups(client_id, lambda: self._engine, self._logger)

    @classmethod
    def from_env(cls, environment: Mapping[str, str] = os.environ) -> "InstallationStore":
        """A store from DATABASE_URL, SLACK_CLIENT_ID, and DASHBOARD_TOKEN_KEY (this app's own), DASHBOARD_TOKEN_KEYS
        or SECRET_KEY. Raises ConfigurationError naming what is missing or wrong."""
        given = {name: text.strip() for name, text in environment.items() if text.strip()}
        missing = [name for name in ("DATABASE_URL", "SLACK_CLIENT_ID") if name not in given]
        if missing:
            raise ConfigurationError(f"{' and '.join(missing)} must be set.")
        client_id = given["SLACK_CLIENT_ID"]
        return cls(
            database_url=_checked("DATABASE_URL", parse.database_url, given["DATABASE_URL"]),
            client_id=client_id,
            token_key=given.get("DASHBOARD_TOKEN_KEY") or _derived(given, client_id),
            seal=_checked("DASHBOARD_TOKEN_ENCRYPTION", parse.switch, given.get("DASHBOARD_TOKEN_ENCRYPTION", "on")),
        )

    @property
    def logger(self) -> logging.Logger:
        return self._logger

    @property
    def client_id(self) -> str:
        return self._vault.client_id

    # A store is made before anybody knows whether its app is sync or async; each opens its connections when first used.

    @cached_property
    def _engine(self) -> Engine:
        return sync_engine(self._url)

    @cached_property
    def _database(self) -> Database:
        return Database(self._url)

    def _read(self, query: Callable[..., T], **which: object) -> T:
        with self._engine.connect() as connection:
            return query(connection, self._vault, **which)

    def _write(self, change: Callable[..., T], *what: object, **which: object) -> T:
        with writing(self._engine).begin() as connection:
            return change(connection, self._vault, *what, **which)

    def _noted(self, found: T | None, enterprise_id: str | None, team_id: str | None) -> T | None:
        if found is not None:
            self._lookups.note(enterprise_id, team_id)
        return found

    def save(self, installation: Installation) -> None:
        self._write(store.save, installation)

    def save_bot(self, bot: Bot) -> None:
        self._write(store.save_bot, bot)

    def find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        team_id = _team(team_id, is_enterprise_install)
        return self._noted(
            self._read(store.find_bot, enterprise_id=enterprise_id, team_id=team_id), enterprise_id, team_id
        )

    def find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        team_id = _team(team_id, is_enterprise_install)
        found = self._read(store.find_installation, enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)
        return self._noted(found, enterprise_id, team_id)

    def delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        self._write(store.delete_bot, enterprise_id=enterprise_id, team_id=team_id)

    def delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        self._write(store.delete_installation, enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)

    def delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        self._write(store.delete_all, enterprise_id=enterprise_id, team_id=team_id)

    async def async_save(self, installation: Installation) -> None:
        await self._database.write(store.save, self._vault, installation)

    async def async_save_bot(self, bot: Bot) -> None:
        await self._database.write(store.save_bot, self._vault, bot)

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        team_id = _team(team_id, is_enterprise_install)
        found = await self._database.read(store.find_bot, self._vault, enterprise_id, team_id)
        return self._noted(found, enterprise_id, team_id)

    async def async_find_installation(
        self,
        *,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None = None,
        is_enterprise_install: bool | None = False,
    ) -> Installation | None:
        team_id = _team(team_id, is_enterprise_install)
        found = await self._database.read(store.find_installation, self._vault, enterprise_id, team_id, user_id)
        return self._noted(found, enterprise_id, team_id)

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self._database.write(store.delete_bot, self._vault, enterprise_id, team_id)

    async def async_delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, user_id: str | None = None
    ) -> None:
        await self._database.write(store.delete_installation, self._vault, enterprise_id, team_id, user_id)

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        await self._database.write(store.delete_all, self._vault, enterprise_id, team_id)

    def close(self) -> None:
        """Write what is noted of look-ups, and close what the sync methods opened."""
        self._lookups.close()
        if "_engine" in self.__dict__:
            self._engine.dispose()

    async def async_close(self) -> None:
        """Write what is noted of look-ups, and close what the async methods opened."""
        self.close()
        if "_database" in self.__dict__:
            await self._database.close()


def _team(team_id: str | None, is_enterprise_install: bool | None) -> str | None:
    """An org-wide installation's rows have no team, whatever team an event came from."""
    return None if is_enterprise_install else team_id


def _checked(variable: str, parse: Callable[[str], T], given: str) -> T:
    try:
        return parse(given)
    except ValueError as mistake:
        raise ConfigurationError(f"{variable} {mistake}.") from None


def _derived(environment: Mapping[str, str], client_id: str) -> str:
    roots = environment.get("DASHBOARD_TOKEN_KEYS") or environment.get("SECRET_KEY") or ""
    keys = [app_key(root.strip(), client_id) for root in roots.split(",") if root.strip()]
    if not keys:
        raise ConfigurationError(
            "DASHBOARD_TOKEN_KEY must be set.", "Print it with `dashboard app key SLUG` where the dashboard runs."
        )
    return ",".join(keys)
