"""Ours against bare Litestar apps (the limits) and slack_bolt (the peers): ratios taken in turn, on this machine.

`make bench`, or `python -m tests.benchmarks [--quick] [--only NAME] [--write]`. It takes an hour, with `--quick` two
and a half minutes; `--write` puts what was found into docs/performance.md. The servers run one at a time under load,
each on the same processor; this process, which is load and Slack at once, and PostgreSQL on another. `migrate` runs
alone, on all of them. Slices of load go round A B A B, and each ratio is taken between neighbours. Nothing is asserted:
the machine is never quiet enough for that. What is to be reached is printed beside what was found.
"""

import argparse
import asyncio
import contextlib
import datetime as dt
import os
import platform
import sqlite3
import subprocess
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from tests.benchmarks import desk_runs, report, scenarios
from tests.benchmarks.contenders import leave_a_processor_to_the_servers
from tests.benchmarks.ground import FULL, QUICK, Ground
from tests.benchmarks.slack import StandIn
from tests.support.databases import PostgreSQLDatabases, SQLiteDatabases
from tests.support.postgres import cluster

SCENARIOS: dict[str, Callable[[Ground], Awaitable[None]]] = {
    "page": scenarios.page,
    "start": scenarios.start,
    "install": scenarios.install,
    "slow": scenarios.slow_slack,
    "race": scenarios.one_state,
    "size": scenarios.size,
    "idle": scenarios.idle,
    "desk": desk_runs.pages,
    "moving": desk_runs.moving,
    "soak": scenarios.soak,
}
DOCUMENT = Path("docs/performance.md")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--quick", action="store_true", help="short slices: enough to see that all of it works")
    parser.add_argument("--only", choices=SCENARIOS, action="append", help="one scenario; may be given again")
    parser.add_argument("--write", action="store_true", help=f"put what is found into {DOCUMENT}")
    given = parser.parse_args()
    circumstances = _circumstances(quick=given.quick)
    print(circumstances, flush=True)
    leave_a_processor_to_the_servers()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmarks-")))
        databases = {"SQLite": SQLiteDatabases(folder)}
        address = stack.enter_context(cluster(durable=True))
        if address:
            databases["PostgreSQL"] = PostgreSQLDatabases(address, "bench_")
        else:
            print("There is no PostgreSQL here: only SQLite is measured.")
        ground = Ground(StandIn(), databases, QUICK if given.quick else FULL)
        if given.write:
            stack.callback(report.write, DOCUMENT, circumstances)  # also what was found before something failed
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(ground, given.only or list(SCENARIOS)))


async def _run(ground: Ground, names: list[str]) -> None:
    await ground.slack.start()
    for name in names:
        await SCENARIOS[name](ground)
    await ground.slack.stop()


def _circumstances(*, quick: bool) -> str:
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    processors = sorted(os.sched_getaffinity(0))
    at = dt.datetime.now(dt.UTC)
    return (
        f"{at:%Y-%m-%d %H:%M} UTC, commit {commit or 'unknown'}{', quick' if quick else ''}\n"
        f"{platform.system()} {platform.release()}, {platform.machine()}, {len(processors)} processors, "
        f"load {os.getloadavg()[0]:.2f}\n"
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


if __name__ == "__main__":
    main()
