"""The desk's pages on many rows: what an operator opens, one after the other, and what each takes whole."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from sqlalchemy import select

from dashboard.access import operators, permissions, sessions
from dashboard.apps import registry
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.engines import sync_engine, writing
from dashboard.core.models import App, Attempt, FailureGroup, OperatorAccount
from dashboard.desk import failure_updates
from tests.benchmarks.filling import APPS, SCOPES
from tests.benchmarks.load import Connection, percentile

SENTENCE = "Hello, our workspace {team} (Silver Bakery) cannot install the app: it says invalid_code since yesterday."
VAGUE_SENTENCE = (
    "Hello support, since this morning nobody of our company can install your application any more, whichever browser"
    " we take; it says that something went wrong and to try again, which we did. Is there anything that we can do?"
)
KEY = "a-key-of-the-benchmarks-that-is-long-enough-0123456789"


@dataclass
class Taken:
    """What a page took, in ms, and how large it was, in bytes."""

    name: str
    path: str
    status: int = 200
    size: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def line(self) -> str:
        median, late = percentile(self.times, 0.5), percentile(self.times, 0.95)
        return f"{self.name:<44} p50 {median:>8.1f} ms   p95 {late:>8.1f} ms   {self.size / 1000:>6.1f} kB"


def people(url: str) -> str:
    """Register the apps and sign an owner in; the session's token. Failure groups are noticed, as the service would."""
    settings = Settings.from_env({"SECRET_KEY": KEY, "DATABASE_URL": url})
    engine = writing(sync_engine(url))
    with engine.begin() as db:
        known = set(db.scalars(select(App.slug)))
        for slug, name, client_id in APPS:
            facts = {"name": name, "client_id": client_id, "client_secret": "secret", "scopes": SCOPES}
            if slug not in known:
                registry.add(db, settings, slug, facts)
        owner = db.scalar(select(OperatorAccount.id).where(OperatorAccount.email == "owner@example.com"))
        if owner is None:
            owner = operators.add(db, permissions.command_line(), "owner@example.com", owner=True)
        failure_updates.notice(db, now())
        token = sessions.begin(db, owner, {}, now())
    engine.dispose()
    return token


def pages(url: str, count: int) -> list[Taken]:
    """The addresses of what is opened, on a database with so many rows."""
    engine = sync_engine(url)
    with engine.connect() as db:
        group = db.scalar(select(FailureGroup.id).where(FailureGroup.code == "invalid_code").limit(1))
        uncatalogued = db.scalar(select(FailureGroup.id).where(FailureGroup.code == "uncatalogued").limit(1))
        refused = select(Attempt.reference).where(Attempt.code == "bad_client_secret", Attempt.client_id == APPS[0][2])
        failed = reference.display(db.scalar(refused.order_by(Attempt.seen_at.desc()).limit(1)))
    engine.dispose()
    number = count * 3 // 4 // 100 * 100 + 1
    some = reference.display(reference.of_number(number * 1_000_003 % 2**40))
    team = f"T{number:09X}"
    return [
        Taken("home", "/ops"),
        Taken("home, one app", "/ops?app=acme"),
        Taken("installations", "/ops/installations"),
        Taken("installations, counts", "/ops/installations/counts"),
        Taken("installations, one app", "/ops/installations?app=third"),
        Taken("installations, one app, counts", "/ops/installations/counts?app=third"),
        Taken("installations, by name", "/ops/installations?sort=name"),
        Taken("installations, one app by name", "/ops/installations?sort=name&app=third"),
        Taken("installations, last seen", "/ops/installations?sort=-last_seen"),
        Taken("installations, uninstalled", "/ops/installations?status=uninstalled"),
        Taken("installations, uninstalled, counts", "/ops/installations/counts?status=uninstalled"),
        Taken("installations, attention", "/ops/installations?status=attention"),
        Taken("installations, attention, counts", "/ops/installations/counts?status=attention"),
        Taken("installations, some scopes missing", "/ops/installations?drift=1"),
        Taken("installations, removed in 7 days", "/ops/installations?status=uninstalled,revoked&removed=7d"),
        Taken("installations, organizations", "/ops/installations?type=org"),
        Taken("installations, rare search", f"/ops/installations?q={number}"),
        Taken("installations, common search", "/ops/installations?q=bakery"),
        Taken("installations, common search, counts", "/ops/installations/counts?q=bakery"),
        Taken("installations, two letters", "/ops/installations?q=ba"),
        Taken("installations, two letters that nothing has", "/ops/installations?q=zq"),
        Taken("installations, common search by name", "/ops/installations?sort=name&q=bakery"),
        Taken("installations, team", f"/ops/installations?team={team}"),
        Taken("installations, enterprise", "/ops/installations?enterprise=E000000019"),
        Taken("installation", f"/ops/installations/{number}"),
        Taken("workspaces", "/ops/workspaces"),
        Taken("workspaces, counts", "/ops/workspaces/counts"),
        Taken("workspaces, attention, counts", "/ops/workspaces/counts?status=attention"),
        Taken("workspaces, of an organization, counts", "/ops/workspaces/counts?enterprise=E000000019"),
        Taken("workspaces, common search, counts", "/ops/workspaces/counts?q=silver"),
        Taken("workspaces, search", f"/ops/workspaces?q={number}"),
        Taken("workspace", f"/ops/workspaces/{team}"),
        Taken("enterprises", "/ops/enterprises"),
        Taken("enterprises, counts", "/ops/enterprises/counts"),
        Taken("enterprises, attention", "/ops/enterprises?status=attention"),
        Taken("enterprises, attention, counts", "/ops/enterprises/counts?status=attention"),
        Taken("enterprises, one app by name", "/ops/enterprises?sort=name&app=acme"),
        Taken("enterprises, search", "/ops/enterprises?q=bakery"),
        Taken("enterprises, search, counts", "/ops/enterprises/counts?q=bakery"),
        Taken("enterprise", "/ops/enterprises/E000000019"),
        Taken("attempts", "/ops/attempts"),
        Taken("attempts, counts", "/ops/attempts/counts"),
        Taken("attempts, failed", "/ops/attempts?outcome=failed&verified=1&since=1d"),
        Taken("attempts, failed, counts", "/ops/attempts/counts?outcome=failed"),
        Taken("attempts, running", "/ops/attempts?outcome=running"),
        Taken("attempts, running, counts", "/ops/attempts/counts?outcome=running"),
        Taken("attempts, one app, abandoned", "/ops/attempts?outcome=abandoned&app=third"),
        Taken("attempts, a step", "/ops/attempts?step=exchanged"),
        Taken("attempts, steps of the funnel", "/ops/attempts?step=verified,exchanged,token_verified,stored&app=acme"),
        Taken("attempts, a code", "/ops/attempts?code=invalid_code"),
        Taken("attempts, a code, counts", "/ops/attempts/counts?code=invalid_code"),
        Taken("attempts, a code that nobody met", "/ops/attempts?code=never_met"),
        Taken("attempts, from an invitation", "/ops/attempts?source=invited"),
        Taken("attempts, search by team", f"/ops/attempts?q={team}"),
        Taken("attempts, search by name", "/ops/attempts?q=bakery"),
        Taken("attempts, search by a code", "/ops/attempts?q=invalid_code"),
        Taken("attempts, search by a code, counts", "/ops/attempts/counts?q=invalid_code"),
        Taken("attempts, search by reference", f"/ops/attempts?q={some}"),
        Taken("attempt", f"/ops/attempts/{some}"),
        Taken("attempt, failed", f"/ops/attempts/{failed}"),
        Taken("failures", "/ops/failures"),
        Taken("failure", f"/ops/failures/{group}"),
        Taken("failure, uncatalogued", f"/ops/failures/{uncatalogued}"),
        Taken("funnel, 24 hours", "/ops/funnel?since=1d"),
        Taken("funnel, 30 days", "/ops/funnel?since=30d"),
        Taken("funnel, 90 days", "/ops/funnel?since=90d"),
        Taken("codes", "/ops/codes"),
        Taken("code", "/ops/codes/invalid_code"),
        Taken("look-up", "/ops/lookup"),
        Taken("look-up, a reference", f"/ops/lookup?q={some}", status=303),
        Taken("look-up, a mistyped reference", f"/ops/lookup?q={some[:-1]}"),
        Taken("look-up, a sentence", f"/ops/lookup?q={quote(SENTENCE.format(team=team))}"),
        Taken("look-up, a sentence that names nothing", f"/ops/lookup?q={quote(VAGUE_SENTENCE)}"),
        Taken("look-up, a code", "/ops/lookup?q=invalid_code"),
        Taken("look-up, what Slack's page said", "/ops/lookup?q=invalid_team_for_non_distributed_app"),
        Taken("operators", "/ops/operators"),
        Taken("audit", "/ops/audit"),
    ]


async def open_in_turn(visitors: Sequence[tuple[Connection, str]], pages: Sequence[Taken], times: int) -> None:
    """Let each visitor, of whom there is the connection and the cookie, open his page so many times, A B A B; once
    before it, which does not count. Raises AssertionError where one is no page."""
    for turn in range(times + 1):
        for (connection, cookie), page in zip(visitors, pages, strict=True):
            began = time.perf_counter()
            answer = await connection.get(page.path, cookie)
            if turn:
                page.times.append((time.perf_counter() - began) * 1000)
            page.size = len(answer.body)
            if answer.status != page.status:
                raise AssertionError(f"{page.path} answered {answer.status}")
