"""The desk on few rows and on many, beside what it is measured by; and moving in."""

import asyncio
import contextlib
import math
import sqlite3
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import Iterator
from dataclasses import dataclass
from operator import truediv

import psycopg
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from sqlalchemy import make_url

from dashboard.core.engines import sync_engine
from tests.benchmarks import desk, filling, report
from tests.benchmarks.contenders import DJANGO, on_all_processors, running
from tests.benchmarks.desk import Taken
from tests.benchmarks.ground import Ground
from tests.benchmarks.load import Connection, percentile
from tests.support.command_line import basic_environment

CSV_ROWS = 100_000  # from which on what memory they take says something
READERS = 4  # connections that the service reads SQLite by
FIRST_PAGE = (
    "SELECT id, client_id, team_name, team_id, enterprise_name, enterprise_id, installer_id, status, bot_scopes,"
    " installed_at, removed_at, to_check FROM dashboard_installations ORDER BY installed_at DESC, id DESC LIMIT 51"
)


@dataclass(frozen=True)
class Filled:
    """A database with so many installations and as many attempts, and who reads it what."""

    url: str
    rows: int
    cookies: desk.Cookies
    opened: list[Taken]


async def pages(ground: Ground) -> None:
    """Every page where rows are few and where they are many, in turn: by how much it is slower there."""
    for database in ground.databases:
        few, many = [_filled(ground, database, rows) for rows in ground.effort.rows]
        report.heading(f"The desk, {database}: {many.rows:,} installations and attempts, in turn with {few.rows:,}")
        with ground.ours_on(few.url) as small, ground.ours_on(many.url) as large:
            servers = [(Connection(small.port), few.cookies), (Connection(large.port), many.cookies)]
            grown = await _grown(servers, list(_pairs(few, many)), ground.effort.visits)
            await _csv(large, many.cookies.owner, database)
        sizes = {page.name: (less.size / 1000, page.size / 1000) for less, page in _pairs(few, many)}
        _judge(database, many.opened, grown, sizes)
        for filled in (few, many):
            report.heading(f"Beside the desk, {database}, {filled.rows:,} installations")
            await _beside(ground, filled)


def _filled(ground: Ground, database: str, rows: int) -> Filled:
    url = ground.databases[database].new().url
    for what in ("installations", "attempts"):
        filling.fill(url, what, rows)
    return Filled(url, rows, desk.people(url), desk.pages(url, rows))


def _pairs(few: Filled, many: Filled) -> Iterator[tuple[Taken, Taken]]:
    return zip(few.opened, many.opened, strict=True)


async def _grown(
    servers: list[tuple[Connection, desk.Cookies]], pairs: list[tuple[Taken, Taken]], times: int
) -> dict[str, float]:
    """Open each page on both; by its name, what it takes of many rows over what of few: the median of neighbours."""
    grown = {}
    for pair in pairs:
        less, page = pair
        visitors = [(connection, cookies.of(page)) for connection, cookies in servers]
        await desk.open_in_turn(visitors, pair, times)
        grown[page.name] = statistics.median(map(truediv, page.times, less.times))
        report.line(f"{page.line}   few rows: p50 {_median(less):>6.1f} ms   {grown[page.name]:>5.2f} ×")
    for connection, _ in servers:
        connection.close()
    return grown


def _judge(database: str, taken: list[Taken], grown: dict[str, float], sizes: dict[str, tuple[float, float]]) -> None:
    slow = {page.name: late for page in taken if (late := percentile(page.times, 0.95)) > 50}
    there = {name: late / report.slower() for name, late in slow.items() if late / report.slower() > 50}
    steep = {_with_sizes(name, *sizes[name]): ratio for name, ratio in grown.items() if ratio > 1.5}
    by_name = {page.name: page for page in taken}
    bound_by = f"{_named(slow, ' ms')} (on the limits' machine: {_named(there, ' ms') or 'none'})"
    report.at_most(f"pages of the desk over 50 ms at p95, {database}", 0, len(slow), bound_by)
    report.at_most(f"pages of the desk over 1.5 × what few rows take, {database}", 0, len(steep), _named(steep, " ×"))
    reference = percentile(by_name["look-up, a reference"].times, 0.95)
    text = max(percentile(page.times, 0.95) for page in taken if page.path.startswith("/ops/lookup?"))
    report.at_most(f"look-up by reference, p95, {database}", 15, reference, _ANY_PAGE, " ms")
    report.at_most(f"look-up by any text, p95, {database}", 100, text, "", " ms")
    size = by_name["installations"].size / 1000
    report.at_most(f"a page of 50 installations, {database}", 40, size, _SIZE, " kB")


_ANY_PAGE = "what any page takes: who asks, what they may see, the frame"
_SIZE = "ten cells of a row, three of them moments: 560 bytes a row"


def _with_sizes(name: str, small: float, large: float) -> str:
    """The page's name, with its sizes (kB) where it shows more of more rows."""
    return f"{name} ({small:.0f} to {large:.0f} kB)" if large > 1.2 * small else name


def _named(pages: dict[str, float], unit: str) -> str:
    return ", ".join(f"{name} {value:.1f}{unit}" for name, value in sorted(pages.items(), key=lambda page: -page[1]))


def _median(page: Taken) -> float:
    return statistics.median(page.times)


async def _csv(server, cookie: str, database: str) -> None:
    """A file of as many rows as there can be, and by how much the process grows meanwhile. Before it some are begun at
    once: each connection to SQLite fills its page cache, and keeps it."""
    before = server.memory
    await asyncio.gather(*(_export(server, cookie, most=CSV_ROWS) for _ in range(READERS)))
    filled, began = server.memory, time.perf_counter()
    lines, peak = await _export(server, cookie)
    took, before_it = time.perf_counter() - began, f"{READERS} begun at once before it, {filled - before:.1f}"
    report.line(f"installations.csv: {lines:,} lines in {took:.1f} s, {peak - filled:.1f} MiB more ({before_it})")
    if lines > CSV_ROWS:
        report.at_most(f"memory that {CSV_ROWS:,} rows of CSV take, {database}", 10, peak - filled, before_it, " MiB")


async def _export(server, cookie: str, most: float = math.inf) -> tuple[int, float]:
    """Read a file, or about so many lines of it: how many there were, and the most memory that the server had (MiB)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        f"GET /ops/installations.csv HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n"
        "Connection: close\r\n\r\n".encode()
    )
    lines, peak = 0, server.memory
    while lines < most and (chunk := await reader.read(65_536)):
        lines += chunk.count(b"\n")
        peak = max(peak, server.memory)
    writer.close()
    return lines, peak


async def _beside(ground: Ground, filled: Filled) -> None:
    """The query of the first page by the driver alone, and Django's admin on the same rows."""
    ours = _median(next(page for page in filled.opened if page.name == "installations"))
    alone = statistics.median(_bare_query(filled.url, ground.effort.visits))
    report.line(f"The first page's query, by the driver alone: p50 {alone:.2f} ms; our page: {ours:.1f} ms")
    number = filled.rows * 3 // 4 // 100 * 100 + 1
    admin = [
        Taken("Django admin, first page", "/admin/benchmarks/installation/"),
        Taken("Django admin, half way down", f"/admin/benchmarks/installation/?p={filled.rows // 100}"),
        Taken("Django admin, uninstalled", "/admin/benchmarks/installation/?status__exact=uninstalled"),
        Taken("Django admin, rare search", f"/admin/benchmarks/installation/?q={number}"),
        Taken("Django admin, common search", "/admin/benchmarks/installation/?q=bakery"),
    ]
    with running("Django admin", DJANGO, ground.slack, filled.url) as server:
        visitor = Connection(server.port)
        for page in admin:
            await desk.open_in_turn([(visitor, "sessionid=benchmarks")], [page], min(5, ground.effort.visits))
            report.line(page.line)
        visitor.close()
    report.line(f"Django admin's first page / ours: {_median(admin[0]) / ours:.1f}")


def _bare_query(url: str, times: int) -> list[float]:
    address = make_url(url)
    with contextlib.ExitStack() as stack:
        if address.get_backend_name() == "sqlite":
            driver = stack.enter_context(contextlib.closing(sqlite3.connect(address.database)))
        else:
            plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
            driver = stack.enter_context(psycopg.connect(plain))
        taken = []
        for _ in range(times + 1):
            began = time.perf_counter()
            driver.execute(FIRST_PAGE).fetchall()
            taken.append((time.perf_counter() - began) * 1000)
    return taken[1:]


async def moving(ground: Ground) -> None:
    """`dashboard migrate` on slack_sdk's tables."""
    for database in ground.databases:
        url, count = ground.databases[database].empty().url, ground.effort.moving
        engine = sync_engine(url, create=True)
        SQLAlchemyInstallationStore("1.1", engine).create_tables()
        engine.dispose()
        for what in ("slack_installations", "slack_bots"):
            filling.write_raw(url, what, count)
        command, environment = [sys.executable, "-m", "dashboard", "migrate"], basic_environment(DATABASE_URL=url)
        with on_all_processors(url):
            began = time.perf_counter()
            moved = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL)
            if await moved.wait():
                raise AssertionError("It did not migrate.")
            took = time.perf_counter() - began
        report.heading(f"dashboard migrate, {database}")
        report.at_most(
            f"migrate with {count:,} installations of slack_sdk's, {database}", 90, took, _MOVING[database], " s"
        )


_MOVING = {
    "SQLite": "one process, which writes what two others work out, and makes indexes: a fifth of it",
    "PostgreSQL": "both processors, which PostgreSQL and two processes that work out rows fill",
}
