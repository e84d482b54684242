"""Every cause of every code: likely, unlikely or unknown by what the database holds.

The circumstances are data, in `tests/support/cases/`. Those that the flow itself makes are in test_verdict.py.
"""

import ast
import inspect
import sys

import pytest

from dashboard.core.clock import DAY
from dashboard.desk.codes import NEVER_STORED
from dashboard.install import catalogue
from dashboard.install.catalogue.entry import Cause
from dashboard.install.catalogue.not_failed import REPEATED, SUPPORT
from tests.support.cases import CASES
from tests.support.circumstances import Case, came_back, stored, verdict_of

CAUSES_OF = {
    **{code: entry.support.causes for code, entry in catalogue.ENTRIES.items()},
    **{outcome: support.causes for outcome, support in SUPPORT.items()},
    "succeeded": REPEATED,
}


def place_of(cause: Cause) -> str:
    return f"{cause.check.__module__.rpartition('.')[2]}.{cause.name}"


REACHED = [
    (code, case)
    for code, causes in CAUSES_OF.items()
    for case in CASES
    if case.cause in [place_of(cause) for cause in causes] and (not case.codes or code in case.codes)
]


@pytest.fixture(scope="module")
def sqlite(new_database):
    return new_database("sqlite")


@pytest.fixture(scope="module")
def postgresql(new_database):
    return new_database("postgresql")


def name_of(parameter) -> str:
    return parameter.cause if isinstance(parameter, Case) else str(parameter)


@pytest.mark.parametrize(("code", "case"), REACHED, ids=name_of)
def test_a_cause_in_its_circumstances(sqlite, code, case):
    check(sqlite, code, case)


@pytest.mark.postgresql
@pytest.mark.parametrize(("case", "code"), {case.cause + case.says: (case, code) for code, case in REACHED}.values())
def test_the_same_on_postgresql(postgresql, case, code):
    """Each circumstances with one code."""
    check(postgresql, code, case)


def test_what_a_browser_did_with_other_apps_pushes_nothing_out(sqlite):
    case = Case(
        "at_slack.approval_needed",
        "likely",
        "met it 2 times",
        this={"browser_digest": "busy"},
        others=(came_back(-DAY, "access_denied_unexplained", browser_digest="busy"),),
        elsewhere=tuple(stored(-number, browser_digest="busy") for number in range(150)),
    )
    check(sqlite, "access_denied_unexplained", case)


def check(database, code, case):
    verdict = verdict_of(database, code, case)
    assert verdict.code == code
    found = {each.cause: each for each in verdict.causes}[case.cause.rpartition(".")[2]]
    assert (found.likelihood, case.says in found.sentence) == (case.likelihood, True), found.sentence
    order = [each.likelihood for each in verdict.causes]
    assert order == sorted(order, key=["likely", "unknown", "unlikely"].index)


def likelihoods(function) -> set[str]:
    """Which of the three a function can find, with those it calls in its own module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.getsource(function))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        name = node.func.id
        if name in ("likely", "unlikely", "unknown"):
            found.add(name)
        elif name in ("_refused", "_read", "_database"):
            found |= likelihoods(inspect.getmodule(function).__dict__[name])
    return found


def test_every_likelihood_of_every_cause_of_every_code_is_reached():
    """Prints the table (code, cause, likelihood) that the cases above reach."""
    reached = {(code, case.cause, case.likelihood) for code, case in REACHED}
    for row in sorted(reached):
        sys.stdout.write("{:40} {:45} {}\n".format(*row))
    possible = {
        (code, place_of(cause), likelihood)
        for code, causes in CAUSES_OF.items()
        if code not in NEVER_STORED  # its causes are reached for the attempt whose link was used again
        for cause in causes
        for likelihood in likelihoods(cause.check)
    }
    assert possible - reached == set()


def test_no_code_is_without_causes():
    assert [code for code, causes in CAUSES_OF.items() if not causes] == []
