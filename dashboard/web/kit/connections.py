"""How many connections are open, and whose they are: a subscriber may hold some of them, and never all."""

import resource
import time
from collections import Counter

import structlog

MOST = 2_000  # connections of one process
OTHER_FILES = 64  # descriptors for the database (20), the doors that server.py has (16), the log and modules
DESCRIPTORS_WANTED = 2 * MOST + OTHER_FILES  # while Slack is asked, a visitor takes two
FEW = 8  # connections; a browser opens six to one host
TELL_EVERY = 60.0  # seconds

log = structlog.get_logger("dashboard.connections")


class Connections:
    """The open connections of one process. A quarter may belong to one subscriber; the last quarter is kept for those
    who hold few."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._of: Counter[str] = Counter()
        self.open = 0
        self._refused = 0
        self._told_at = -TELL_EVERY

    def take(self, subscriber: str) -> bool:
        """Count one more; False, and nothing counted, if there is no room for it. The empty subscriber stands for a
        proxy, for whose connections only the limit of all holds."""
        if not self._has_room_for(subscriber):
            self._refused += 1
            self._tell()
            return False
        self.open += 1
        self._of[subscriber] += 1
        return True

    def give_back(self, subscriber: str) -> None:
        """Count one less of a subscriber who was counted."""
        self.open -= 1
        self._of[subscriber] -= 1
        if not self._of[subscriber]:
            del self._of[subscriber]

    def _has_room_for(self, subscriber: str) -> bool:
        if self.open >= self.most:
            return False
        if not subscriber:
            return True
        is_nearly_full = self.open >= self.most * 3 // 4
        return self._of[subscriber] < (FEW if is_nearly_full else max(FEW, self.most // 4))

    def _tell(self) -> None:
        """Log what was refused, once a minute."""
        if time.monotonic() - self._told_at >= TELL_EVERY:
            log.warning("connections.refused", refused=self._refused, open=self.open, most=self.most)
            self._told_at, self._refused = time.monotonic(), 0


def raise_descriptors() -> int:
    """Ask the system for as many descriptors as are wanted, as far as its hard limit goes. How many there are now;
    where there is no limit, as many as are wanted."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return DESCRIPTORS_WANTED
    if soft >= DESCRIPTORS_WANTED:
        return soft
    soft = DESCRIPTORS_WANTED if hard == resource.RLIM_INFINITY else min(hard, DESCRIPTORS_WANTED)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft


def room_in(descriptors: int) -> int:
    """How many connections so many descriptors are enough for."""
    return max(FEW, min(MOST, (descriptors - OTHER_FILES) // 2))
