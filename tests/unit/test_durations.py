"""The law that a slow test says why, and the command that runs a failed one alone."""

import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

from tests.support import durations

ROOT = Path(__file__).parents[2]
TESTS = """
import time, pytest
from tests.support import durations
durations.LONGEST = 0.02

def test_long():
    time.sleep(0.5)

@pytest.mark.slow("it sleeps")
def test_long_with_a_reason():
    time.sleep(0.5)

def test_wrong():
    assert time is None
"""


def _run(folder: Path, tests: str) -> str:
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    (folder / "test_given.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.durations", "-p", "no:cacheprovider", "."]
    return subprocess.run(
        command, cwd=folder, env={"PYTHONPATH": str(ROOT)}, stdout=PIPE, stderr=STDOUT, text=True
    ).stdout


def test_a_long_test_says_why_and_a_failed_one_how_to_run_it(tmp_path):
    printed = _run(tmp_path, TESTS)
    assert "2 failed, 1 passed" in printed
    assert "s: make it faster, or mark it @pytest.mark.slow with the reason." in printed
    assert 'make test TESTS="test_given.py::test_long"' in printed


def test_a_marker_without_its_reason_is_refused(tmp_path):
    printed = _run(tmp_path, "import pytest\n@pytest.mark.slow\ndef test_it(): pass\n")
    assert "the marker `slow` needs a reason" in printed


@pytest.mark.parametrize(
    "name", ["a.py::b", "a.py::b[one two]", "a.py::b[it's $HOME]", 'a.py::b["`x`"!]', "a.py::b[ü\\x00]"]
)
def test_the_command_names_that_test_through_a_shell_and_make(tmp_path, name):
    (tmp_path / "Makefile").write_text("test:\n\t@printf '%s' $(TESTS)\n")
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # make may run us
    done = subprocess.run(durations.command(name), shell=True, cwd=tmp_path, env=alone, stdout=PIPE, text=True)
    assert done.stdout == name
