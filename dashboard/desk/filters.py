"""Lists of the desk: what an address asks for, as SQL, in words, as chips, and back as an address.

Each noun that is listed has a `ListSpec`; `parse` makes `Filters` of a query, and everything else is worked out of the
two. The rows themselves are read in `lists.py`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, Select, String
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.access.permissions import Operator
from dashboard.core.clock import DAY, HOUR
from dashboard.core.errors import FilterError
from dashboard.core.models import Attempt, AuditEntry, Installation
from dashboard.desk.kinds import Kinds, Query


class Listed(Protocol):
    """A row of a list. It has a field for each column the list can be sorted by, too."""

    @property
    def id(self) -> int | str: ...

    @property
    def client_id(self) -> str | None: ...


R_co = TypeVar("R_co", bound=Listed, covariant=True)

ROWS = 50  # of a page
LONGEST_TEXT = 200  # characters searched for
MOST_VALUES = ROWS  # of one filter

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SPAN = re.compile(r"([1-9][0-9]{0,3})([hd])")
_UNSAFE_IN_A_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_WORD = re.compile(r"[\w.:@/ -]{1,80}")


@dataclass(frozen=True, slots=True)
class Filter:
    """One key of the address. `condition` is what a single value asks for, in a database. Several values are OR,
    `-value` is NOT."""

    key: str
    word: str
    condition: Callable[[Connection, str], ColumnElement[bool]]
    values: Mapping[str, str] | None = None  # what may be given, and its words; None: any short text
    is_offered: bool = True  # among the choices beside the search, if there are `values`
    # Values worth counting, where any text may be given.
    suggested: Callable[[Connection, Operator], Iterable[str]] | None = None
    is_rare: bool = False  # few rows have the same value: they are found by it, not among those of an app
    # The same condition on a kind of rows, see kinds.py; None: kinds do not tell.
    holds: Callable[[Any, str], bool] | None = None

    def accepts(self, value: str) -> bool:
        return value in self.values if self.values is not None else bool(_WORD.fullmatch(value))

    def words(self, value: str) -> str:
        return (self.values or {}).get(value, value)


@dataclass(frozen=True, slots=True)
class Sort:
    """A column the list can be sorted by. `field` is what a row calls the column's value, which is never NULL."""

    word: str
    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    field: str
    # A column of another table, of which most rows have none; what has none is 0 in the column above.
    rare: ColumnElement[Any] | InstrumentedAttribute[Any] | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is words, not a moment."""
        return isinstance(self.column.type, String)


@dataclass(frozen=True, slots=True)
class Searched:
    """The condition that a row has some words. `are_few`: whether those that have are known to be few, and found by an
    index of their own; others are read in the order of the list until there are enough."""

    condition: ColumnElement[bool]
    are_few: bool


@dataclass(frozen=True, slots=True)
class FewValues:
    """For a list that shows one row of each of few values: what is known of them, to an operator and of one app (by
    client id) or of all.

    `latest` is, in a dialect of SQL, of a query's rows the latest of each value and app, with `is_latest`: whether it
    is the latest of the value. `by_app` says how many values each app has, by client id. `are_met_soon`: whether a page
    of them is met before long among all rows, the latest first.
    """

    latest: Callable[[str, Query, Operator, str | None], Query]
    by_app: Callable[[Connection, Operator], dict[str, int]]
    are_met_soon: Callable[[Connection, Operator, str | None], bool]


@dataclass(frozen=True, slots=True)
class ListSpec(Generic[R_co]):
    """What can be listed, and how."""

    name: str  # the last part of its address
    table: type[Attempt] | type[Installation] | type[AuditEntry]
    act: str  # that the operator must be allowed, see permissions.ACTS
    # Selects the fields of `row`; an id and the sorted columns are among them.
    query: Callable[[Connection, Operator], Select[*tuple[object, ...]]]
    row: type[R_co]
    time: InstrumentedAttribute[int]  # what `since` and `until` are about
    sorts: Mapping[str, Sort]  # by name; the first is what it is sorted by, downwards, unless the address says else
    filters: tuple[Filter, ...]
    search: Callable[[Connection, Operator, str], Searched]
    has_short_words: Callable[[str], bool] | None = None  # whether a text has such that may not be found within words
    noun: str = ""  # what its rows are called, if not as its address
    facets: tuple[str, ...] = ()  # the filters, or `app`, whose values are counted beside it
    # What else must hold of a row, to an operator and among the rows of one app or of all.
    only: Callable[[Operator, str | None], ColumnElement[bool]] | None = None
    hidden: tuple[str, str] | None = None  # a filter and the value of it that is shown only where it is asked for
    kinds: Kinds[Any] | None = None  # of its table's rows
    # A column, if the list has a row for each of its values; then they can be counted without looking for that row.
    values_of: ColumnElement[Any] | InstrumentedAttribute[Any] | None = None
    few_values: FewValues | None = None  # if there are few of them

    @property
    def address(self) -> str:
        return f"/ops/{self.name}"

    def filter(self, key: str) -> Filter:
        return next(each for each in self.filters if each.key == key)


@dataclass(frozen=True, slots=True)
class Filters:
    """What an address asks for. `values` holds each filter's as given, `-` included, in the order of the ListSpec."""

    text: str = ""
    app: str = ""
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    since: str = ""
    until: str = ""
    sort: str = ""

    @property
    def are_given(self) -> bool:
        """Whether not all rows of an app, or of all, are wanted, the latest first."""
        return bool(self.text or self.values or self.since or self.until or self.sort)

    def get(self, key: str) -> tuple[str, ...]:
        return dict(self.values).get(key, ())

    def query(self) -> dict[str, str]:
        """The address's parameters: `parse` of them is the same again."""
        given = {"q": self.text, "app": self.app, **{key: ",".join(values) for key, values in self.values}}
        given |= {"since": self.since, "until": self.until, "sort": self.sort}
        return {key: value for key, value in given.items() if value}


def parse(spec: ListSpec[Listed], operator: Operator, query: Mapping[str, str]) -> Filters:
    """What a query asks for. Raises FilterError naming an unknown key or value, NotFoundError for an unknown app."""
    known = {each.key: each for each in spec.filters}
    given = {key: value.strip() for key, value in query.items() if value.strip()}
    for key, value in given.items():
        accepted = _accepts_values(known[key], value) if key in known else _accepts(spec, key, value)
        if not accepted:
            raise refused(spec, given, key)
    if "app" in given:
        operator.app(given["app"])
    values = tuple((key, _split(given[key])) for key in known if _split(given.get(key, "")))
    fixed = {key: given.get(key, "") for key in ("app", "since", "until", "sort")}
    return Filters(text=given.get("q", ""), values=values, **fixed)


def _accepts(spec: ListSpec[Listed], key: str, value: str) -> bool:
    """Whether a key that every list has may hold that."""
    if key in ("since", "until"):
        return moment(value, 0) is not None
    if key == "sort":
        return value.removeprefix("-") in spec.sorts
    return key in ("app", "after") or (key == "q" and len(value) <= LONGEST_TEXT)


def _accepts_values(filter_: Filter, value: str) -> bool:
    parts = _split(value)
    return len(parts) <= MOST_VALUES and all(filter_.accepts(part.removeprefix("-")) for part in parts)


def _split(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))


def refused(spec: ListSpec[Listed], given: Mapping[str, str], key: str) -> FilterError:
    without = {name: value for name, value in given.items() if name not in (key, "after")}
    return FilterError(key[:80], given[key][:80], address(spec, without))


def address(spec: ListSpec[Listed], query: Mapping[str, str], ending: str = "") -> str:
    """The address of a list. Its commas and colons are left readable."""
    return f"{spec.address}{ending}" + (f"?{urlencode(query, safe=',:')}" if query else "")


@dataclass(frozen=True, slots=True)
class Chip:
    word: str
    without: str  # the address of the list that does not ask for it


def chips(spec: ListSpec[Listed], filters: Filters, names: Mapping[str, str]) -> list[Chip]:
    """What is asked for, a chip each. `names` are the apps' by slug."""
    words = {"q": f"“{filters.text}”", "app": names.get(filters.app, filters.app)}
    for each in spec.filters:
        values = [
            f"not {each.words(value[1:])}" if value.startswith("-") else each.words(value)
            for value in filters.get(each.key)
        ]
        words[each.key] = f"{each.word}: {' or '.join(values)}"
    words |= {"since": f"since {_in_words(filters.since)}", "until": f"until {_in_words(filters.until)}"}
    query = filters.query()
    shown = [key for key in words if key in query]
    return [
        Chip(words[key], address(spec, {name: value for name, value in query.items() if name != key})) for key in shown
    ]


def sentence(spec: ListSpec[Listed], filters: Filters, names: Mapping[str, str]) -> str:
    """What is asked for, in words, for the audit and for people."""
    return ", ".join([spec.name, *(chip.word for chip in chips(spec, filters, names))])


def file_name(spec: ListSpec[Listed], filters: Filters, now: int) -> str:
    """The name of an export: the noun, what was asked for, and the time in UTC."""
    parts = [spec.name, *(f"{key}-{value}" for key, value in filters.query().items() if key != "sort")]
    safe = _UNSAFE_IN_A_FILE_NAME.sub("-", "_".join(parts))[:100].strip("-_.")
    return f"{safe}_{datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%dT%H%MZ}.csv"


def moment(text: str, now: int) -> int | None:
    """A moment (ms) of `7d`, `24h`, a date, or a moment in UTC; None if it is not one of these."""
    span = _SPAN.fullmatch(text)
    if span:
        return now - int(span[1]) * (HOUR if span[2] == "h" else DAY)
    try:
        moment = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000) if moment.tzinfo is None else None


def end(text: str, now: int) -> int | None:
    """The moment (ms) until which `until` reaches: a date reaches to its end."""
    at = moment(text, now)
    return at + DAY if at is not None and _DATE.fullmatch(text) else at


def _in_words(text: str) -> str:
    span = _SPAN.fullmatch(text)
    if not span:
        return text
    unit = "hour" if span[2] == "h" else "day"
    return f"1 {unit}" if span[1] == "1" else f"{span[1]} {unit}s"
