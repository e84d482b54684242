"""An outcome that this process knows and could not write yet: nobody is told that none was heard of."""

import asyncio

import pytest

from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.engines import writing
from dashboard.install import attempts
from dashboard.install.state import new_attempt_id
from dashboard.install.unfinished import Unfinished
from tests.conftest import BOTH
from tests.support import coroutines


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


@pytest.fixture
def spent(database):
    """The id of an attempt that was spent longer ago than one may be that is still at work."""
    at = now() - attempts.INTERRUPTED_AFTER - 1000
    start = {
        "id": new_attempt_id(at),
        "reference": reference.new(),
        "client_id": "333.111",
        "verified": True,
        "release": "test",
        "step": "started",
        "seen_at": at,
        "started_at": at,
        "source": "page",
    }
    with writing(database.engine).begin() as db:
        attempts.spend(db, start, {"returned_at": at, "last_returned_at": at, "returns": 1})
    database.execute(f"UPDATE dashboard_attempts SET spent_at = {at}")
    return start["id"]


def refused_once(db, attempt_id, tries):
    """The outcome's record, which the database takes at the second try."""
    tries.append(attempt_id)
    if len(tries) == 1:
        db.exec_driver_sql("SELECT * FROM a_table_that_is_missing")
    attempts.close_failed(db, attempt_id, {"reason": "invalid_code", "detail": "bad_client_secret"}, now())


def after(database, attempt_id, *, sweeps):
    """What detail an attempt has after each round, of so many sweeps at once."""

    async def scenario():
        service, details = Database(database.url), []
        unfinished = Unfinished(service)
        unfinished.keep(attempt_id, refused_once, attempt_id, [])
        for at_once in sweeps:
            await asyncio.gather(*(unfinished.sweep() for _ in range(at_once)))
            details.append((await service.read(attempts.get, attempt_id)).detail)
        await service.close()
        return details

    return coroutines.run(scenario())


def test_it_stays_open_until_it_can_be_written(database, spent):
    assert after(database, spent, sweeps=[1, 1]) == [None, "bad_client_secret"]


def test_a_sweep_waits_for_what_another_is_just_trying_to_write(database, spent):
    assert after(database, spent, sweeps=[2]) == ["bad_client_secret"]


def test_what_nobody_knows_the_end_of_is_closed_all_the_same(database, spent):
    async def scenario():
        service = Database(database.url)
        unfinished = Unfinished(service)
        unfinished.keep(new_attempt_id(now()), refused_once, spent, [])
        await unfinished.sweep()
        await service.close()

    coroutines.run(scenario())
    assert [row["detail"] for row in database.rows("SELECT detail FROM dashboard_attempts")] == ["interrupted"]
