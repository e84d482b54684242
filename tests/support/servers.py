"""The web service, running: in a thread of this process, or in a process of its own where the process is the point."""

import asyncio
import contextlib
import gc
import io
import signal
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from litestar.datastructures import State

from dashboard import server
from dashboard.app import create_app
from dashboard.core.config import Settings
from dashboard.core.disk import DiskLimits
from dashboard.core.pace import Pace
from dashboard.web.kit.access_log import AccessLog
from dashboard.web.kit.connections import Connections
from tests.support import logs
from tests.support.logs import LOG

START_WITHIN = 30  # seconds, on a machine that is busy


class Server(ABC):
    """A running service, and what it has logged."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self.environment = environment
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @abstractmethod
    def output(self) -> str:
        """All that it has logged so far."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it, if it runs, after what it is answering."""

    def log(self, event: str) -> list[dict[str, Any]]:
        """The structured log lines of one kind, so far."""
        return logs.events(self.output(), event)

    def errors(self) -> list[str]:
        return logs.errors(self.output())


class ThreadServer(Server):
    """`dashboard serve` without the start of a process: the same checks, wire, wiring and lifespan, at its own pace."""

    def __init__(self, environment: dict[str, str], port: int, pace: Pace, limits: DiskLimits | None = None) -> None:
        super().__init__(environment, port)
        self.connections = Connections()
        self._lines: list[str] = []
        self._shared_before = len(LOG.shared())
        settings = replace(Settings.from_env(environment), pace=pace, disk_limits=limits or DiskLimits())
        server.check_database(settings)
        listener = server.listen("127.0.0.1", port)
        self._app = _application(settings)
        self._uvicorn = uvicorn.Server(server.configuration(self._app, settings, self.connections))
        self._thread = threading.Thread(target=self._run, args=(listener,), name=f"serve-{port}", daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_WITHIN
        while not self._uvicorn.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise AssertionError(f"The server did not start: {self.output()}")
            time.sleep(0.005)

    def _run(self, listener: Any) -> None:
        LOG.keep_mine(self._lines)
        self._uvicorn.run(sockets=server.doors(listener))

    def output(self) -> str:
        return "".join([*self._lines, *LOG.shared()[self._shared_before :]])

    def stop(self) -> None:
        self._uvicorn.should_exit = True
        self._thread.join(START_WITHIN)
        assert not self._thread.is_alive(), f"The server does not stop. {_what_waits()}"
        if self._app not in _IDLE:  # whoever stops it twice
            _IDLE.append(self._app)


_IDLE: list[AccessLog] = []


def _application(settings: Settings) -> AccessLog:
    """The application for these settings. One that has stopped begins anew: its routes take a tenth of a second."""
    if not _IDLE:
        return create_app(settings)
    app = _IDLE.pop()
    app.litestar.state = State({"settings": settings})
    return app


def _what_waits() -> str:
    """Where every task of this process waits."""
    tasks = [each for each in gc.get_objects() if isinstance(each, asyncio.Task) and not each.done()]
    out = io.StringIO()
    for task in tasks:
        task.print_stack(file=out)
    return out.getvalue()


class ProcessServer(Server):
    """`dashboard serve` as everybody runs it, with signals and standard output."""

    def __init__(self, environment: dict[str, str], port: int, descriptors: int | None = None) -> None:
        super().__init__(environment, port)
        self._limit = ["prlimit", f"--nofile={descriptors}"] if descriptors else []
        self._output = tempfile.NamedTemporaryFile(prefix="dashboard-log-", suffix=".jsonl")
        self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [*self._limit, sys.executable, "-m", "dashboard", "serve", "--port", str(self.port)]
        process = subprocess.Popen(command, env=self.environment, stdout=self._output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_WITHIN
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

    @property
    def pid(self) -> int:
        return self._process.pid

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
