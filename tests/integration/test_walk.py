"""A walk over every route, method, parameter and header of ours with hostile values: no answer is a fault of ours.

The short walk is for every run; `WALK=100000` makes it longer, `WALK_SEED` another one.
"""

import base64
import concurrent.futures
import contextlib
import os
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest
from sqlalchemy import NullPool, create_engine, text

import dashboard.web
from dashboard.app import create_app
from dashboard.core.config import Settings
from dashboard.core.engines import writing
from tests.support import desk
from tests.support.desk import Desk
from tests.support.stage import SECRET_KEY, Stage, stage

STEPS = int(os.environ.get("WALK", "1000"))  # of each kind of database
SEED = int(os.environ.get("WALK_SEED", "15"))


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(repr(list(parts)).replace("'", '"').encode()).decode().rstrip("=")


def nested(opening: str) -> str:
    return base64.urlsafe_b64encode((opening * 11_000).encode()).decode().rstrip("=")


VALUES = [
    *("", " ", "\0", "a\0b", "a\nb", "a\r\nX-Y: z", "\x1b[2J", "\u202e", "\ufeff", "é", "株式会社", "🙂", "٣", "²"),
    *("0", "1", "2", "-1", "00", "1e309", "0x10", "2147483647", "2147483648", str(2**63), "9" * 30, "1_000", "+1"),
    *("null", "true", "[]", "{}", "NaN", "'", '"', "';--", "%", "%00", "_", "\\", "../..", "/etc/passwd", "//x", "."),
    *("<script>", "{{7*7}}", "=1+1", "javascript:1", "http://[", "https://evil.example", "x" * 300, "x" * 5_000),
    *("acme", "other", "nobody", "on", "off", "active", "-active", "active,revoked", ",,,", "-", "--", "7d", "9999d"),
    *(
        "2026-11-24",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31T23:59:59",
        "24h,7d",
        "installed",
        "-seen",
        "admin",
        "owner",
    ),
    *("T0DESK001", "E0SAMPLE1", "t" * 40, "K7QF-2M9X-4", "K7QF2M9X4", "o@example.com", "chat:write"),
    *(
        cursor("o", 1, 1),
        cursor("n", 2**53 - 1, "x"),
        cursor("o", 1.5, True),
        cursor("o", 10**30, 10**30),
        cursor("o", 1, 2**40),
    ),
    *(nested("["), nested('{"a":'), "bnVsbA", "A" * 300, base64.urlsafe_b64encode(b'["o",1,"\\ud800"]').decode()),
]
BYTES = ["%ff", "%ed%a0%80", "%c3", "%00", "%f4%90%80%80", "%e2%80%ae"]
HEADERS = ["HX-Request-Type", "HX-Current-URL", "HX-History-Restore-Request", "X-Poll", "Accept-Language", "Cookie"]
HEADERS += ["User-Agent", "Referer", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Content-Type"]
SOURCE = "\n".join(file.read_text() for file in Path(dashboard.web.__file__).parent.rglob("*.py"))
FIELDS = sorted({*re.findall(r'\.get\("(\w+)"', SOURCE), *re.findall(r'sent\["(\w+)"\]', SOURCE)})
FILTERS = [
    "status",
    "type",
    "scope",
    "enterprise",
    "team",
    "outcome",
    "step",
    "code",
    "source",
    "sort",
    "since",
    "until",
]
NAMES = sorted(
    {*FIELDS, *FILTERS, "q", "app", "after", "before", "error", "error_description", "state", "metadata", "sig"}
)
SELDOM = ("logout", "end-others")  # they only sign us out


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, str]]:
    """(method, path) of each."""
    app = create_app(Settings.from_env({"SECRET_KEY": SECRET_KEY}))
    found = {
        (method, path)
        for route in app.litestar.routes
        for handler in route.route_handlers
        for method in handler.http_methods
        for path in handler.paths
    }
    return sorted(pair for pair in found if not pair[1].endswith(SELDOM))


def part(chance: random.Random) -> str:
    """Something for a place in an address, encoded."""
    return chance.choice(BYTES) if chance.random() < 0.1 else quote(chance.choice(VALUES), safe="")


@dataclass
class Step:
    """One request: a route with hostile parts, parameters, fields and headers, not all of them at once."""

    method: str
    target: str
    body: bytes | None
    headers: dict[str, bytes]


def step(chance: random.Random, routes: list[tuple[str, str]]) -> Step:
    method, path = chance.choice(routes)
    if chance.random() < 0.05:
        method = chance.choice(["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE"])
    path = re.sub(r"\{[^}]*\}", lambda _: part(chance) or "x", path)
    query = "&".join(f"{chance.choice(NAMES)}={part(chance)}" for _ in range(chance.choice([0, 1, 1, 2, 3, 8, 150])))
    fields = [(chance.choice(FIELDS), chance.choice(VALUES)) for _ in range(chance.choice([0, 1, 3, 10, 250]))]
    body = urlencode(fields).encode()[:60_000] if method == "POST" else None
    headers = {"Content-Type": b"application/x-www-form-urlencoded"}
    for name in chance.sample(HEADERS, chance.choice([0, 0, 1, 2])):
        value = chance.choice([*VALUES, "partial", "true"]).encode()
        headers[name] = re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", value)[:4_000].strip()
    return Step(method, f"{path}?{query}"[:40_000], body, headers)


@pytest.mark.slow("a thousand requests, in the short form")
def test_no_answer_is_a_fault_of_ours(office, routes):
    chance = random.Random(SEED)
    desk.installed(office)
    desk.attempts(office, *[{"outcome": "failed", "step": "verified", "code": "bad_redirect_uri"}] * 5)
    browser = Desk(office, "owner")
    for number in range(STEPS):
        if number % 100 == 0:
            desk.forget_failures(office)
            if browser.get("/ops").status != 200:
                browser = Desk(office, "owner")
        check(browser, step(chance, routes), f"step {number} of seed {SEED}")


def check(browser: Desk, planned: Step, which: str, *, may_fail: bool = False) -> int:
    """Send one request: the answer is none that faults of ours give, and has our headers. The status."""
    answer = browser.client.request(
        planned.method, browser.stage.url + planned.target, content=planned.body, headers=planned.headers
    )
    which = f"{which}: {planned.method} {planned.target[:300]} {str(planned.headers)[:300]}"
    is_said = answer.headers.get("Retry-After") == "3600"  # an app that is paused; to HEAD without its words
    if may_fail:
        is_said = is_said or "Retry-After" in answer.headers or planned.target.startswith("/readyz")
    assert answer.status_code < 500 or (answer.status_code == 503 and is_said) or (may_fail and said(answer)), which
    if answer.status_code not in (400, 431) or answer.content.startswith(b"<!doctype"):
        assert "content-security-policy" in answer.headers, which
    return answer.status_code


def said(answer: httpx.Response) -> bool:
    """Whether it is a return's own page of a database that failed (docs/install-flow.md, rows 11 and 12)."""
    return answer.status_code == 500 and "X-Install-Reference" in answer.headers


PLAIN = [("GET", "/ops"), ("GET", "/slack/start"), ("GET", "/readyz"), ("POST", "/ops/me/codes/offer")] * 3
TABLES = (
    "dashboard_attempts",
    "dashboard_operators",
    "dashboard_sessions",
    "dashboard_audit",
    "dashboard_failure_groups",
)


@contextlib.contextmanager
def locked(running: Stage) -> Iterator[None]:
    """Another transaction writes, and does not end."""
    with writing(running.database.engine).begin() as connection:
        if running.database.kind == "postgresql":
            connection.execute(text(f"LOCK TABLE {', '.join(TABLES)} IN EXCLUSIVE MODE"))
        yield


@contextlib.contextmanager
def full(running: Stage) -> Iterator[None]:
    """Nothing more can be written: the process may not let a file grow, or each change is refused as on a full disk
    (https://www.postgresql.org/docs/current/errcodes-appendix.html, disk_full)."""
    if running.database.kind == "sqlite":
        subprocess.run(["prlimit", "--pid", str(running.server.pid), "--fsize=4096"], check=True)
        yield
        return
    refuse = "CREATE FUNCTION no_room() RETURNS trigger AS $$ BEGIN RAISE 'full' USING ERRCODE = '53100'; END $$"
    running.database.execute(f"{refuse} LANGUAGE plpgsql")
    for table in TABLES:
        running.database.execute(
            f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON {table} EXECUTE FUNCTION no_room()"
        )
    yield


@contextlib.contextmanager
def stopped(running: Stage) -> Iterator[None]:
    """The server ends all connections and takes no new one; the file is no database any more."""
    url = running.database.engine.url
    running.database.close()
    if running.database.kind == "sqlite":
        for file in Path(url.database).parent.glob(f"{Path(url.database).name}*"):
            file.write_bytes(b"\xff" * file.stat().st_size)
        yield
        return
    beside = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with beside.connect() as other:
        other.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false'))
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        other.execute(text(ended), {"name": url.database})
        yield
        other.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true'))


@pytest.mark.slow("a lock is waited for, for seconds")
@pytest.mark.parametrize("fault", [locked, full, stopped])
def test_whatever_is_wrong_with_the_database_the_answer_is_ours(database, routes, fault):
    chance = random.Random(SEED)
    with stage(database, processes=1) as running:
        desk.people(running)
        desk.installed(running)
        browser = Desk(running, "owner")
        planned = [step(chance, routes) for _ in range(STEPS // 20)]
        planned += [Step(method, path, b"" if method == "POST" else None, {}) for method, path in PLAIN]
        with fault(running), concurrent.futures.ThreadPoolExecutor(8) as pool:
            numbers = range(len(planned))
            checks = pool.map(
                lambda number: check(browser, planned[number], f"step {number} of seed {SEED}", may_fail=True), numbers
            )
            assert 503 in list(checks)


SURROGATE = base64.urlsafe_b64encode(b'["o",1,"\\ud800"]').decode()
BOOLEAN = base64.urlsafe_b64encode(b'["o",1,true]').decode()
TOO_MANY = "&".join(f"a{number}=1" for number in range(101))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/ops/installations/{2**63}", 404),
        (f"/ops/failures/{2**31}", 404),
        ("/ops/workspaces/T%00", 404),
        ("/ops/setup/%00", 404),
        ("/ops/codes/%ed%a0%80", 404),
        ("/ops/installations?q=a%00b", 200),
        ("/ops/attempts?q=%00", 200),
        ("/ops/lookup?q=T0%00AAAA1", 200),
        (f"/ops/installations?after={nested('[')}", 400),
        (f"/ops/attempts?after={SURROGATE}", 400),
        (f"/ops/installations?after={BOOLEAN}", 400),
        (f"/ops/installations?after={cursor('o', 1, 2**40)}", 400),
        (f"/ops/audit?after={cursor('o', 1, 2**31 - 1)}", 200),
        (f"/ops/audit?after={cursor('o', 1, 2**31)}", 400),
        (f"/ops/audit?after={cursor('o', 2**63, 1)}", 400),
        ("/ops/audit?before=1", 400),
        (f"/ops/installations?{TOO_MANY}", 400),
        (f"/ops/installations.csv?status=revoked&{TOO_MANY}", 400),
    ],
)
def test_what_was_a_fault_once_is_an_answer(office, owner, path, status):
    assert owner.client.get(path).status_code == status


def test_an_address_that_is_none_leads_to_the_login(office):
    headers = {"HX-Request-Type": "partial", "HX-Current-URL": "http://["}
    answer = Desk(office).client.get("/ops/audit", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/ops/login?next=%2Fops")
