"""How many rows each client may cause to be written, so that nobody fills the disk."""

import time

MOST_KEYS = 10_000
LOOK_EVERY = 1.0  # seconds, through all of them


class Allowance:
    """So many at once for each key, and after that one more every so many seconds (the generic cell rate algorithm:
    one number a key, the moment at which its allowance is whole again). Of one process."""

    def __init__(self, at_once: int, refill: float) -> None:
        self._refill = refill
        self._depth = at_once * refill  # seconds until an allowance that was used up is whole
        self._whole_at: dict[str, float] = {}
        self._looked_at = 0.0

    def take(self, key: str) -> bool:
        """Use one up; False if none is left, or if more keys than can be kept are using theirs."""
        at = time.monotonic()
        if key not in self._whole_at and len(self._whole_at) >= MOST_KEYS:
            self._forget_whole_ones(at)
            if len(self._whole_at) >= MOST_KEYS:
                return False
        whole_at = max(self._whole_at.get(key, at), at) + self._refill
        if whole_at - at > self._depth:
            return False
        self._whole_at[key] = whole_at
        return True

    def _forget_whole_ones(self, at: float) -> None:
        if at - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = at
        self._whole_at = {key: whole_at for key, whole_at in self._whole_at.items() if whole_at > at}
