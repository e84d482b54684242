"""The real thing on loopback: `dashboard serve` in processes of its own, and a simulated Slack beside them."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web

from dashboard.simulator import SimulatedApp, Simulator
from tests.support.databases import TestDatabase
from tests.support.ports import free_port

CLIENT_ID, CLIENT_SECRET = "111.222", "client-secret-of-the-tests"
SECRET_KEY = "a-key-of-the-tests-that-is-long-enough-0123456789"
SCOPES, USER_SCOPES = "chat:write,commands", ""


class Server:
    """One process of the web service."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.environment = environment
        self._output = tempfile.NamedTemporaryFile(prefix="dashboard-log-", suffix=".jsonl")
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "dashboard", "serve", "--port", str(self.port)]
        process = subprocess.Popen(command, env=self.environment, stdout=self._output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AssertionError(f"The server did not start: {self.output()}")
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"{self.url}/healthz", timeout=5, verify=False)
                return process
            time.sleep(0.05)
        raise AssertionError(f"The server did not answer: {self.output()}")

    def output(self) -> str:
        return Path(self._output.name).read_text()

    def log(self, event: str) -> list[dict[str, Any]]:
        """The structured log lines of one kind, so far."""
        lines = [json.loads(line) for line in self.output().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == event]

    def errors(self) -> list[str]:
        """The lines of the log that nobody wants to see."""
        return [line for line in self.output().splitlines() if '"level": "error"' in line or "Traceback" in line]

    def terminate(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """As a power cut would."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        self._process = self._start()

    def wait(self, seconds: float = 40) -> int:
        return self._process.wait(seconds)

    def stop(self) -> None:
        if self._process.poll() is None:
            self.terminate()
            try:
                self.wait()
            except subprocess.TimeoutExpired:
                self.kill()
        self._output.close()


class SlackThread:
    """A simulated Slack in a thread of the test process, reached over HTTP like any other."""

    def __init__(self, apps: list[SimulatedApp], port: int) -> None:
        self.simulator = Simulator(apps)
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

    servers: list[Server]
    slack: SlackThread
    database: TestDatabase
    environment: dict[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        return self.servers[0].url

    @property
    def server(self) -> Server:
        return self.servers[0]

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """A command of the command line, in this stage's environment."""
        return run_dashboard(*arguments, environment={**self.environment, **environment})


def run_dashboard(*arguments: str, environment: dict[str, str], stdin: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "dashboard", *arguments]
    return subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, timeout=60)


def basic_environment(**environment: str) -> dict[str, str]:
    """The variables a child process needs, and those given; nothing of ours from outside."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")
    return {**{name: os.environ[name] for name in kept if name in os.environ}, **environment}


@contextlib.contextmanager
def stage(
    database: TestDatabase, *, processes: int = 1, app: dict[str, Any] | None = None, **environment: str
) -> Iterator[Stage]:
    """Run servers with the default app, and a Slack that knows it. `app` changes how Slack has it configured."""
    ports = [free_port() for _ in range(processes)]
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
        **environment,
    }
    servers: list[Server] = []
    try:
        for port in ports:
            servers.append(Server(basic_environment(**settings), port))  # noqa: PERF401 - what has started is stopped
        yield Stage(servers, slack, database, basic_environment(**settings))
    finally:
        for server in servers:
            server.stop()
        slack.stop()
