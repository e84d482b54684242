"""Kinds of rows: how many of a list's rows are alike in what it is filtered by, known without reading a row of each.

By them lists are counted, and it is known beforehand whether a filter finds few rows, which are looked up by index, or
many, which are found sooner by reading the rows in the order of the list. No planner knows that without statistics.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, false, or_

Query = Select[*tuple[Any, ...]]

MOST_KINDS = 100  # in one query
MOST_MERGED = 20  # of each of which the first are read in order: more take SQLAlchemy longer than it saves


class Kind(Protocol):
    """So many rows that are alike."""

    @property
    def client_id(self) -> str: ...

    @property
    def many(self) -> int: ...


K = TypeVar("K", bound=Kind)


@dataclass(frozen=True)
class Kinds(Generic[K]):
    """The kinds of a list's rows.

    `read` gives those of all rows, or of a range of time (ms) as of now (ms); None where a range was not counted.
    `is_of` is the condition that a row is of a kind, as the index has it. `rows` selects rows, as of now (ms), and
    `of_rows` makes kinds of those that are alike, and of how many they are. `by_time`: whether the index has the rows
    of a kind in the order of the list's time.
    """

    read: Callable[[Connection, int | None, int | None, int], list[K] | None]
    is_of: Callable[[K], ColumnElement[bool]]
    rows: Callable[[int], Query]
    of_rows: Callable[[Connection, Sequence[Any], int], list[K]]
    by_time: bool = False


def are_few(found: Sequence[Kind], known: Iterable[Kind], wanted: int) -> bool:
    """Whether it takes less to read all rows of the kinds found than to walk along all that are known until so many are
    met, the others being spread among them. Each kind is a condition: anybody can make up codes, and so kinds."""
    if len(found) > MOST_KINDS:
        return False
    return not are_met_soon(found, known, wanted)


def are_met_soon(found: Iterable[Kind], known: Iterable[Kind], wanted: int) -> bool:
    """Whether so many rows of the kinds found are met among all that are known before as many rows are read as there
    are of these kinds."""
    many = sum(kind.many for kind in found)
    return many * many > wanted * sum(kind.many for kind in known)


def any_of(kinds: Kinds[K], found: Sequence[K]) -> ColumnElement[bool]:
    """The condition that a row is of one of these kinds."""
    return or_(false(), *map(kinds.is_of, found))
