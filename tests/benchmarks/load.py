"""Load on one loopback address: keep-alive connections, each asking again as soon as it was answered."""

import asyncio
import itertools
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import psutil

WARM_UP = 0.6  # seconds of load before a slice counts
TIMEOUT = 60.0  # seconds; an answer that takes longer ends the run
REUSED_FOR = 2.0  # seconds after its last answer: servers close what was idle for five, just when one asks again
ASKED_FROM_AN_ADDRESS = 500  # times; ours does not keep the starts of an address that begins a thousand

# Visitors come from many addresses, all of them this machine's own.
_ADDRESSES = itertools.cycle(f"127.{number >> 8}.{number & 255}.1" for number in range(1 << 8, 1 << 15))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name. Raises ValueError where there is none."""
        lines = self.head.split("\r\n")
        return next(line for line in lines if line.lower().startswith(f"{name}:")).partition(":")[2].strip()


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection. It knows no more of HTTP than the servers here say: every answer has its length."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked = 0
        self._received = b""
        self._needed = 0
        self._answer: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None

    async def get(self, path: str, cookie: str = "") -> Answer:
        """Ask, and wait for the whole answer."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            await loop.create_connection(lambda: self, "127.0.0.1", self.port, local_addr=(next(_ADDRESSES), 0))
        self._received, self._needed = b"", 0
        self.asked += 1
        self._answer = loop.create_future()
        cookies = f"Cookie: {cookie}\r\n" if cookie else ""
        self._transport.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) "
            f"Firefox/140.0\r\nAccept-Language: en\r\n{cookies}\r\n".encode()
        )
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._needed:
            self._needed = _length(self._received)
        if self._needed and len(self._received) >= self._needed:
            head, _, body = self._received.partition(b"\r\n\r\n")
            self._answer.set_result(Answer(int(head[9:12]), head.decode("latin-1"), body))

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("The server closed the connection."))


def _length(received: bytes) -> int:
    """How long the whole answer is; 0 while its head is not all there."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = received[:end].lower()
    _, found, rest = head.partition(b"content-length:")
    if not found:
        raise ValueError("The answer does not say how long it is.")
    return end + 4 + int(rest.partition(b"\r\n")[0])


Visit = Callable[[Connection], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sample:
    """One slice of load: what was done in how many seconds, how long each took (ms), the server's CPU seconds, and how
    many seconds of all processors the host of this machine gave to others."""

    done: int
    seconds: float
    took: list[float]
    cpu: float
    stolen: float = 0.0

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    @property
    def cpu_ms(self) -> float:
        return self.cpu * 1000 / self.done

    def percentile(self, share: float) -> float:
        return percentile(self.took, share)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * share) - 1)]


async def load(visit: Visit, port: int, pid: int, connections: int, seconds: float) -> Sample:
    """Repeat a visit on so many connections. After the warm-up, what ends within these seconds counts.

    They begin one after the other, as visitors do: those that begin together with a server that waits for something
    stay together, and what they wait for then is one another.
    """
    process = psutil.Process(pid)
    ended: list[tuple[float, float]] = []  # when, and after how long (ms)
    until = time.perf_counter() + WARM_UP + seconds
    async with asyncio.timeout(WARM_UP + seconds + TIMEOUT), asyncio.TaskGroup() as group:
        for number in range(connections):
            group.create_task(_repeat(visit, port, WARM_UP / 2 * number / connections, until, ended))
        await asyncio.sleep(WARM_UP)
        began, cpu, stolen = time.perf_counter(), sum(process.cpu_times()[:2]), _stolen()
        await asyncio.sleep(seconds)
        over, cpu_then, stolen_then = time.perf_counter(), sum(process.cpu_times()[:2]), _stolen()
    took = [ms for at, ms in ended if began < at <= over]
    return Sample(len(took), over - began, took, cpu_then - cpu, stolen_then - stolen)


def _stolen() -> float:
    """Seconds that processors were ready to run something and the host ran another machine (proc_stat(5), `steal`)."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


async def _repeat(visit: Visit, port: int, pause: float, until: float, ended: list[tuple[float, float]]) -> None:
    await asyncio.sleep(pause)
    visitor = Connection(port)
    try:
        while (began := time.perf_counter()) < until:
            await visit(visitor)
            over = time.perf_counter()
            ended.append((over, (over - began) * 1000))
            if visitor.asked >= ASKED_FROM_AN_ADDRESS:
                visitor.close()
                visitor = Connection(port)
    finally:
        visitor.close()


async def paced(visit: Visit, port: int, rate: float, seconds: float) -> Sample:
    """A visit every so often, whether the one before it is over or not, from as many connections as that takes."""
    took: list[float] = []
    idle: list[tuple[Connection, float]] = []  # since when
    began = time.perf_counter()

    async def come() -> None:
        visitor, since = idle.pop() if idle else (Connection(port), time.perf_counter())
        at = time.perf_counter()
        if at - since > REUSED_FOR or visitor.asked >= ASKED_FROM_AN_ADDRESS:
            visitor.close()
            visitor = Connection(port)
        await visit(visitor)
        ended = time.perf_counter()
        took.append((ended - at) * 1000)
        idle.append((visitor, ended))

    async with asyncio.timeout(seconds + TIMEOUT), asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            group.create_task(come())
    for visitor, _ in idle:
        visitor.close()
    return Sample(len(took), time.perf_counter() - began, took, 0.0)
