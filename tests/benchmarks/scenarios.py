"""What is measured, one function each. Every one starts its servers on fresh databases and prints what it found."""

import asyncio
import contextlib
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore

from dashboard.core.db import sync_engine
from tests.benchmarks import desk as pages
from tests.benchmarks import filling, report
from tests.benchmarks.contenders import BARE, OURS, PEER, Contender, running
from tests.benchmarks.load import Connection, Sample, load
from tests.benchmarks.slack import StandIn
from tests.support.command_line import basic_environment
from tests.support.databases import PostgreSQLDatabases, SQLiteDatabases

CONNECTIONS = (1, 16, 64)
SLACK_TAKES = 0.150  # seconds a call, in `slow_slack`
RETURNS = 64  # at once, in `one_state`


@dataclass(frozen=True)
class Effort:
    """How long the slices of load are, in seconds, and how often each thing is done."""

    rounds: int
    requests: float
    installs: float
    slow: float
    races: int
    starts: int
    rest: float
    rows: tuple[int, int]  # of installations and of attempts behind the desk: few, and many
    visits: int  # of each page
    moving: int  # installations of slack_sdk's that are adopted


FULL = Effort(
    rounds=5,
    requests=1.0,
    installs=2.0,
    slow=6.0,
    races=10,
    starts=5,
    rest=3.0,
    rows=(10_000, 1_000_000),
    visits=20,
    moving=1_000_000,
)
QUICK = Effort(
    rounds=2,
    requests=0.3,
    installs=0.5,
    slow=2.0,
    races=2,
    starts=1,
    rest=0.5,
    rows=(1_000, 10_000),
    visits=3,
    moving=5_000,
)


@dataclass(frozen=True)
class Ground:
    """What every scenario stands on. `databases` by the name they are printed under."""

    slack: StandIn
    databases: dict[str, SQLiteDatabases | PostgreSQLDatabases]
    effort: Effort

    def ours(self, database: str) -> contextlib.AbstractContextManager[Contender]:
        return running("ours", OURS, self.slack, self.databases[database].new().url)

    def peer(self, database: str) -> contextlib.AbstractContextManager[Contender]:
        name = "slack_bolt sqlite3" if database == "SQLite" else "slack_bolt SQLAlchemy"
        return running(name, PEER, self.slack, self.databases[database].empty().url)

    def bare(self) -> contextlib.AbstractContextManager[Contender]:
        return running("bare Litestar", BARE, self.slack, "sqlite:///unused.db")


async def page(ground: Ground) -> None:
    for database in ground.databases:
        await _compare(ground, database, "The install page", "page", with_bare=True)


async def start(ground: Ground) -> None:
    for database in ground.databases:
        title = "Start (slack_bolt: its page, which issues the state)"
        await _compare(ground, database, title, "start", with_bare=True)


async def install(ground: Ground) -> None:
    for database in ground.databases:
        await _compare(ground, database, "Whole installs: page, start, return, stored", "install", with_bare=False)


async def slow_slack(ground: Ground) -> None:
    ideal = 64 / (2 * SLACK_TAKES)
    ground.slack.delay = SLACK_TAKES
    for database in ground.databases:
        with contextlib.ExitStack() as stack:
            contenders = [stack.enter_context(ground.ours(database)), stack.enter_context(ground.peer(database))]
            report.heading(f"Whole installs, Slack at 150 ms a call, {database} (ideal: {ideal:.0f} a second)")
            samples = await _in_turn(contenders, "install", 64, min(2, ground.effort.rounds), ground.effort.slow)
            report.samples(64, samples)
            for name, taken in samples.items():
                share = statistics.median(sample.rate for sample in taken) / ideal
                report.line(f"{name}: {share:.2f} of the ideal")
    ground.slack.delay = 0.0


async def one_state(ground: Ground) -> None:
    for database in ground.databases:
        report.heading(f"One state, {RETURNS} simultaneous returns, {database}: calls to oauth.v2.access")
        for processes in (1, 2):
            with contextlib.ExitStack() as stack:
                ours, peers = ground.databases[database].new().url, ground.databases[database].empty().url
                for name, module, url in (("ours", OURS, ours), ("slack_bolt", PEER, peers)):
                    servers = [stack.enter_context(running(name, module, ground.slack, url))]
                    for _ in range(processes - 1):
                        servers.append(stack.enter_context(running(name, module, ground.slack, url, servers[0].port)))
                    calls = [await _race(servers) for _ in range(ground.effort.races)]
                    report.line(f"{name}, {processes} process{'es' * (processes - 1)}: {' '.join(map(str, calls))}")


async def _race(servers: Sequence[Contender]) -> int:
    """How many of the simultaneous returns of one state reach Slack."""
    visitor = Connection(servers[0].port)
    back, cookie = await servers[0].depart(visitor)
    visitor.close()
    browsers = [Connection(servers[number % len(servers)].port) for number in range(RETURNS)]
    await asyncio.gather(*(browser.get("/healthz") for browser in browsers))
    before = servers[0].slack.exchanges
    await asyncio.gather(*(browser.get(back, cookie) for browser in browsers))
    for browser in browsers:
        browser.close()
    return servers[0].slack.exchanges - before


async def size(ground: Ground) -> None:
    report.heading("Start to first answer, and memory of the process")
    for database in ground.databases:
        for contender in (ground.ours, ground.peer):
            taken = []
            for _ in range(ground.effort.starts):
                with contender(database) as server:
                    taken.append(server.first_answer)
                    await asyncio.sleep(ground.effort.rest)
                    at_rest = server.memory
                    await load(server.install, server.port, server.process.pid, 16, ground.effort.installs)
                    report_name, afterwards = f"{server.name} on {database}", server.memory
            report.line(
                f"{report_name}: {statistics.median(taken):.2f} s ({min(taken):.2f}–{max(taken):.2f}), "
                f"at rest {at_rest:.0f} MiB, after installs {afterwards:.0f} MiB"
            )


async def desk(ground: Ground) -> None:
    """The desk's pages on few rows and on many, and by how much they are slower there."""
    for database in ground.databases:
        opened = [await _desk(ground, database, rows) for rows in ground.effort.rows]
        report.heading(f"The desk, {database}: many rows / few rows")
        for few, many in zip(*opened, strict=True):
            ratio = statistics.median(many.times) / statistics.median(few.times)
            report.line(f"{many.name:<44} {ratio:>6.2f}")


async def _desk(ground: Ground, database: str, rows: int) -> list[pages.Taken]:
    url = ground.databases[database].new().url
    for what in ("installations", "attempts"):
        filling.fill(url, what, rows)
    token = pages.people(url)
    report.heading(f"The desk, {database}, {rows:,} installations and as many attempts")
    with running("ours", OURS, ground.slack, url) as server:
        visitor = Connection(server.port)
        opened = pages.pages(url, rows)
        for page in opened:
            await pages.visit(visitor, f"dashboard-session={token}", [page], ground.effort.visits)
            report.line(page.line)
        visitor.close()
    return opened


async def moving(ground: Ground) -> None:
    """`dashboard migrate` on slack_sdk's tables."""
    for database in ground.databases:
        url, count = ground.databases[database].empty().url, ground.effort.moving
        engine = sync_engine(url, create=True)
        SQLAlchemyInstallationStore("1.1", engine).create_tables()
        engine.dispose()
        for what in ("slack_installations", "slack_bots"):
            filling.write_raw(url, what, count)
        began = time.perf_counter()
        command = [sys.executable, "-m", "dashboard", "migrate"]
        moved = await asyncio.create_subprocess_exec(*command, env=basic_environment(DATABASE_URL=url), stdout=DEVNULL)
        if await moved.wait():
            raise AssertionError("It did not migrate.")
        report.heading(f"dashboard migrate, {database}")
        report.line(f"{count:,} installations of slack_sdk's: {time.perf_counter() - began:.0f} s")


async def _compare(ground: Ground, database: str, title: str, visit: str, *, with_bare: bool) -> None:
    seconds = ground.effort.installs if visit == "install" else ground.effort.requests
    with contextlib.ExitStack() as stack:
        contenders = [stack.enter_context(ground.ours(database))]
        if with_bare:
            contenders.append(stack.enter_context(ground.bare()))
        contenders.append(stack.enter_context(ground.peer(database)))
        report.heading(f"{title}, {database}")
        for connections in CONNECTIONS:
            samples = await _in_turn(contenders, visit, connections, ground.effort.rounds, seconds)
            report.samples(connections, samples)
            report.ratios(samples)


async def _in_turn(
    contenders: Sequence[Contender], visit: str, connections: int, rounds: int, seconds: float
) -> dict[str, list[Sample]]:
    """Slices of load by contender, taken A B A B."""
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            taken = await load(getattr(contender, visit), contender.port, contender.process.pid, connections, seconds)
            samples[contender.name].append(taken)
    return samples
