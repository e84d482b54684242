"""What is printed. Rates are medians of their slices, times those of all slices together."""

import statistics

from tests.benchmarks.load import Sample, percentile


def heading(text: str) -> None:
    print(f"\n## {text}\n", flush=True)


def line(text: str) -> None:
    print(text, flush=True)


def samples(connections: int, taken: dict[str, list[Sample]]) -> None:
    """A line for each contender: how many a second, and what one took."""
    for name, slices in taken.items():
        times = [time for one in slices for time in one.took]
        rate = statistics.median(one.rate for one in slices)
        cpu = statistics.median(one.cpu_ms for one in slices)
        line(
            f"{connections:>3} conn.  {name:<22} {rate:>8,.0f}/s   p50 {percentile(times, 0.5):>8.2f} ms   "
            f"p99 {percentile(times, 0.99):>8.2f} ms   CPU {cpu:>6.3f} ms"
        )


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
