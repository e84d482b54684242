"""Steps of long work that several processes do at once.

Only on PostgreSQL: SQLite has one writer, and there the steps are done in turn. Of a step that works out rows half is
Python, and a process does that on one processor.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Engine

from dashboard.core.engines import address, sync_engine, writing
from dashboard.core.steps import Step

MOST = 4  # processes

T = TypeVar("T")
Arguments = tuple[Any, ...]


class Spread(Protocol):
    """Runs a change with each of some arguments, each time in a transaction of its own, and gives the results in that
    order. At most `count` run at once. The change is a function of a module, and what it takes and gives is pickled."""

    @property
    def count(self) -> int: ...

    def __call__(self, change: Callable[..., T], every: Sequence[Arguments]) -> Iterator[T]: ...


@contextlib.contextmanager
def spread(database_url: str, step: Step) -> Iterator[Spread]:
    """A `Spread` for a command. Where nothing can be done at once it is `step`, once for each."""
    count = min(MOST, os.cpu_count() or 1)
    if address(database_url).get_backend_name() == "sqlite" or count == 1:
        yield _InTurn(step)
        return
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _follow)
    try:
        yield _AtOnce(pool, database_url, count)
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class _InTurn:
    step: Step
    count: int = 1

    def __call__(self, change: Callable[..., T], every: Sequence[Arguments]) -> Iterator[T]:
        return (self.step(change, *arguments) for arguments in every)


@dataclass(frozen=True)
class _AtOnce:
    pool: ProcessPoolExecutor
    database_url: str
    count: int

    def __call__(self, change: Callable[..., T], every: Sequence[Arguments]) -> Iterator[T]:
        return self.pool.map(partial(_run, self.database_url, change), every)


# In the other processes


def _run(database_url: str, change: Callable[..., T], arguments: Arguments) -> T:
    with _engine(database_url).begin() as connection:
        return change(connection, *arguments)


@cache
def _engine(database_url: str) -> Engine:
    return writing(sync_engine(database_url))


def _follow() -> None:
    """End with the process that the command runs in, however that ends; an interrupt is for that one to take."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)  # the transaction that is open is rolled back
