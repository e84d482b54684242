"""Steps of long work that several processes do at once: half of a step that works out rows is Python, which a process
does on one processor. SQLite has one writer: there the steps are done in turn, and the others read for it."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from dashboard.core.engines import address, sync_engine, writing
from dashboard.core.helpers import Helpers
from dashboard.core.steps import Step

MOST = 4  # processes

T = TypeVar("T")
Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class Spread:
    """Runs functions of a module in several processes. What they take and give is pickled; results come in the order of
    the arguments. `writers`: how many changes run at once; `readers`: how many queries."""

    helpers: Helpers
    database_url: str
    step: Step
    writers: int
    readers: int

    def __call__(self, change: Callable[..., T], every: Sequence[Arguments]) -> Iterator[T]:
        """Run a change with each of some arguments, each time in a transaction of its own."""
        if self.writers == 1:
            return (self.step(change, *arguments) for arguments in every)
        return self.helpers.map(partial(_write, self.database_url, change), every)

    def read(self, db: Connection, query: Callable[..., T], every: Sequence[Arguments]) -> Iterator[T]:
        """What a query gives with each of some arguments, for a change that is made where there is one writer: nobody
        can change anything meanwhile. It asks for nothing that the change has changed."""
        if self.readers == 1:
            return (query(db, *arguments) for arguments in every)
        return self.helpers.map(partial(_read, self.database_url, query), every)


@contextlib.contextmanager
def spread(database_url: str, step: Step) -> Iterator[Spread]:
    """A `Spread` for a command. Where one thing is done at a time it is `step`, once for each."""
    count = min(MOST, os.cpu_count() or 1)
    writers = 1 if address(database_url).get_backend_name() == "sqlite" else count
    helpers = Helpers(count)
    try:
        yield Spread(helpers, database_url, step, writers, readers=count)
    finally:
        helpers.end()


# In the other processes


def _write(database_url: str, change: Callable[..., T], arguments: Arguments) -> T:
    with writing(_engine(database_url)).begin() as connection:
        return change(connection, *arguments)


def _read(database_url: str, query: Callable[..., T], arguments: Arguments) -> T:
    with _engine(database_url).connect() as connection:
        return query(connection, *arguments)


@cache
def _engine(database_url: str) -> Engine:
    return sync_engine(database_url)
