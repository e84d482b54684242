"""Processes that run functions for this one, each over a pipe of its own.

`concurrent.futures.ProcessPoolExecutor` has one pipe for the results of all, and holds its writing end itself: where a
process is killed within a large result, it waits for the rest for ever (CPython 3.11.7). A pipe that only one process
writes to ends with it.
"""

import contextlib
import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from typing import TypeVar

from dashboard.core.errors import DashboardError

A = TypeVar("A")
T = TypeVar("T")

_SPAWN = multiprocessing.get_context("spawn")


class Helpers:
    """At most `count` processes, which are started when there is something to do for them."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)  # each waits for one process
        self._idle: queue.SimpleQueue[_Helper] = queue.SimpleQueue()

    def map(self, function: Callable[[A], T], every: Sequence[A]) -> Iterator[T]:
        """What a function of a module gives with each of some arguments, in their order. All are pickled.

        Raises what the function raises, and DashboardError if a process was ended from outside. Either ends the rest.
        """
        return self._threads.map(partial(self._run, function), every)

    def end(self) -> None:
        """Begin nothing more, wait for what is being done, and end the processes."""
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().end()

    def _run(self, function: Callable[[A], T], argument: A) -> T:
        try:
            helper = self._idle.get_nowait()
        except queue.Empty:
            helper = _Helper()
        try:
            return helper.run(function, argument)
        finally:
            self._idle.put(helper)


class _Helper:
    def __init__(self) -> None:
        self._pipe, its_end = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(its_end,), daemon=True)
        self._process.start()
        its_end.close()  # so that the process alone holds it

    def run(self, function: Callable[[A], T], argument: A) -> T:
        try:
            self._pipe.send((function, argument))
            given, raised = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise DashboardError(
                "One of the processes that were at it was ended from outside, as happens where memory runs out.",
                "Run the command again: it goes on where it was.",
            ) from error
        if raised:
            raise raised
        return given  # type: ignore[no-any-return]

    def end(self) -> None:
        self._pipe.close()
        self._process.join()


# In the other processes


def _serve(pipe: Connection) -> None:
    """Run what comes, one after the other, until the pipe ends. An interrupt is for the process of the command to take;
    this one ends with it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):
        while True:
            pipe.send_bytes(_answer(*pipe.recv()))


def _answer(function: Callable[[A], object], argument: A) -> bytes:
    """What it gives and what it raises, one of them None, pickled."""
    try:
        return pickle.dumps((function(argument), None))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in the process of the command
        return _pickled(error, traceback.format_exc())


def _pickled(error: Exception, said: str) -> bytes:
    """An answer with an error and where it was raised; where it cannot be pickled, or made of that again, its words."""
    error.add_note(said)
    try:
        answer = pickle.dumps((None, error))
        pickle.loads(answer)  # noqa: S301 - it is our own
    except Exception:  # noqa: BLE001 - an error's class may be made of anything
        return pickle.dumps((None, RuntimeError(said)))
    return answer


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)  # the transaction that is open is rolled back
