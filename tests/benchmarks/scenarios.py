"""What is measured, one function each. Every one starts its servers on fresh databases and prints what it found."""

import asyncio
import contextlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks import report
from tests.benchmarks.contenders import BARE, OURS, PEER, Contender, running
from tests.benchmarks.load import Connection, Sample, load
from tests.benchmarks.slack import StandIn
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


FULL = Effort(rounds=5, requests=1.0, installs=2.0, slow=6.0, races=10, starts=5, rest=3.0)
QUICK = Effort(rounds=2, requests=0.3, installs=0.5, slow=2.0, races=2, starts=1, rest=0.5)


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
