"""The real thing on loopback: the web service, in this process or in some of its own, and a simulated Slack."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from dashboard.core.disk import DiskLimits
from dashboard.core.pace import Pace
from dashboard.simulator import SimulatedApp, Simulator
from tests.support.command_line import Done, basic_environment, run_dashboard
from tests.support.databases import TestDatabase
from tests.support.ports import free_port
from tests.support.servers import ProcessServer, ThreadServer

CLIENT_ID, CLIENT_SECRET = "111.222", "client-secret-of-the-tests"
SECRET_KEY = "a-key-of-the-tests-that-is-long-enough-0123456789"
SCOPES, USER_SCOPES = "chat:write,commands", ""

# What a test waits for comes soon. What it says of a time-out it says of one it has set.
QUICK = Pace(
    look_every=0.05,
    registry_every=0.1,
    catch_up_every=0.1,
    notice_every=0.1,
    sweep_every=0.5,
    jobs_every=0.1,
    starts_gather=0.02,
)
# On PostgreSQL looking costs two thousandths of a second each time, and a dozen stages look all the time.
QUICK_ON = {
    "sqlite": QUICK,
    "postgresql": replace(
        QUICK, look_every=0.1, registry_every=0.4, catch_up_every=0.3, notice_every=0.5, jobs_every=0.4, sweep_every=1.0
    ),
}


class SlackThread:
    """A simulated Slack in a thread of the test process, reached over HTTP like any other."""

    def __init__(self, apps: list[SimulatedApp], port: int, *, knows_every_app: bool = False) -> None:
        self.simulator = Simulator(apps, knows_every_app=knows_every_app)
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._started.wait(10):
            raise AssertionError("The simulated Slack did not start.")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self.simulator.web_app(), access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", self._port).start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        answering = asyncio.all_tasks(self._loop)  # answers that a test asked to be slow
        for task in answering:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*answering, return_exceptions=True))
        self._loop.close()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def exchanges(self) -> int:
        return sum(1 for method, _ in self.simulator.calls if method == "oauth.v2.access")


@dataclass
class Stage:
    """Servers on one database, with their Slack. The first server's address is PUBLIC_URL."""

    servers: list[Any]  # ThreadServer, or ProcessServer, which can be killed
    slack: SlackThread
    database: TestDatabase
    environment: dict[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        return self.servers[0].url

    @property
    def server(self) -> Any:
        return self.servers[0]

    def take_over(self, **pace: float) -> None:
        """Start a server, with another pace, where the first one was killed."""
        dead = self.servers[0]
        self.servers[0] = ThreadServer(dead.environment, dead.port, replace(QUICK, **pace))

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Done:
        """A command of the command line, in this stage's environment."""
        return run_dashboard(*arguments, environment={**self.environment, **environment}, stdin=stdin)


@contextlib.contextmanager
def stage(
    database: TestDatabase,
    *,
    processes: int = 0,
    threads: int = 1,
    pace: Pace | None = None,
    app: dict[str, Any] | None = None,
    descriptors: int | None = None,
    disk_limits: DiskLimits | None = None,
    **environment: str,
) -> Iterator[Stage]:
    """Run servers with the default app, and a Slack that knows it. `app` changes how Slack has it configured.

    The servers are threads of this process, at the `pace` given, else a quick one; or `processes` of their own, at
    everybody's, each with as many file `descriptors` as said.
    """
    ports = [free_port() for _ in range(processes or threads)]
    public_url = environment.get("PUBLIC_URL", f"http://127.0.0.1:{ports[0]}")
    configured = replace(SimulatedApp(CLIENT_ID, CLIENT_SECRET, (f"{public_url}/slack/oauth_redirect",)), **(app or {}))
    slack = SlackThread([configured], free_port())
    settings = {
        "DATABASE_URL": database.url,
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_URL": public_url,
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SCOPES": SCOPES,
        "SLACK_USER_SCOPES": USER_SCOPES,
        "SLACK_API_URL": f"{slack.url}/api/",
        "SLACK_AUTHORIZE_URL": f"{slack.url}/oauth/v2/authorize",
        "DASHBOARD_LOG_LEVEL": "debug",
        # A service begins with taking out what is old: it would race with what a test dates back.
        "DASHBOARD_KEEP_ATTEMPTS": "36500",
        "DASHBOARD_KEEP_AUDIT": "36500",
        **environment,
    }
    servers: list[Any] = []
    try:
        for port in ports:
            given = basic_environment(**settings)
            servers.append(
                ProcessServer(given, port, descriptors)
                if processes
                else ThreadServer(given, port, pace or QUICK_ON[database.kind], disk_limits)
            )
        yield Stage(servers, slack, database, basic_environment(**settings))
    finally:
        for server in servers:
            server.stop()
        slack.stop()
