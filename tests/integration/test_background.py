"""What the service does again and again: nothing is read where nobody has written."""

import asyncio

import pytest
from sqlalchemy.exc import OperationalError

from dashboard import background
from dashboard.core.db import Database, Version
from dashboard.core.sqlite_watch import Watch
from tests.conftest import BOTH
from tests.support import coroutines, wait

WRITE = "INSERT INTO dashboard_operators (email, owner, created_at) VALUES ('{}@example.com', false, 1)"


class Chore:
    """Counts how often it is done; fails where `fails` is set."""

    def __init__(self) -> None:
        self.done, self.fails = 0, False

    async def __call__(self) -> None:
        self.done += 1
        if self.fails:
            raise RuntimeError


def looks(database, *, between=lambda _look: None, count=4) -> int:
    """How often a chore is done in so many looks; `between` is called with the number of each before it."""

    async def scenario() -> int:
        service, chore = Database(database.url), Chore()
        last_write = background.LastWrite(service)
        work = background.if_written(last_write, chore)
        for number in range(count):
            between(number)
            await last_write.look()
            await work()
        await service.close()
        return chore.done

    return coroutines.run(scenario())


def test_a_chore_waits_until_somebody_has_written(new_database):
    database = new_database("sqlite")
    assert looks(database) == 1
    assert looks(database, between=lambda number: database.execute(WRITE.format(number)) if number == 2 else None) == 2


def test_on_postgresql_it_waits_while_nobody_writes_in_the_cluster(new_database):
    database = new_database("postgresql")
    assert looks(database, between=lambda number: database.execute(WRITE.format(number))) == 4
    wait.until(lambda: looks(database, count=2) == 1)  # the other tests write there, too


@pytest.mark.parametrize("kind", BOTH)
def test_what_the_service_itself_writes_counts(new_database, kind):
    database = new_database(kind)

    async def scenario() -> set[Version | None]:
        service = Database(database.url)
        versions = {await service.version()}
        await service.write(lambda db: db.exec_driver_sql(WRITE.format("x")))
        versions.add(await service.version())
        if kind == "sqlite":  # reading is no writing
            await service.read(lambda db: db.exec_driver_sql("SELECT 1"))
            versions.add(await service.version())
        await service.close()
        return versions

    assert len(coroutines.run(scenario())) == 2


@pytest.mark.parametrize("kind", BOTH)
def test_what_is_committed_later_than_it_was_begun_counts(new_database, kind):
    database = new_database(kind)

    async def scenario() -> list[Version | None]:
        service, versions = Database(database.url), []
        with database.begin() as db:
            db.exec_driver_sql(WRITE.format("x"))
            versions.append(await service.version())
        versions.append(await service.version())
        await service.close()
        return versions

    before, after = coroutines.run(scenario())
    assert before != after


def test_a_database_that_cannot_be_asked_keeps_nobody_from_trying(new_database, monkeypatch):
    async def scenario() -> int:
        service, chore = Database(new_database("sqlite").url), Chore()
        last_write = background.LastWrite(service)
        work = background.if_written(last_write, chore)
        await last_write.look()
        await work()
        await service.close()
        gone = Database("postgresql://127.0.0.1:1/nowhere")
        monkeypatch.setattr(service, "version", gone.version)
        with pytest.raises(OperationalError):
            await last_write.look()
        await gone.close()
        await work()
        await work()
        return chore.done

    assert coroutines.run(scenario()) == 3


def test_a_chore_is_done_in_any_case_every_now_and_then(new_database, monkeypatch):
    monkeypatch.setattr(background, "LOOK_ANYWAY", 0.0)
    assert looks(new_database("sqlite")) == 4


def test_a_chore_that_failed_is_tried_again(new_database):
    async def scenario() -> int:
        service, chore = Database(new_database("sqlite").url), Chore()
        last_write = background.LastWrite(service)
        await last_write.look()
        look = background.if_written(last_write, chore)
        chore.fails = True
        for _ in range(2):
            with pytest.raises(RuntimeError):
                await look()
        chore.fails = False
        await look()
        await look()
        await service.close()
        return chore.done

    assert coroutines.run(scenario()) == 3


def test_a_file_that_is_not_there_tells_nothing(tmp_path, new_database):
    assert Watch(str(tmp_path / "nowhere.db")).version() is None
    file = new_database("sqlite").engine.url.database
    watch = Watch(file)
    assert watch.version() == watch.version() is not None
    watch.close()


def test_a_cancellation_that_an_error_takes_the_place_of_is_said_again():
    cancelled = []

    async def chore():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(1)
            if len(cancelled) == 1:
                raise RuntimeError("the connection is closed") from None
            raise

    async def scenario() -> bool:
        task = asyncio.ensure_future(background.again_and_again(0.0, "chore.failed", chore))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(20):
            await background.end([task])
        return task.cancelled()

    assert coroutines.run(scenario())
    assert len(cancelled) == 2
