"""Charts: where their bars stand."""

import pytest

from dashboard.core.clock import DAY, HOUR
from dashboard.web.kit.charts import LOWEST, TALLEST, bars

MONDAY = 1_795_392_000_000  # 23 November 2026, 00:00 UTC


def test_bars_stand_in_order_within_the_drawing_and_are_as_tall_as_their_numbers():
    drawn = bars([(MONDAY + day * DAY, number) for day, number in enumerate([5, 0, 10, 1, 1000])], DAY, "day")
    ends = [edge for bar in drawn for edge in (bar.x, bar.x + bar.width)]
    assert ends == sorted(ends)
    assert ends[0] >= 0
    assert ends[-1] <= 100
    assert [bar.height for bar in drawn] == [LOWEST, 0, LOWEST, LOWEST, TALLEST]
    assert {round(bar.y + bar.height, 2) for bar in drawn} == {39.5}
    assert bars([(MONDAY, 1), (MONDAY + DAY, 2)], DAY, "day")[0].height == TALLEST / 2


@pytest.mark.parametrize(
    ("unit", "length", "when", "until"),
    [
        ("day", DAY, "Mon 23 Nov", "2026-11-24T00:00:00Z"),
        ("hour", HOUR, "Mon 23 Nov 2026, 00:00 UTC", "2026-11-23T01:00:00Z"),
    ],
)
def test_a_bar_says_which_stretch_it_is_of(unit, length, when, until):
    (bar,) = bars([(MONDAY, 0)], length, unit)
    assert (bar.when, bar.since, bar.until) == (when, "2026-11-23T00:00:00Z", until)
    assert (bar.number, bar.height) == (0, 0)
