"""Free ports on loopback, each given out once: below those that connections out of this machine have, and apart for
each process of the run."""

import itertools
import os
import socket

_FIRST, _OF_A_PROCESS = 12_000, 2_000
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_PORTS = itertools.cycle(range(_OF_A_PROCESS))


def free_port() -> int:
    for number in _PORTS:
        port = _FIRST + _WORKER % 10 * _OF_A_PROCESS + number
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError
