"""Failed installs as people have reported them: what the verdict says of each.

The cases are data, in `tests/support/reports.toml`, each with its thread. None may be called likely that it was not.
"""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from dashboard.core.clock import DAY, HOUR, MINUTE
from dashboard.desk.sentences import read_on_slack
from tests.support import circumstances
from tests.support.circumstances import AT, Case, verdict_of

REPORTS = tomllib.loads((Path(__file__).parent.parent / "support/reports.toml").read_text())["case"]
UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
WHEN = re.compile(r"(-?\d+)([mhd])")
NUMBERS = ("state_length", "state_limit", "returns")
TRUTHS = ("verified", "state_like_ours")


def offset(text: str) -> int:
    number, unit = WHEN.fullmatch(text).groups()
    return int(number) * UNITS[unit]


def columns(words: list[str]) -> dict:
    return {name: value_of(name, text) for name, _, text in (word.partition("=") for word in words)}


def value_of(name: str, text: str):
    if not text:
        return None
    if name.endswith("_at"):
        return AT + offset(text)
    if name in NUMBERS:
        return int(text)
    return text == "1" if name in TRUTHS else text


def rows(line: str) -> list[dict]:
    kind, *words = line.split()
    code = [words.pop(0)] if kind in ("failed", "came_back") else []
    at = offset(words.pop(0))
    count = int(words.pop(0)[1:]) if words and re.fullmatch(r"x\d+", words[0]) else 1
    return [getattr(circumstances, kind)(at - 1000 * number, *code, **columns(words)) for number in range(count)]


def place(text: str) -> dict:
    """A workspace, and which app it has, if that is said."""
    team_id, _, app_id = text.partition(" ")
    return {"team_id": team_id, "team_name": team_id, **({"app_id": app_id} if app_id else {})}


def case_of(report: dict) -> Case:
    app = {"client_secret": report["secret"]} if "secret" in report else {}
    return Case(
        cause="",
        likelihood="",
        says="",
        this=columns(report["this"].split()),
        others=tuple(row for line in report["around"] for row in rows(line)),
        places=tuple(place(text) for text in report.get("places", [])),
        read=read_on_slack(report.get("read", "")),
        app=app,
    )


@pytest.fixture(scope="module")
def database(new_database):
    return new_database("sqlite")


def judged(database, report: dict) -> str:
    """*right*, *unknown* or *wrong*, and what is called likely."""
    verdict = verdict_of(database, report["code"], case_of(report))
    likely = [each.cause for each in verdict.causes if each.likelihood == "likely"]
    if not likely:
        return "unknown"
    true = {report["truth"], *report.get("also", [])}
    return "right" if report["truth"] in likely and set(likely) <= true else f"wrong: {likely}"


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report["report"])
def test_nothing_is_called_likely_that_it_was_not(database, report):
    assert judged(database, report) in ("right", "unknown"), report["what"]


def test_how_many_are_told(database):
    """Prints the table: what no data could tell is unknown, and nearly all else is told."""
    results = {report["report"]: judged(database, report) for report in REPORTS}
    for name, result in results.items():
        sys.stdout.write(f"{name:50} {result}\n")
    assert len(results) >= 60
    could_be_told = [report["report"] for report in REPORTS if report["truth"]]
    assert sum(results[name] == "right" for name in could_be_told) >= 0.9 * len(could_be_told)
