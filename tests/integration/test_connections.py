"""Who holds a connection and sends little, or reads nothing, does not hold it for long; and one never holds all."""

import contextlib
import re
import selectors
import socket
import time
from dataclasses import replace

import httpx
import pytest

from dashboard.core.pace import Pace
from tests.support import wait
from tests.support.command_line import run_dashboard, run_process
from tests.support.stage import QUICK, stage

FORM = b"Host: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BEGUN = b"POST /ops/login HTTP/1.1\r\n" + FORM + b"Content-Length: 60000\r\n\r\ne"
ASKED = b"GET /healthz HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def hurried(new_database):
    pace = replace(QUICK, head_within=20.0, body_within=0.8, body_at_most=2.5, read_within=0.3)
    with stage(new_database("sqlite"), pace=pace) as running:
        yield running
        assert running.server.errors() == []


@contextlib.contextmanager
def connected(target, source: str = "127.0.0.1", receive: int = 0):
    with socket.socket() as connection:
        if receive:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        connection.bind((source, 0))
        connection.settimeout(15)
        connection.connect(("127.0.0.1", target.server.port))
        yield connection


def to_the_end(connection: socket.socket) -> bytes:
    answer = b""
    while chunk := connection.recv(65_536):
        answer += chunk
    return answer


def drip(connection: socket.socket, size: int, pause: float) -> bytes:
    """Send the rest of the body in pieces, until the service answers."""
    connection.settimeout(pause)
    left = 60_000 - 1
    while left:
        connection.sendall(b"a" * min(size, left))
        left -= min(size, left)
        with contextlib.suppress(TimeoutError):
            return connection.recv(65_536)
    connection.settimeout(15)
    return connection.recv(65_536)


def test_a_body_that_does_not_come_is_answered(hurried):
    started = time.monotonic()
    with connected(hurried) as connection:
        connection.sendall(BEGUN)
        answer = to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"content-security-policy: default-src 'none'" in answer
    assert answer.endswith(b"This request took too long to arrive.")
    assert 0.7 < time.monotonic() - started < 5
    assert Pace.body_within == 10


def test_a_body_that_drips_is_answered(hurried):
    with connected(hurried) as connection:
        connection.sendall(BEGUN)
        assert drip(connection, 10, 0.05).startswith(b"HTTP/1.1 408")


def test_a_body_that_comes_slowly_but_comes_is_taken(hurried):
    """Twice as long as one that does not come at all, at sixteen times the least rate."""
    started = time.monotonic()
    with connected(hurried) as connection:
        connection.sendall(BEGUN)
        assert drip(connection, 1_600, 0.045).startswith(b"HTTP/1.1 401")
    assert time.monotonic() - started > 1.5


def test_a_body_at_the_least_rate_is_not_taken_for_ever(hurried):
    started = time.monotonic()
    with connected(hurried) as connection:
        connection.sendall(BEGUN)
        assert drip(connection, 250, 0.1).startswith(b"HTTP/1.1 408")
    assert time.monotonic() - started > 1


def test_a_body_that_nobody_waits_for_ends_the_connection(hurried):
    with connected(hurried) as connection:
        connection.sendall(ASKED + b"Content-Length: 1000\r\n\r\na")
        answer = to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 200")


def test_an_answer_that_nobody_reads_is_thrown_away(hurried):
    connections = hurried.server.connections
    style = re.search(r"/static/[^\"]+[.]css", httpx.get(f"{hurried.url}/slack/install").text)
    wait.until(lambda: connections.open == 0)
    with connected(hurried, receive=4_096) as connection:
        connection.sendall(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % style.group().encode() * 1_500)
        wait.until(lambda: connections.open == 1)
        wait.until(lambda: connections.open == 0)
        with contextlib.suppress(ConnectionError):
            assert to_the_end(connection).count(b"HTTP/1.1 200") < 1_500


def test_one_subscriber_cannot_hold_all_connections(new_database):
    """256 descriptors are enough for 96 connections: 24 of one subscriber, and the last 24 for those who hold few."""
    with stage(new_database("sqlite"), processes=1, descriptors=256) as running, contextlib.ExitStack() as held:
        (serving,) = running.server.log("serving")
        assert serving["connections"] == 96

        def hold(source: str, count: int) -> int:
            """How many of so many connections are taken."""
            mine = [held.enter_context(connected(running, source)) for _ in range(count)]
            for connection in mine:
                connection.sendall(BEGUN)
            return count - _count_refused(mine)

        assert hold("127.0.0.2", 200) == 24
        with connected(running) as connection:
            connection.sendall(ASKED + b"Connection: close\r\n\r\n")
            assert to_the_end(connection).startswith(b"HTTP/1.1 200")
        assert [hold(f"127.0.0.{number}", 30) for number in (3, 4, 5, 6)] == [24, 24, 8, 8]
        with connected(running) as connection:
            connection.sendall(ASKED + b"Connection: close\r\n\r\n")
            assert to_the_end(connection).startswith(b"HTTP/1.1 200")
        assert running.server.log("connections.refused")
        assert running.server.errors() == []


def _count_refused(connections: list[socket.socket]) -> int:
    """How many the service says are too many; those it has taken it does not answer yet."""
    waiting = set(connections)
    with selectors.DefaultSelector() as selector:  # select() itself takes no descriptor beyond 1,023
        for connection in connections:
            selector.register(connection, selectors.EVENT_READ)
        while refused := [key.fileobj for key, _ in selector.select(0.5)]:
            for connection in refused:
                answer = connection.recv(65_536)
                assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n"), answer
                assert b"retry-after: 10" in answer
                selector.unregister(connection)
            waiting.difference_update(refused)
    return len(connections) - len(waiting)


def test_behind_a_proxy_its_visitors_are_counted(new_database):
    with stage(new_database("sqlite"), DASHBOARD_PROXY_HOPS="1") as running, contextlib.ExitStack() as held:
        running.server.connections.most = 32

        def begin(visitor: bytes) -> socket.socket:
            connection = held.enter_context(connected(running))
            connection.sendall(BEGUN.replace(b"Host: a\r\n", b"Host: a\r\nX-Forwarded-For: " + visitor + b"\r\n"))
            return connection

        def ask(visitor: bytes) -> bytes:
            connection = held.enter_context(connected(running))
            connection.sendall(ASKED + b"X-Forwarded-For: " + visitor + b"\r\nConnection: close\r\n\r\n")
            return to_the_end(connection)[9:12]

        assert _count_refused([begin(b"203.0.113.1") for _ in range(12)]) == 4
        assert ask(b"203.0.113.1") == b"503"
        assert ask(b"203.0.113.2") == b"200"


def test_doctor_says_how_many_connections_there_is_room_for(shared):
    done = run_dashboard("doctor", environment=shared.environment)
    assert re.search(r"ok    A process may open [\d,]+ files here, enough for 2,000 connections\.", done.stdout)

    done = run_process("doctor", environment=shared.environment, descriptors=256)
    assert done.returncode == 1
    assert "mend  A process may open 256 files here, enough for 96 connections." in done.stdout
    assert "LimitNOFILE=" in done.stdout
