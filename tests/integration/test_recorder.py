"""What is written behind the answer, many at once."""

import pytest

from dashboard.core import compiled, reference
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.pace import Pace
from dashboard.install.recorder import Recorder
from dashboard.install.state import new_attempt_id
from tests.conftest import BOTH
from tests.support import coroutines

MANY = 2 * compiled.BLOCK + 5


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


def start():
    at = now()
    columns = {"id": new_attempt_id(at), "reference": reference.new(), "client_id": "333.111", "verified": True}
    return columns | {"release": "test", "step": "started", "seen_at": at, "started_at": at, "browser": "Firefox 140"}


def write(database, starts):
    """Of each start its reference and browser, as they are stored."""

    async def scenario():
        service = Database(database.url)
        recorder = Recorder(service, Pace())
        for one in starts:
            recorder.started(one, "192.0.2.7")
        assert await recorder.flush()
        await service.close()

    coroutines.run(scenario())
    rows = database.rows("SELECT id, reference, browser FROM dashboard_attempts")
    by_id = {row["id"]: (row["reference"], row["browser"]) for row in rows}
    return [by_id[one["id"]] for one in starts]


def test_many_starts_are_written_each_with_its_own(database):
    starts = [start() | {"browser": f"Firefox {number}"} for number in range(MANY)]
    assert write(database, starts) == [(one["reference"], one["browser"]) for one in starts]


@pytest.mark.parametrize("at", [0, compiled.BLOCK, MANY - 1])
def test_a_start_whose_reference_is_taken_gets_another_and_spoils_no_other(database, at):
    starts = [start() for _ in range(MANY)]
    before = start()
    starts[at]["reference"] = before["reference"]
    write(database, [before])
    written = write(database, starts)
    assert written[at][0] not in {one["reference"] for one in (before, *starts)}
    del written[at], starts[at]
    assert written == [(one["reference"], one["browser"]) for one in starts]


def test_a_start_that_comes_after_its_return_only_says_who_began(database):
    """Wherever among many it stands."""
    starts = [start() for _ in range(MANY)]
    returned = starts[3] | {"browser": None, "step": "stored"}
    write(database, [returned])
    assert write(database, starts)[3] == (starts[3]["reference"], "Firefox 140")
    assert len(database.rows("SELECT id FROM dashboard_attempts WHERE step = 'stored'")) == 1
