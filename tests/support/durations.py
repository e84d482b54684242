"""A pytest plugin: a test that takes long says why, and one that failed says how to run it alone."""

import os
import shlex
from collections.abc import Iterator

import pytest

LONGEST = 5.0  # seconds, on a processor of its own, without a reason


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> Iterator[None]:
    """Fail a test that took long and has no `slow` marker. On a machine that is busy, long is longer: by twice as much
    as its load says, which is an average of the last minute and tells nothing of the moment when the test ran."""
    report = yield
    busy = os.getloadavg()[0] / (os.cpu_count() or 1)
    long = LONGEST if busy <= 1 else LONGEST * 2 * busy
    if report.passed and call.when == "call" and call.duration > long and not item.get_closest_marker("slow"):
        report.outcome = "failed"
        report.longrepr = f"{call.duration:.1f} s: make it faster, or mark it @pytest.mark.slow with the reason."
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a `slow` marker without its reason."""
    for item in items:
        marker = item.get_closest_marker("slow")
        if marker and not (marker.args and str(marker.args[0]).strip()):
            raise pytest.UsageError(f"{item.nodeid}: the marker `slow` needs a reason.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the command that runs each failed test alone."""
    failed = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
    names = list(dict.fromkeys(report.nodeid for report in failed))
    if names:
        terminalreporter.section("to run one of them alone")
    for name in names:
        terminalreporter.write_line(command(name))


def command(name: str) -> str:
    """What runs one test alone, to be pasted into a shell: make hands its value to another one."""
    value = shlex.quote(name).replace("$", "$$")
    plain = not set(name) & set("\"'\\$`!")
    return f'make test TESTS="{value}"' if plain else f"make test TESTS={shlex.quote(value)}"
