"""Two changes of a database, the second begun while the first is open."""

import concurrent.futures
from collections.abc import Callable

from sqlalchemy import Connection

from dashboard.core.engines import writing
from tests.support.databases import TestDatabase

Change = Callable[[Connection], object]


def while_another_is_open(database: TestDatabase, first: Change, second: Change) -> BaseException | None:
    """Begin the second change while the first is done and not committed yet; the second's exception, if any."""

    def change_second() -> None:
        with writing(database.engine).begin() as db:
            second(db)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with writing(database.engine).begin() as db:
            first(db)
            later = pool.submit(change_second)
            concurrent.futures.wait([later], timeout=0.3)
        return later.exception()
