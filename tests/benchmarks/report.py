"""What is printed, and what of it is a figure that was to be reached. Rates are medians of their slices, times those of
all slices together."""

import statistics
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.load import Sample, percentile


@dataclass(frozen=True)
class Figure:
    """Something that was to be reached. `bound_by`: what stands in the way, where it is not. `time`: what was found in
    a unit of time, which says something of the machine, too."""

    what: str
    wanted: str
    found: str
    reached: bool
    bound_by: str
    time: float | None = None


# What an installation with slack_bolt's sqlite3 stores takes of the processor, in ms, on the machine for which limits
# in units of time were set. It is none of our code: how much longer it takes here, so much slower is this machine.
PEER_THERE = 5.1
UNITS_OF_TIME = (" ms", " s", " min")

_lines: list[str] = []
_figures: list[Figure] = []
_peer_here: list[float] = []


def heading(text: str) -> None:
    line(f"\n## {text}\n")


def line(text: str) -> None:
    print(text, flush=True)
    _lines.append(text)


def samples(connections: int, taken: dict[str, list[Sample]]) -> None:
    """A line for each contender: how many a second, and what one took."""
    for name, slices in taken.items():
        rate = statistics.median(one.rate for one in slices)
        cpu = statistics.median(one.cpu_ms for one in slices)
        line(
            f"{connections:>3} conn.  {name:<22} {rate:>8,.0f}/s   p50 {late(slices, 0.5):>8.2f} ms   "
            f"p99 {late(slices, 0.99):>8.2f} ms   CPU {cpu:>6.3f} ms   stolen {_stolen(slices)}"
        )


def _stolen(slices: list[Sample]) -> str:
    """What the host took of a processor, from the slice where it was least to that where it was most."""
    shares = [100 * one.stolen / one.seconds for one in slices]
    return f"{min(shares):.0f}–{max(shares):.0f} %"


def late(slices: list[Sample], share: float) -> float:
    """What that share took at most, in ms."""
    return percentile([time for one in slices for time in one.took], share)


def ratios(taken: dict[str, list[Sample]]) -> None:
    """The first contender's rate over each other's, slice by slice: median, least and most. By CPU: the rate that the
    processor's time alone would allow; it hardly moves where others use the machine."""
    (first, *others) = taken
    for other in others:
        found = [mine.rate / theirs.rate for mine, theirs in zip(taken[first], taken[other], strict=True)]
        less = [theirs.cpu_ms / mine.cpu_ms for mine, theirs in zip(taken[first], taken[other], strict=True)]
        line(
            f"{'':>10} {first} / {other}: {statistics.median(found):.2f} ({min(found):.2f}–{max(found):.2f}), "
            f"by CPU {statistics.median(less):.2f} ({min(less):.2f}–{max(less):.2f})"
        )


def ratio(taken: dict[str, list[Sample]], other: str) -> float:
    """The median of the first contender's rate over another's."""
    mine = next(iter(taken.values()))
    return statistics.median(one.rate / theirs.rate for one, theirs in zip(mine, taken[other], strict=True))


def at_least(what: str, wanted: float, found: float, bound_by: str, unit: str = "") -> None:
    _figure(Figure(what, f"≥ {wanted:g}{unit}", f"{found:.2f}{unit}", found >= wanted, bound_by))


def at_most(what: str, wanted: float, found: float, bound_by: str, unit: str = "") -> None:
    time = found if unit in UNITS_OF_TIME else None
    _figure(Figure(what, f"≤ {wanted:g}{unit}", f"{found:.1f}{unit}", found <= wanted, bound_by, time))


def p99_at_most(what: str, wanted: float, slices: list[Sample]) -> None:
    """In ms."""
    at_most(what, wanted, late(slices, 0.99), processor(slices), " ms")


def processor(slices: list[Sample]) -> str:
    """What bounds a server under load, and how little of it there was in these slices."""
    return f"the one processor, which Python's interpreter fills; of both the host took {_stolen(slices)} of one"


def not_measured(what: str, wanted: str, why: str) -> None:
    _figure(Figure(what, wanted, "not measured", reached=False, bound_by=why))


def _figure(figure: Figure) -> None:
    _figures.append(figure)
    line(f"{'reached' if figure.reached else 'NOT REACHED'}: {figure.what}: {figure.found} ({figure.wanted})")


def machine(peer: list[Sample]) -> None:
    """Take note of how fast this machine is, by slices of installations with slack_bolt's sqlite3 stores."""
    _peer_here.append(statistics.median(one.cpu_ms for one in peer))
    line(f"This machine takes {slower():.2f} × the time of the one for which limits in units of time were set")


def slower() -> float:
    """How many times the time of the limits' machine this one takes; 1 where that was not measured."""
    return statistics.mean(_peer_here) / PEER_THERE if _peer_here else 1.0


def _row(figure: Figure) -> str:
    there = "" if figure.time is None else f"{figure.time / slower():.1f}"
    return f"| {figure.what} | {figure.wanted} | {figure.found} | {'yes' if figure.reached else '**no**'} | {there} |"


def write(file: Path, circumstances: str) -> None:
    """Put all that was found into a document: the figures, what bounds those that are not reached, and every line. The
    document of the run before is kept beside it."""
    before = file.with_name(f"{file.stem}-before.md")
    if file.exists():
        file.rename(before)
    table = [_row(each) for each in _figures]
    bounds = [f"- **{each.what}**: {each.bound_by}" for each in _figures if not each.reached]
    parts = [
        "# Performance",
        "Written by `make bench BENCH=--write` from one run: ratios are taken in turn, A B A B. The servers have one"
        " processor, load, Slack and PostgreSQL the other; `migrate` has both. PostgreSQL has gathered statistics and"
        " cleared up, as it does within a minute of the first rows. Connections begin one after the other, as visitors"
        " do, and come from many addresses, so that each start is stored. Single figures move by a third on shared"
        " machines.",
        f"```\n{circumstances}\n```",
        f"The last column divides what took time by {slower():.2f}: an installation with slack_bolt's sqlite3 stores"
        f" takes so many times the {PEER_THERE} ms of processor time here that it takes on the machine for which such"
        " limits were set. Whether a limit is reached is said of what was found.",
        "\n".join(["| | wanted | found | reached | there |", "| --- | --- | --- | --- | --- |", *table]),
        *([f"The run before this one, perhaps on another machine: [{before.name}]({before.name})."] * before.exists()),
        "## What bounds what is not reached",
        "\n".join(bounds) or "Everything is reached.",
        "## All that was printed",
        "```\n" + "\n".join(_lines).strip() + "\n```",
    ]
    file.write_text("\n\n".join(parts) + "\n")
