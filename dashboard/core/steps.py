"""Long work beside a running service: in small transactions, so that nobody waits for it long, and with a word of
progress now and then. Breaking it off between two steps is safe."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from dashboard.core.engines import sync_engine, writing

TELL_EVERY = 2.0  # seconds

P = ParamSpec("P")
T = TypeVar("T")


class Step(Protocol):
    """Runs a change in a transaction of its own, and gives what the change gives."""

    def __call__(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T: ...


@contextlib.contextmanager
def small_transactions(database_url: str) -> Iterator[Step]:
    """A `Step` on an engine of its own, for a command."""
    engine = writing(sync_engine(database_url))

    def step(change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with engine.begin() as connection:
            return change(connection, *args, **kwargs)

    try:
        yield step
    finally:
        engine.dispose()


def in_one_transaction(connection: Connection) -> Step:
    """The same work as part of the caller's transaction."""

    def step(change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return change(connection, *args, **kwargs)

    return step


def now_and_then(tell: Callable[P, None]) -> Callable[P, None]:
    """`tell`, but at most once in TELL_EVERY seconds."""
    last_told = time.monotonic()

    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        nonlocal last_told
        if time.monotonic() - last_told >= TELL_EVERY:
            last_told = time.monotonic()
            tell(*args, **kwargs)

    return told
