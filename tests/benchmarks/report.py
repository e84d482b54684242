"""What is printed, and what of it is a figure that was to be reached. Rates are medians of their slices, times those of
all slices together."""

import statistics
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.load import Sample, percentile


@dataclass(frozen=True)
class Figure:
    """Something that was to be reached. `bound_by`: what stands in the way, where it is not."""

    what: str
    wanted: str
    found: str
    reached: bool
    bound_by: str


_YES_NO = {True: "yes", False: "**no**"}

_lines: list[str] = []
_figures: list[Figure] = []


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
            f"p99 {late(slices, 0.99):>8.2f} ms   CPU {cpu:>6.3f} ms"
        )


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
    _figure(Figure(what, f"≤ {wanted:g}{unit}", f"{found:.1f}{unit}", found <= wanted, bound_by))


def not_measured(what: str, wanted: str, why: str) -> None:
    _figure(Figure(what, wanted, "not measured", reached=False, bound_by=why))


def _figure(figure: Figure) -> None:
    _figures.append(figure)
    line(f"{'reached' if figure.reached else 'NOT REACHED'}: {figure.what}: {figure.found} ({figure.wanted})")


def write(file: Path, circumstances: str) -> None:
    """Put all that was found into a document: the figures, what bounds those that are not reached, and every line."""
    table = [
        f"| {each.what} | {each.wanted} | {each.found} | {'yes' if each.reached else '**no**'} |" for each in _figures
    ]
    bounds = [f"- **{each.what}**: {each.bound_by}" for each in _figures if not each.reached]
    parts = [
        "# Performance",
        "Written by `make bench BENCH=--write` from one run: ratios are taken in turn, A B A B. The servers have one"
        " processor, load, Slack and PostgreSQL the other; `migrate` has both. PostgreSQL has gathered statistics, as"
        " it does within a minute of the first rows. Connections begin one after the other, as visitors do. Single"
        " figures move by a third on shared machines.",
        f"```\n{circumstances}\n```",
        "\n".join(["| | wanted | found | reached |", "| --- | --- | --- | --- |", *table]),
        "## What bounds what is not reached",
        "\n".join(bounds) or "Everything is reached.",
        "## All that was printed",
        "```\n" + "\n".join(_lines).strip() + "\n```",
    ]
    file.write_text("\n\n".join(parts) + "\n")
