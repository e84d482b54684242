"""The time, as our tables keep it."""

import time

MINUTE = 60_000  # ms
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WEEK = 7 * DAY


def now() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
