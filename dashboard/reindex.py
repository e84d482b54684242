"""Rebuilds the summary in small transactions, so that the service goes on meanwhile: `dashboard reindex`."""

import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from dashboard import summary
from dashboard.core import schema
from dashboard.core.db import sync_engine, transaction, writing
from dashboard.summary import Progress

P = ParamSpec("P")
T = TypeVar("T")

TELL_EVERY = 2.0  # seconds


def run(database_url: str, told: Progress) -> int:
    """How many tenants were looked at. `told` hears (done, in all) every few seconds.

    Raises DatabaseNotReadyError where the database cannot be used, or is older than needed.
    """
    with transaction(database_url, write=True) as connection:
        schema.require_current(connection)
    engine = writing(sync_engine(database_url))
    last_told = time.monotonic()

    def run_step(step: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with engine.begin() as connection:
            return step(connection, *args, **kwargs)

    def now_and_then(done: int, total: int) -> None:
        nonlocal last_told
        if time.monotonic() - last_told >= TELL_EVERY:
            last_told = time.monotonic()
            told(done, total)

    try:
        return summary.reindex_by(run_step, now_and_then)
    finally:
        engine.dispose()
