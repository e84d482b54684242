"""The disk that a SQLite file lies on: that it gets full is said before it is. PostgreSQL tells nobody but a superuser
of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class DiskLimits:
    """Free bytes, below which somebody should look, and below which the service says that it cannot do its work."""

    low: int = 500 * MEGABYTE
    full: int = 50 * MEGABYTE  # SQLite's log of what is not yet in the file needs some room


@dataclass(frozen=True, slots=True)
class Disk:
    """What is free where the database lies, in bytes."""

    path: Path
    free: int
    limits: DiskLimits

    @property
    def is_low(self) -> bool:
        return self.free < self.limits.low

    @property
    def is_full(self) -> bool:
        return self.free < self.limits.full

    @property
    def sentence(self) -> str:
        return f"The disk that holds {self.path.name} has {self.free // MEGABYTE:,} MB free."

    @property
    def next_step(self) -> str:
        return (
            "Make room, or keep attempts for a shorter time (DASHBOARD_KEEP_ATTEMPTS, then dashboard purge). "
            f"Below {self.limits.full // MEGABYTE:,} MB /readyz answers 503; with none left nothing can be installed."
        )


def disk_of(url: str, limits: DiskLimits) -> Disk | None:
    """The disk of a database address; None for PostgreSQL, for a database in memory, and where nobody can tell."""
    from dashboard.core.engines import address  # noqa: PLC0415 - settings need the limits alone, and no SQLAlchemy

    parsed = address(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    path = Path(parsed.database)
    try:
        return Disk(path, shutil.disk_usage(path.parent).free, limits)
    except OSError:
        return None  # that the file cannot be used is said elsewhere
