"""What is written: all of a change or nothing, and of others only what they did."""

import asyncio
import threading
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from dashboard.core.db import Database
from dashboard.core.engines import RETRY_FOR, writing
from tests.support import coroutines

CUT_OFF = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
)
NEW = "INSERT INTO dashboard_operators (email, owner, created_at) VALUES ('{}', false, 1)"


@pytest.mark.postgresql
def test_a_connection_that_ends_before_its_transaction_costs_nothing(new_database):
    """A writer keeps its connection for a moment without asking whether it lives."""
    database, tries = new_database("postgresql"), []

    def cut_off():
        with database.begin() as other:
            other.execute(CUT_OFF, {"name": database.engine.url.database})

    def change(db, number, *, cut_off_within):
        tries.append(number)
        db.exec_driver_sql(NEW.format(number))
        if cut_off_within and tries.count(number) == 1:
            cut_off()
            db.exec_driver_sql("SELECT 1")

    async def scenario():
        service = Database(database.url)
        await service.write(change, 1, cut_off_within=False)
        cut_off()
        await service.write(change, 2, cut_off_within=False)
        await service.write(change, 3, cut_off_within=True)
        await service.close()

    coroutines.run(scenario())
    assert [row["email"] for row in database.rows("SELECT email FROM dashboard_operators ORDER BY email")] == list(
        "123"
    )
    assert tries[-2:] == [3, 3]


@pytest.mark.postgresql
def test_what_may_have_been_committed_is_not_done_again(new_database):
    database, tries = new_database("postgresql"), []
    database.execute(
        "CREATE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON dashboard_operators DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION cut_off()",
    )

    def change(db):
        tries.append(1)
        db.exec_driver_sql(NEW.format("a"))

    async def scenario():
        service = Database(database.url)
        with pytest.raises(OperationalError):
            await service.write(change)
        await service.close()

    coroutines.run(scenario())
    assert tries == [1]


def test_of_changes_that_wait_together_one_that_fails_takes_only_itself_back(database):
    """On SQLite they share a transaction: the others are done again."""
    held, tries = threading.Event(), []

    def holding(db):
        held.wait(5)

    def change(db, number):
        tries.append(number)
        db.exec_driver_sql(NEW.format(number))
        if number in (3, 5):
            raise LookupError(number)
        return number

    async def scenario():
        service = Database(database.url)
        before = [asyncio.ensure_future(service.write(holding)) for _ in range(4)]  # as many as write at once
        await asyncio.sleep(0.05)
        waiting = [asyncio.ensure_future(service.write(change, number)) for number in range(1, 8)]
        await asyncio.sleep(0.05)
        held.set()
        done = await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.gather(*before)
        assert await service.write(change, 9) == 9
        await service.close()
        return done

    done = coroutines.run(scenario())
    assert [str(number) for number in done] == list("1234567")
    assert [number for number in done if isinstance(number, LookupError)] == [done[2], done[4]]
    kept = [row["email"] for row in database.rows("SELECT email FROM dashboard_operators ORDER BY email")]
    assert kept == list("124679")
    assert len(tries) == (8 if database.kind == "postgresql" else 3 + 7 + 1)


@pytest.mark.slow("the lock is waited for, for seconds")
def test_changes_that_wait_for_the_same_lock_wait_for_it_together(new_database):
    database = new_database("sqlite")

    async def scenario():
        service = Database(database.url)
        began = time.monotonic()
        changes = [service.write(lambda db: db.exec_driver_sql(NEW.format("a"))) for _ in range(6)]
        refused = await asyncio.gather(*changes, return_exceptions=True)
        took = time.monotonic() - began
        await service.close()
        return refused, took

    with writing(database.engine).begin():
        refused, took = coroutines.run(scenario())
    assert [type(error) for error in refused] == [OperationalError] * 6
    assert took < 4 * RETRY_FOR  # the first alone, and the others together


def test_a_change_that_nobody_waits_for_any_more_is_not_begun(new_database):
    database, held, tries = new_database("sqlite"), threading.Event(), []

    async def scenario():
        service = Database(database.url)
        holding = asyncio.ensure_future(service.write(lambda _db: held.wait(5)))
        await asyncio.sleep(0.05)
        waiting = asyncio.ensure_future(service.write(lambda _db: tries.append(1)))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.sleep(0.05)  # until the writer's side has heard of it
        held.set()
        await holding
        await service.close()

    coroutines.run(scenario())
    assert tries == []


@pytest.mark.postgresql
def test_changes_to_single_rows_that_wait_share_a_transaction_and_block_no_other(new_database):
    """Whoever locks two rows in another order than somebody else waits for one another until PostgreSQL ends one."""
    database, tries = new_database("postgresql"), []
    for email in "abcdef":
        database.execute(NEW.format(email))

    def change(db, email):
        tries.append(email)
        db.execute(text("UPDATE dashboard_operators SET created_at = 2 WHERE email = :email"), {"email": email})
        time.sleep(0.2)  # the other has locked its first row by now
        return db.scalar(text("SELECT pg_current_xact_id()"))

    async def scenario():
        services, changes = [Database(database.url) for _ in range(2)], []
        # Both threads of each are at work with a row of their own while the two that both change are asked for.
        for emails in (("c", "d"), ("e", "f"), ("ab", "ba")):
            for service, some in zip(services, emails, strict=True):
                changes += [asyncio.create_task(service.write_row(email, change, email)) for email in some]
            await asyncio.sleep(0.05)
        transactions = await asyncio.gather(*changes)
        for service in services:
            await service.close()
        return transactions[4:6], transactions[6:8]

    one, other = coroutines.run(scenario())
    assert len({*one}) == len({*other}) == 1
    assert one != other
    assert len(tries) == 8


@pytest.mark.postgresql
def test_a_row_that_somebody_holds_keeps_no_other_waiting(new_database):
    database = new_database("postgresql")
    for email in "ab":
        database.execute(NEW.format(email))

    def change(db, email):
        db.execute(text("UPDATE dashboard_operators SET created_at = 2 WHERE email = :email"), {"email": email})

    async def scenario():
        service = Database(database.url)
        with database.begin() as other:
            other.execute(text("UPDATE dashboard_operators SET created_at = 3 WHERE email = 'a'"))
            held = asyncio.create_task(service.write_row("a", change, "a"))
            await asyncio.sleep(0.1)
            await asyncio.wait_for(service.write_row("b", change, "b"), RETRY_FOR / 2)
            assert not held.done()
        await held
        await service.close()

    coroutines.run(scenario())
