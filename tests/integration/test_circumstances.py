"""Attempts by what somebody remembers, when nothing exact is known."""

import re
from datetime import UTC, datetime

import pytest

from dashboard.core.clock import MINUTE
from dashboard.desk.circumstances import moment_of
from tests.support import desk
from tests.support.desk import Desk

DAY = "2026-03-10"
NOON = moment_of(DAY, "12:00", 0)
IPHONE, WINDOWS = {"browser": "Safari", "system": "iOS"}, {"browser": "Edge", "system": "Windows"}


@pytest.fixture(scope="module")
def tried(office):
    """Attempts of one day: their references by what they are."""

    def attempt(minutes, code, **columns):
        at = NOON + minutes * MINUTE
        outcome = {"outcome": "failed", "step": "verified"} if code else {}
        return desk.attempt(
            office, seen_at=at, started_at=at, returned_at=at, last_returned_at=at, code=code, **outcome, **columns
        )

    return {
        "expired": attempt(4, "state_expired", **IPHONE),
        "secret": attempt(10, "bad_client_secret", **WINDOWS),
        "cookie": attempt(-30, "no_cookie", **IPHONE),
        "installed": attempt(0, None, **WINDOWS),
        "german": attempt(20, "timeout", locale="de-AT"),
        "evening": attempt(7 * 60, "state_expired", **IPHONE),
    }


def fits(office, who="owner", **fields):
    """The references that fit, the best first, and the page."""
    answer = Desk(office, who).client.post("/ops/lookup", data=fields)
    assert answer.status_code == 200, answer.text
    part = answer.text.partition('id="fits"')[2]
    return re.findall(r'href="/ops/attempts/([0-9A-Z-]{11})', part), answer.text


@pytest.mark.parametrize(
    ("told", "first"),
    [
        ({"day": DAY, "time": "12:00", "words": "expired"}, "expired"),
        ({"day": DAY, "time": "12:00", "browser": "Safari", "system": "iOS", "within": "15"}, "expired"),
        ({"day": DAY, "time": "11:30", "browser": "Safari"}, "cookie"),
        ({"day": DAY, "time": "12:10"}, "secret"),
        ({"day": DAY, "time": "12:00", "words": "a password is out of date"}, "secret"),
        ({"day": DAY, "time": "14:00", "offset": "120", "words": "the link had expired"}, "expired"),
        ({"day": DAY, "time": "19:00", "within": "60"}, "evening"),
        ({"day": DAY, "time": "12:00", "words": "browser did not keep its place"}, "cookie"),
        ({"day": DAY, "time": "12:00", "words": "Slack hat zu lange nicht geantwortet"}, "german"),
        ({"day": DAY, "time": "12:00", "app": "acme", "browser": "Edge", "within": "15"}, "installed"),
        ({"day": DAY, "time": "", "within": "360", "words": "expired", "system": "iOS"}, "expired"),
    ],
)
def test_the_one_that_is_meant_comes_first(office, tried, told, first):
    found, _ = fits(office, **told)
    assert found[0] == tried[first]


def test_each_says_why_it_fits(office, tried):
    _, text = fits(office, day=DAY, time="14:00", offset="120", words="expired", browser="Safari", system="iOS")
    assert "14:04, 4 min from 14:00 · Safari on iOS · “expired”" in text


def test_ten_at_most(office, tried):
    at = moment_of("2026-04-01", "12:00", 0)
    desk.attempts(office, *({"seen_at": at + number, "last_returned_at": at + number} for number in range(15)))
    assert len(fits(office, day="2026-04-01", time="12:00")[0]) == 10


def test_what_fits_nothing_says_so(office, tried):
    found, text = fits(office, day="2020-01-01", time="12:00")
    assert found == []
    assert "Nothing fits" in text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"day": "yesterday"}, "That is no day and time"),
        ({"day": DAY, "time": "25:00"}, "That is no day and time"),
        ({"day": DAY, "offset": "7"}, "The zone is none"),
        ({"day": DAY, "within": "1"}, "How exactly"),
        ({"browser": "Netscape"}, "The browser is none"),
        ({"system": "OS/2"}, "The system is none"),
        ({"day": DAY, "app": "nobodys"}, "There is no such app among yours."),
    ],
)
def test_a_field_that_will_not_do_is_named(office, fields, says):
    answer = Desk(office, "owner").client.post("/ops/lookup", data={"words": "kept words", **fields})
    assert answer.status_code == 422
    assert says in answer.text
    assert 'value="kept words"' in answer.text


def test_another_apps_attempts_fit_nobody_elses_memory(office, tried):
    found, text = fits(office, "stranger", day=DAY, time="12:00", words="expired", within="1440")
    assert found == []
    assert not any(reference in text for reference in tried.values())
    answer = Desk(office, "stranger").client.post("/ops/lookup", data={"day": DAY, "app": "acme"})
    assert answer.status_code == 422


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_days_too(office, day):
    assert fits(office, day=day, offset="840")[0] == []


def test_a_moment_on_another_clock():
    assert moment_of("2026-03-10", "14:00", 120) == NOON
    assert datetime.fromtimestamp(moment_of("2026-03-10", "", 0) / 1000, UTC).hour == 12
    assert moment_of("", "14:00", 0) is None
