"""`dashboard …`: in this process, which takes milliseconds, or in one of its own where the process is the point."""

import os
import subprocess
import sys
import threading
from dataclasses import dataclass

import click.testing

from dashboard.__main__ import main

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")


@dataclass(frozen=True)
class Done:
    """A command that has ended: its exit status, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def basic_environment(**environment: str) -> dict[str, str]:
    """The variables a child process needs, and those given; nothing of ours from outside."""
    return {**{name: os.environ[name] for name in KEPT if name in os.environ}, **environment}


def run_dashboard(*arguments: str, environment: dict[str, str], stdin: str = "") -> Done:
    """Run a command here, as click's own tests do, in that environment and nothing else of ours.

    In a thread: a command may run an event loop, and Playwright's runs in ours.
    """
    absent = {name: None for name in os.environ if name not in environment}
    results: list[click.testing.Result] = []

    def work() -> None:
        runner = click.testing.CliRunner(env={**absent, **environment})
        results.append(runner.invoke(main, list(arguments), input=stdin, prog_name="dashboard"))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join()
    (result,) = results
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def run_process(*arguments: str, environment: dict[str, str], stdin: str = "", descriptors: int | None = None) -> Done:
    """Run a command as a process of its own, which may open as many `descriptors` as said."""
    limit = ["prlimit", f"--nofile={descriptors}"] if descriptors else []
    command = [*limit, sys.executable, "-m", "dashboard", *arguments]
    done = subprocess.run(command, env=environment, input=stdin, capture_output=True, text=True, timeout=60)
    return Done(done.returncode, done.stdout, done.stderr)
