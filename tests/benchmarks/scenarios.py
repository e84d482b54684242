"""What is measured of the install flow, one function each. Every one starts its servers on fresh databases."""

import asyncio
import contextlib
import statistics
import subprocess
import sys
from collections.abc import Sequence

import psutil
from sqlalchemy import text

from dashboard.core.engines import sync_engine
from tests.benchmarks import quota, report
from tests.benchmarks.contenders import OURS, PEER, Contender, running
from tests.benchmarks.ground import Ground
from tests.benchmarks.load import Connection, Sample, load, paced

JUDGED = (16, 64)  # connections
SLACK_TAKES = 0.150  # seconds a call, in `slow_slack`
RETURNS = 64  # at once, in `one_state`
BARE = "bare Litestar"
_ROUTING = "the line of the log, the security headers, and who asks: what the bare app has not"
_START = "the attempt's row, the traits of the browser, and the cookie: what the bare app has not"
_TWO = "two servers, and load with Slack and PostgreSQL, need three processors, or the right to limit what each has"
_LOOKING = "a look every two seconds at whether anybody has written"
SHARE = 0.35  # of a processor, that each of two servers has
# What `size` lets a process of its own import: the libraries that a server cannot do without, and nothing else.
_LIBRARIES = """
import gc
gc.disable()
import argon2, aiohttp, cryptography.fernet, jinja2, litestar, slack_sdk, structlog, uvicorn, uvloop
import sqlalchemy.dialects.sqlite.aiosqlite, sqlalchemy.ext.asyncio, sqlalchemy.orm
import psutil
process = psutil.Process()
print(process.memory_info().rss / 2**20, sum(process.cpu_times()[:2]))
"""


async def page(ground: Ground) -> None:
    for database in ground.databases:
        taken = await _compare(ground, database, "The install page", "page", with_bare=True)
        report.at_least(f"page / bare Litestar at 16, {database}", 0.9, report.ratio(taken[16], BARE), _ROUTING)
        report.p99_at_most(f"page, p99 at 64, {database}", 60, taken[64]["ours"])


async def start(ground: Ground) -> None:
    for database in ground.databases:
        title = "Start (slack_bolt: its page, which issues the state)"
        taken = await _compare(ground, database, title, "start", with_bare=True)
        report.at_least(f"start / bare Litestar at 16, {database}", 0.7, report.ratio(taken[16], BARE), _START)
        report.p99_at_most(f"start, p99 at 64, {database}", 60, taken[64]["ours"])


async def install(ground: Ground) -> None:
    for database in ground.databases:
        title = "Whole installs: page, start, return, stored"
        taken = await _compare(ground, database, title, "install", with_bare=False)
        peer, wanted = ("slack_bolt sqlite3", 3) if database == "SQLite" else ("slack_bolt SQLAlchemy", 2)
        for connections in JUDGED:
            what, found = f"installs / {peer} at {connections}, {database}", report.ratio(taken[connections], peer)
            report.at_least(what, wanted, found, report.processor(taken[connections]["ours"]))
        if database == "SQLite":
            report.machine(taken[16][peer])
        report.p99_at_most(f"installs, p99 at 64, {database}", 300, taken[64]["ours"])
    if "PostgreSQL" in ground.databases:
        await _two_processes(ground)


async def _two_processes(ground: Ground) -> None:
    """One server against two on the same database. Each has a share of a processor, so that there is enough of both for
    load, Slack and PostgreSQL: whether they are in each other's way."""
    what = f"installs of two processes / of one, {SHARE} of a processor each, PostgreSQL"
    if not quota.can_be_set():
        report.not_measured(what, "≥ 1.7", _TWO)
        return
    url, taken = ground.databases["PostgreSQL"].new().url, []
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(ground.ours_on(url)) for _ in range(2)]
        await _warm_up(servers, "install", ground.effort.installs)
        for server in servers:
            stack.enter_context(quota.share_of_a_processor(server.process.pid, SHARE))
        report.heading(what)
        for _ in range(ground.effort.rounds):
            one, two = [await _together(some, ground.effort.installs) for some in (servers[:1], servers)]
            taken.append(two / one)
            report.line(f"one {one:.0f}/s, two {two:.0f}/s: {two / one:.2f}")
    report.at_least(what, 1.7, statistics.median(taken), "PostgreSQL, and rows that both change")


async def _together(servers: Sequence[Contender], seconds: float) -> float:
    """How many installs a second servers take between them, from 16 connections each."""
    loads = [load(server.install, server.port, server.process.pid, 16, seconds) for server in servers]
    return sum(sample.rate for sample in await asyncio.gather(*loads))


async def slow_slack(ground: Ground) -> None:
    ideal = 64 / (2 * SLACK_TAKES)
    ground.slack.delay = SLACK_TAKES
    for database in ground.databases:
        with contextlib.ExitStack() as stack:
            contenders = [stack.enter_context(each) for each in (ground.ours(database), *ground.peers(database)[:1])]
            report.heading(f"Whole installs, Slack at 150 ms a call, {database} (ideal: {ideal:.0f} a second)")
            await _warm_up(contenders, "install", ground.effort.installs)
            samples = await _in_turn(contenders, "install", 64, min(2, ground.effort.rounds), ground.effort.slow)
            report.samples(64, samples)
            for name, taken in samples.items():
                share = statistics.median(sample.rate for sample in taken) / ideal
                report.line(f"{name}: {share:.2f} of the ideal")
            share = statistics.median(sample.rate for sample in samples["ours"]) / ideal
            what = f"installs with Slack at 150 ms, of the ideal, {database}"
            report.at_least(what, 0.8, share, report.processor(samples["ours"]))
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
    libraries = _libraries_alone()
    report.line(libraries)
    for database in ground.databases:
        for contender in ("ours", "peer"):
            taken = []
            for _ in range(ground.effort.starts):
                with ground.ours(database) if contender == "ours" else ground.peers(database)[0] as server:
                    taken.append(server.first_answer)
                    await asyncio.sleep(ground.effort.rest)
                    at_rest = server.memory
                    await load(server.install, server.port, server.process.pid, 16, ground.effort.installs)
                    name, afterwards = f"{server.name} on {database}", server.memory
            report.line(
                f"{name}: {statistics.median(taken):.2f} s ({min(taken):.2f}–{max(taken):.2f}), "
                f"at rest {at_rest:.0f} MiB, after installs {afterwards:.0f} MiB"
            )
            if contender == "ours":
                report.at_most(f"first answer, {database}", 0.9, statistics.median(taken), libraries, " s")
                report.at_most(f"memory at rest, {database}", 80, at_rest, libraries, " MiB")


def _libraries_alone() -> str:
    said = subprocess.run([sys.executable, "-c", _LIBRARIES], capture_output=True, text=True, check=True).stdout
    memory, seconds = map(float, said.split())
    return f"the libraries alone, imported and not used, take {memory:.0f} MiB and {seconds:.2f} s"


async def idle(ground: Ground) -> None:
    """What a process takes of the processor while nobody comes."""
    report.heading("Idling")
    for database in ground.databases:
        with ground.ours(database) as server:
            await asyncio.sleep(ground.effort.rest)
            before = sum(psutil.Process(server.process.pid).cpu_times()[:2])
            await asyncio.sleep(ground.effort.idle)
            taken = sum(psutil.Process(server.process.pid).cpu_times()[:2]) - before
            minutes = taken / ground.effort.idle * 24 * 60
            report.at_most(f"processor time of a day without a visitor, {database}", 5, minutes, _LOOKING, " min")


async def soak(ground: Ground) -> None:
    """Installs for long, at half of what it can: nothing grows, nothing becomes slower, nothing fails."""
    for database in ground.databases:
        report.heading(f"Installs for {ground.effort.soak:.0f} s at half the limit, {database}")
        with ground.ours(database) as server:
            most = (await load(server.install, server.port, server.process.pid, 16, ground.effort.installs * 2)).rate
            parts, memory = 10, []
            samples = []
            for _ in range(parts):
                samples.append(await paced(server.install, server.port, most / 2, ground.effort.soak / parts))
                memory.append(server.memory)
            for part, (sample, held) in enumerate(zip(samples, memory, strict=True), 1):
                line = (
                    f"p50 {sample.percentile(0.5):>7.1f} ms   p99 {sample.percentile(0.99):>7.1f} ms   {held:.0f} MiB"
                )
                report.line(f"part {part:>2}: {sample.rate:>5.0f}/s   {line}")
            slower = samples[-1].percentile(0.99) / samples[0].percentile(0.99)
            report.at_most(f"p99 of the last part / of the first, {database}", 1.5, slower, "")
            report.at_most(f"memory after the last part / after the first, {database}", 1.1, memory[-1] / memory[0], "")


async def _compare(
    ground: Ground, database: str, title: str, visit: str, *, with_bare: bool
) -> dict[int, dict[str, list[Sample]]]:
    """The samples, by connections and contender."""
    seconds = ground.effort.installs if visit == "install" else ground.effort.requests
    with contextlib.ExitStack() as stack:
        contenders = [stack.enter_context(ground.ours(database))]
        if with_bare:
            contenders.append(stack.enter_context(ground.bare()))
        contenders += [stack.enter_context(peer) for peer in ground.peers(database)]
        report.heading(f"{title}, {database}")
        taken = {}
        await _warm_up(contenders, visit, seconds)
        for connections in ground.effort.connections:
            taken[connections] = await _in_turn(contenders, visit, connections, ground.effort.rounds, seconds)
            report.samples(connections, taken[connections])
            report.ratios(taken[connections])
    return taken


async def _warm_up(contenders: Sequence[Contender], visit: str, seconds: float) -> None:
    """A slice that does not count. Then PostgreSQL gathers statistics, as it does by itself within a minute of the
    first fifty rows: before it has any it plans for empty tables."""
    for contender in contenders:
        await load(getattr(contender, visit), contender.port, contender.process.pid, 16, seconds)
        if contender.database_url.startswith("postgresql"):
            engine = sync_engine(contender.database_url)
            with engine.begin() as db:
                db.execute(text("ANALYZE"))
            engine.dispose()


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
