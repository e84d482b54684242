"""Where the bars of a chart stand, which `templates/_charts.html` draws."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.core.words import day, isotime, moment

GROUND, TALLEST, LOWEST = 39.5, 38.0, 1.5  # of a drawing that is 100 wide and 40 high
FILLED = 0.76  # of its stretch


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time, how many there were in it, and its bar: none, of no height, where there were none."""

    when: str
    since: str  # as addresses say it, as is the next
    until: str
    number: int
    x: float
    y: float
    width: float
    height: float


def bars(points: Sequence[tuple[int, int]], length: int, unit: str) -> list[Bar]:
    """The bars of (begin in ms, number) pairs, whose stretches have that length in ms. `unit`: `hour` or `day`."""
    most = max(number for _, number in points) or 1
    step = 100 / len(points)
    drawn = []
    for place, (at, number) in enumerate(points):
        height = round(max(LOWEST, TALLEST * number / most), 2) if number else 0.0
        drawn.append(
            Bar(
                when=moment(at) if unit == "hour" else day(at),
                since=isotime(at),
                until=isotime(at + length),
                number=number,
                x=round((place + (1 - FILLED) / 2) * step, 2),
                y=round(GROUND - height, 2),
                width=round(FILLED * step, 2),
                height=height,
            )
        )
    return drawn
