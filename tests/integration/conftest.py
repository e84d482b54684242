"""The desk's service and its cast, for the files that need nothing more."""

import time

import pytest

from tests.conftest import BOTH
from tests.support import desk
from tests.support.stage import stage


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
