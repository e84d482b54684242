"""Every cause in circumstances that the flow itself has made, with the simulated Slack: see tests/support/player.py."""

from itertools import count

import pytest

from tests.integration.test_causes import REACHED
from tests.support.player import played, register, unregister
from tests.support.stage import stage

NOT_PLAYED = {
    "ours.fault_in_the_code": "no fault in our code is known that a visitor meets",
    "ours.link_of_another": "it needs a one-time link: test_attempt_acts.py",
    "exchange.none_asked_for": "the simulated Slack stops a link that asks for nothing on its page",
}
# Codes that only earlier releases gave, or that are waited for: another code of the same cause is played.
LESS_SIMPLE = (
    *("invalid_browser", "invalid_state", "slack_unavailable"),
    *("timeout", "running", "state_reused", "in_progress", "database_unavailable"),
)


def one_each():
    """Each circumstances with the first code that the simulated Slack can give at once."""
    cases = {}
    for code, case in REACHED:
        if case.cause not in NOT_PLAYED and code not in LESS_SIMPLE:
            cases.setdefault(id(case), (code, case))
    return list(cases.values())


CASES = one_each()
AT_ONCE = 25


def test_all_likelihoods_are_played_of_all_causes_but_those_named_above():
    reached = {(case.cause, case.likelihood) for _, case in REACHED if case.cause not in NOT_PLAYED}
    assert {(case.cause, case.likelihood) for _, case in CASES} == reached


@pytest.fixture(scope="module")
def played_on(new_database):
    """A service for all of them; and their numbers, each with two apps of its own."""
    with stage(new_database("sqlite"), DASHBOARD_PROXY_HOPS="1") as running:
        yield running, registered(running)


def registered(running):
    """Numbers without end. A few at a time have their apps: a real service has not hundreds of them."""
    for first in count(1, AT_ONCE):
        numbers = range(first, first + AT_ONCE)
        register(running, numbers)
        yield from numbers
        unregister(running, numbers)


@pytest.mark.parametrize(("code", "case"), CASES, ids=lambda value: getattr(value, "cause", value))
def test_a_cause_by_the_flow(played_on, code, case):
    running, numbers = played_on
    verdict = played(running, next(numbers), code, case)
    assert verdict.code == code
    found = {each.cause: each for each in verdict.causes}[case.cause.rpartition(".")[2]]
    says = case.says.replace("https://apps.example.com", running.url)
    assert (found.likelihood, says in found.sentence) == (case.likelihood, True), found.sentence
