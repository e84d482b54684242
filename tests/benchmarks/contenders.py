"""Who is measured: a server in a process of its own, and what a visitor does with it."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path

import psutil
from sqlalchemy import text

from dashboard.core.engines import sync_engine
from tests.benchmarks.load import Answer, Connection
from tests.benchmarks.slack import StandIn
from tests.support.command_line import basic_environment
from tests.support.ports import free_port

OURS = ("dashboard", "serve", "--port")
BARE = ("tests.benchmarks.bare",)
PEER = ("tests.benchmarks.peer",)
DJANGO = ("tests.benchmarks.django_admin",)

_PROCESSORS = sorted(os.sched_getaffinity(0))
_STATE = re.compile(r"[?&]state=([^&\"]+)")


@dataclass
class Contender:
    """A running server. `page`, `start` and `install` are visits, for `load`."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    slack: StandIn
    log: Path
    database_url: str
    first_answer: float = field(default=0.0)  # seconds from the start of the process

    @property
    def memory(self) -> float:
        """What the process holds, in MiB."""
        return psutil.Process(self.process.pid).memory_info().rss / 2**20

    async def page(self, visitor: Connection) -> None:
        await _ask(visitor, "/slack/install", 200)

    async def start(self, visitor: Connection) -> None:
        await _ask(visitor, "/slack/start", 302)

    async def depart(self, visitor: Connection) -> tuple[str, str]:
        """From the page to Slack: the address one is sent back to, and the cookie."""
        await self.page(visitor)
        begun = await _ask(visitor, "/slack/start?source=page", 302)
        return self._allowed(begun.header("location")), _cookie(begun)

    async def install(self, visitor: Connection) -> None:
        """Page, start, Allow, return."""
        back, cookie = await self.depart(visitor)
        await _ask(visitor, back, 200, cookie)

    def _allowed(self, leads_to: str) -> str:
        """Where Slack sends a browser back to that came with this link and pressed Allow."""
        return f"/slack/oauth_redirect?code={self.slack.allow()}&state={_STATE.search(leads_to)[1]}"


class Peer(Contender):
    """slack_bolt: its page issues the state and sets the cookie, so it has no start of its own."""

    async def start(self, visitor: Connection) -> None:
        await self.page(visitor)

    async def depart(self, visitor: Connection) -> tuple[str, str]:
        begun = await _ask(visitor, "/slack/install", 200)
        return self._allowed(begun.body.decode()), _cookie(begun)


async def _ask(visitor: Connection, path: str, status: int, cookie: str = "") -> Answer:
    answer = await visitor.get(path, cookie)
    if answer.status != status:
        raise AssertionError(f"{path.partition('?')[0]} answered {answer.status}, not {status}: {answer.body[:500]}")
    return answer


def _cookie(answer: Answer) -> str:
    return answer.header("set-cookie").partition(";")[0]


@contextlib.contextmanager
def running(
    name: str, module: tuple[str, ...], slack: StandIn, database_url: str, public_port: int = 0
) -> Iterator[Contender]:
    """Start a contender, and stop it at the end. Servers that share a `public_port` stand behind one address."""
    port = free_port()
    public_url = f"http://127.0.0.1:{public_port or port}"
    environment = basic_environment(
        DATABASE_URL=database_url,
        SECRET_KEY="a-key-of-the-benchmarks-that-is-long-enough-0123456789",
        PUBLIC_URL=public_url,
        SLACK_CLIENT_ID="111.222",
        SLACK_CLIENT_SECRET="client-secret-of-the-benchmarks",
        SLACK_SCOPES="chat:write,commands",
        SLACK_API_URL=f"{slack.url}/api/",
        SLACK_AUTHORIZE_URL=f"{slack.url}/oauth/v2/authorize",
    )
    with tempfile.NamedTemporaryFile(prefix="benchmark-", suffix=".log") as log:
        command = [sys.executable, "-m", *module, str(port)]
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            psutil.Process(process.pid).cpu_affinity(_PROCESSORS[:1])
            _wait(process, port, Path(log.name))
            kind = Peer if module == PEER else Contender
            yield kind(name, port, process, slack, Path(log.name), database_url, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(40)
        if "attempts.not_stored" in Path(log.name).read_text():
            raise AssertionError("Starts were not stored: what was measured is not what a visitor causes.")


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"The server did not start: {log.read_text()}")
        with contextlib.suppress(OSError), contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=5)) as asking:
            asking.request("GET", "/slack/install")
            asking.getresponse()
            return
        time.sleep(0.01)
    raise AssertionError(f"The server did not answer: {log.read_text()}")


@contextlib.contextmanager
def on_all_processors(database_url: str) -> Iterator[None]:
    """While a command runs and no server does: this process, what it starts, and new connections of PostgreSQL."""
    processes = [psutil.Process()]
    if database_url.startswith("postgresql"):
        engine = sync_engine(database_url)
        with engine.connect() as db:
            processes.append(psutil.Process(db.scalar(text("SELECT pg_backend_pid()"))).parent())
        engine.dispose()
    before = [process.cpu_affinity() for process in processes]
    for process in processes:
        process.cpu_affinity(_PROCESSORS)
    try:
        yield
    finally:
        for process, processors in zip(processes, before, strict=True):
            process.cpu_affinity(processors)


def leave_a_processor_to_the_servers() -> None:
    """Keep this process, and what it starts from here on, off the servers' processor, where there are two."""
    if len(_PROCESSORS) > 1:
        os.sched_setaffinity(0, _PROCESSORS[1:])
