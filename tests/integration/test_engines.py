"""Connections to PostgreSQL: one whose other end has vanished is given up."""

import socket
from contextlib import closing

import pytest

from dashboard.core.engines import async_engine, sync_engine
from tests.support.coroutines import run

pytestmark = pytest.mark.postgresql

OPTIONS = {  # https://man7.org/linux/man-pages/man7/tcp.7.html
    "how long what was sent may stay unconfirmed, in ms": (socket.TCP_USER_TIMEOUT, 10_000),
    "after how many silent seconds the other end is asked": (socket.TCP_KEEPIDLE, 5),
    "how many seconds between two such questions": (socket.TCP_KEEPINTVL, 2),
}


def seen_by_the_system(file_number: int) -> dict[str, int]:
    with closing(socket.fromfd(file_number, socket.AF_INET, socket.SOCK_STREAM)) as connected:
        if connected.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == socket.AF_UNIX:
            pytest.skip("this PostgreSQL is reached by a file, which does not vanish")
        return {words: connected.getsockopt(socket.IPPROTO_TCP, option) for words, (option, _) in OPTIONS.items()}


WANTED = {words: value for words, (_, value) in OPTIONS.items()}


def test_who_writes_waits_ten_seconds_for_a_machine_that_is_gone(on_postgresql):
    engine = sync_engine(on_postgresql.url)
    with engine.connect() as db:
        assert seen_by_the_system(db.connection.driver_connection.fileno()) == WANTED
    engine.dispose()


def test_who_reads_waits_no_longer(on_postgresql):
    async def read() -> dict[str, int]:
        engine = async_engine(on_postgresql.url)
        async with engine.connect() as db:
            connection = await db.get_raw_connection()
            seen = seen_by_the_system(connection.driver_connection.fileno())
        await engine.dispose()
        return seen

    assert run(read()) == WANTED
