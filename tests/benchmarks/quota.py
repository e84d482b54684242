"""A share of a processor for a server, by the kernel's control groups: so that two of them, load, Slack and PostgreSQL
fit on two processors (https://docs.kernel.org/scheduler/sched-bwc.html)."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

GROUPS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))  # where the first and the second version have them
PERIOD = 10_000  # microseconds: short, so that a server that has had its share holds no lock for long


def can_be_set() -> bool:
    """Whether this process may make groups that limit the processor: root may, outside most containers."""
    try:
        _make("benchmark-trial").rmdir()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def share_of_a_processor(pid: int, share: float) -> Iterator[None]:
    """Let a process have that share, until the end. Raises OSError where `can_be_set` says no."""
    group = _make(f"benchmark-{pid}")
    quota = int(PERIOD * share)
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{quota} {PERIOD}")
    else:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
    (group / "cgroup.procs").write_text(str(pid))
    try:
        yield
    finally:
        (group.parent / "cgroup.procs").write_text(str(pid))
        group.rmdir()


def _make(name: str) -> Path:
    """A new group of the first kind here that limits the processor."""
    for parent in GROUPS:
        group = parent / name
        with contextlib.suppress(OSError):
            group.mkdir()
            if (group / "cpu.max").exists() or (group / "cpu.cfs_quota_us").exists():
                return group
            group.rmdir()
    raise PermissionError("No control group can be made here.")
