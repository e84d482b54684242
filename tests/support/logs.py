"""The log of what runs in this process: lines as the service writes them, kept apart by the thread that wrote them."""

import io
import json
import threading
from typing import Any

from dashboard.core import log


class Log(log.Lines):
    """Stands where a service has its standard output. A server's thread has its own lines, as have the tests, whose
    thread makes this, and the Bolt apps that they run; all others, SQLite's writers among them, share theirs."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self._here = threading.local()
        self._shared: list[str] = []
        self._of_tests: list[str] = []
        self.keep_mine(self._of_tests)

    def write(self, line: str) -> None:
        of_bolt = '"logger": "slack_bolt' in line  # whose threads begin while some service runs beside it
        (self._of_tests if of_bolt else getattr(self._here, "lines", self._shared)).append(line)

    def flush(self) -> None:
        """Nothing waits."""

    def keep_mine(self, lines: list[str]) -> None:
        """Put what this thread logs from now on into a list of its own."""
        self._here.lines = lines

    def shared(self) -> list[str]:
        """What threads logged that are nobody's."""
        return self._shared

    def take(self) -> str:
        """What the tests' own thread has logged since it was last taken."""
        lines = "".join(self._of_tests)
        self._of_tests.clear()
        return lines


LOG = Log()


def events(output: str, event: str) -> list[dict[str, Any]]:
    """The structured lines of one kind."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == event]


def errors(output: str) -> list[str]:
    """The lines nobody wants to see."""
    return [line for line in output.splitlines() if '"level": "error"' in line or "Traceback" in line]
