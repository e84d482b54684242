"""Numbers in words."""

import pytest

from dashboard.core.words import share


@pytest.mark.parametrize(
    ("part", "whole", "places", "said"),
    [
        (0, 2_000, 0, "0 %"),
        (1, 2_000, 0, "< 1 %"),
        (20, 2_000, 0, "1 %"),
        (1_000, 2_000, 0, "50 %"),
        (1_980, 2_000, 0, "99 %"),
        (1_999, 2_000, 0, "> 99 %"),
        (2_000, 2_000, 0, "100 %"),
        (1, 3, 1, "33.3 %"),
        (1, 2_001, 1, "< 0.1 %"),
        (2_000, 2_001, 1, "> 99.9 %"),
        (7, 7, 1, "100.0 %"),
    ],
)
def test_only_all_is_a_hundred_per_cent_and_only_nothing_none(part, whole, places, said):
    assert share(part, whole, places) == said
