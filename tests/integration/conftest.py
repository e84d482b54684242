"""The desk's service and its cast, and databases with two stores on them, for the files that need nothing more."""

import time

import pytest

from dashboard.bolt import InstallationStore
from tests.conftest import BOTH
from tests.support import desk
from tests.support.stage import stage
from tests.support.summaries import CLIENT_ID, KEY, TABLES, slack_sdks


@pytest.fixture(scope="module", params=BOTH)
def office(request, new_database):
    """A running service with the cast."""
    with stage(new_database(request.param)) as running:
        running.cast = desk.people(running)
        yield running
        assert running.server.errors() == []


@pytest.fixture
def owner(office) -> desk.Desk:
    return desk.Desk(office, "owner")


@pytest.fixture
def somebody(office):
    """An operator of one test's own: his address, and a way to sign in."""
    address = f"person-{time.monotonic_ns()}@example.com"
    desk.grant(office, desk.operator(office, address), office.cast.acme, "viewer")
    return address


@pytest.fixture(scope="module", params=BOTH)
def module_database(request, new_database):
    return new_database(request.param)


@pytest.fixture
def emptied(module_database):
    module_database.execute(*(f"DELETE FROM {table}" for table in TABLES))
    return module_database


@pytest.fixture
def on_sqlite(new_database):
    return new_database("sqlite")


@pytest.fixture
def on_postgresql(new_database):
    return new_database("postgresql")


@pytest.fixture
def ours(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    yield store
    store.close()


@pytest.fixture
def theirs(emptied):
    with slack_sdks(emptied) as store:
        yield store
