"""What every scenario stands on."""

import contextlib
from dataclasses import dataclass

from sqlalchemy import make_url

from tests.benchmarks.contenders import BARE, OURS, PEER, Contender, running
from tests.benchmarks.slack import StandIn
from tests.support.databases import PostgreSQLDatabases, SQLiteDatabases


@dataclass(frozen=True)
class Effort:
    """How long the slices of load are, in seconds, and how often each thing is done."""

    connections: tuple[int, ...]  # at once; 16 and 64 are judged
    rounds: int
    requests: float
    installs: float
    slow: float
    races: int
    starts: int
    rest: float
    idle: float
    soak: float
    rows: tuple[int, int]  # of installations and of attempts behind the desk: few, and many
    visits: int  # of each page
    moving: int  # installations of slack_sdk's that are adopted


FULL = Effort(
    connections=(1, 16, 64),
    rounds=5,
    requests=1.0,
    installs=2.0,
    slow=6.0,
    races=10,
    starts=5,
    rest=3.0,
    idle=60.0,
    soak=600.0,
    rows=(10_000, 1_000_000),
    visits=40,
    moving=1_000_000,
)
QUICK = Effort(
    connections=(16, 64),
    rounds=1,
    requests=0.2,
    installs=0.4,
    slow=1.0,
    races=1,
    starts=1,
    rest=0.5,
    idle=2.0,
    soak=2.0,
    rows=(1_000, 5_000),
    visits=2,
    moving=2_000,
)


@dataclass(frozen=True)
class Ground:
    """`databases` by the name they are printed under."""

    slack: StandIn
    databases: dict[str, SQLiteDatabases | PostgreSQLDatabases]
    effort: Effort

    def ours(self, database: str) -> contextlib.AbstractContextManager[Contender]:
        return self.ours_on(self.databases[database].new().url)

    def ours_on(self, url: str) -> contextlib.AbstractContextManager[Contender]:
        return running("ours", OURS, self.slack, url)

    def peers(self, database: str) -> list[contextlib.AbstractContextManager[Contender]]:
        """slack_bolt with each of its stores for this database, the one that figures are taken by first."""
        if database != "SQLite":
            return [self._peer(database, "SQLAlchemy", "postgresql+psycopg")]
        return [self._peer(database, "sqlite3", "sqlite"), self._peer(database, "SQLAlchemy", "sqlite+aiosqlite")]

    def _peer(self, database: str, store: str, driver: str) -> contextlib.AbstractContextManager[Contender]:
        url = make_url(self.databases[database].empty().url).set(drivername=driver)
        return running(f"slack_bolt {store}", PEER, self.slack, url.render_as_string(hide_password=False))

    def bare(self) -> contextlib.AbstractContextManager[Contender]:
        return running("bare Litestar", BARE, self.slack, "sqlite:///unused.db")
