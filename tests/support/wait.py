"""Waiting for what happens behind an answer."""

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], seconds: float = 10) -> Any:
    """What the condition gives, once it is true."""
    deadline, pause = time.monotonic() + seconds, 0.004
    while not (found := condition()):
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
    return found
