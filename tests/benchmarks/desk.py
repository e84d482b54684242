"""The desk's pages on many rows: what an operator opens, one after the other, and what each takes whole."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from sqlalchemy import Connection, select

from dashboard.access import operators, permissions, sessions
from dashboard.apps import registry
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.engines import sync_engine, writing
from dashboard.core.models import App, Attempt, FailureGroup, OperatorAccount
from dashboard.desk import failure_updates
from tests.benchmarks import load
from tests.benchmarks.filling import APPS, SCOPES
from tests.benchmarks.load import percentile

SENTENCE = "Hello, our workspace {team} (Silver Bakery) cannot install the app: it says invalid_code since yesterday."
VAGUE_SENTENCE = (
    "Hello support, since this morning nobody of our company can install your application any more, whichever browser"
    " we take; it says that something went wrong and to try again, which we did. Is there anything that we can do?"
)
MEMBER_OF = ("other", "third")  # a fifth of all rows
KEY = "a-key-of-the-benchmarks-that-is-long-enough-0123456789"


@dataclass
class Taken:
    """What a page took, in ms, and how large it was, in bytes; opened by the owner, or by a member of two apps."""

    name: str
    path: str
    status: int = 200
    as_member: bool = False
    size: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def line(self) -> str:
        median, late = percentile(self.times, 0.5), percentile(self.times, 0.95)
        return f"{self.name:<44} p50 {median:>8.1f} ms   p95 {late:>8.1f} ms   {self.size / 1000:>6.1f} kB"


@dataclass(frozen=True)
class Cookies:
    """By which those who open pages are known."""

    owner: str
    member: str

    def of(self, page: Taken) -> str:
        return self.member if page.as_member else self.owner


def people(url: str) -> Cookies:
    """Register the apps, and sign in an owner and a member of two of them. Failure groups are noticed, as the service
    would."""
    settings = Settings.from_env({"SECRET_KEY": KEY, "DATABASE_URL": url})
    engine = writing(sync_engine(url))
    with engine.begin() as db:
        known = set(db.scalars(select(App.slug)))
        for slug, name, client_id in APPS:
            facts = {"name": name, "client_id": client_id, "client_secret": "secret", "scopes": SCOPES}
            if slug not in known:
                registry.add(db, settings, slug, facts)
        failure_updates.notice(db, now())
        cookies = Cookies(_signed_in(db, "owner@example.com", owner=True), _signed_in(db, "member@example.com"))
    engine.dispose()
    return cookies


def _signed_in(db: Connection, email: str, *, owner: bool = False) -> str:
    """The cookie of an operator, who is made if there is none yet; who is no owner has the apps of MEMBER_OF."""
    account = db.scalar(select(OperatorAccount.id).where(OperatorAccount.email == email))
    if account is None:
        account = operators.add(db, permissions.command_line(), email, owner=owner)
        for app in () if owner else db.scalars(select(App.id).where(App.slug.in_(MEMBER_OF))).all():
            operators.set_role(db, permissions.command_line(), account, app, "support")
    return f"dashboard-session={sessions.begin(db, account, {}, now())}"


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
    some, others = [reference.display(reference.of_number(each * 1_000_003 % 2**40)) for each in (number, number + 15)]
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
        Taken("installations, two letters without case", f"/ops/installations?q={quote('京東')}"),
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
        *(Taken(f"member: {name}", path, as_member=True) for name, path in _MEMBERS_PAGES),
        Taken("member: look-up, a reference", f"/ops/lookup?q={others}", status=303, as_member=True),
    ]


_MEMBERS_PAGES = (
    ("home", "/ops"),
    ("installations", "/ops/installations"),
    ("installations, counts", "/ops/installations/counts"),
    ("installations, attention", "/ops/installations?status=attention"),
    ("installations, by name", "/ops/installations?sort=name"),
    ("installations, last seen", "/ops/installations?sort=-last_seen"),
    ("installations, one app, last seen", "/ops/installations?sort=-last_seen&app=third"),
    ("installations, common search", "/ops/installations?q=bakery"),
    ("installations, two letters that nothing has", "/ops/installations?q=zq"),
    ("workspaces", "/ops/workspaces"),
    ("workspaces, active, counts", "/ops/workspaces/counts?status=active"),
    ("enterprises", "/ops/enterprises"),
    ("enterprises, attention, counts", "/ops/enterprises/counts?status=attention"),
    ("attempts", "/ops/attempts"),
    ("attempts, counts", "/ops/attempts/counts"),
    ("attempts, a code", "/ops/attempts?code=invalid_code"),
    ("attempts, search by name", "/ops/attempts?q=bakery"),
    ("failures", "/ops/failures"),
    ("funnel, 30 days", "/ops/funnel?since=30d"),
    ("look-up, a sentence that names nothing", f"/ops/lookup?q={quote(VAGUE_SENTENCE)}"),
)


async def open_in_turn(visitors: Sequence[tuple[load.Connection, str]], pages: Sequence[Taken], times: int) -> None:
    """Let each visitor, of whom there is the connection and the cookie, open a page so many times, A B A B; once before
    it, which does not count. Raises AssertionError where one is no page."""
    for turn in range(times + 1):
        for (connection, cookie), page in zip(visitors, pages, strict=True):
            began = time.perf_counter()
            answer = await connection.get(page.path, cookie)
            if turn:
                page.times.append((time.perf_counter() - began) * 1000)
            page.size = len(answer.body)
            if answer.status != page.status:
                raise AssertionError(f"{page.path} answered {answer.status}")
