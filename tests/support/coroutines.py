"""Running coroutines from tests, also while Playwright's own event loop runs in this thread."""

import asyncio
import concurrent.futures
import contextlib
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@contextlib.contextmanager
def running(
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> Iterator[Callable[[Coroutine[Any, Any, T]], T]]:
    """What runs coroutines one after the other in one event loop."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        runner = asyncio.Runner(loop_factory=loop_factory)
        yield lambda coroutine: pool.submit(runner.run, coroutine).result()
        pool.submit(runner.close).result()
