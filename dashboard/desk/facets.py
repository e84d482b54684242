"""What a list holds of each value of some of its filters: counted after the rows are there, and for a limited time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from dashboard.desk import lists
from dashboard.desk.conditions import View, may_see, with_kinds
from dashboard.desk.counting import Counted
from dashboard.desk.filters import Filters, Listed

WITHIN = 0.1  # seconds; what is not counted by then is left out, and that is said
MOST_OF_A_VALUE = 200  # rows that are read to count a value
MOST_VALUES = 20  # of one filter
MOST_READ = 20_000  # rows of a list, of which each value is counted; of more at least those are told that were read


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter, and how many rows of what else is asked for each of its values has; those without any are left out."""

    word: str
    values: list["Value"]


@dataclass(frozen=True, slots=True)
class Value:
    word: str
    count: int
    query: Mapping[str, str]  # of the list's address
    is_more: bool = False  # at least so many: the others were not read


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known before values are counted."""

    counted: Counted | None
    whole: "Whole"
    are_many: bool  # all rows of the list, whatever is asked for
    of_apps: Mapping[str, int] | None
    until: float  # s, monotonic: then none is begun


@dataclass(frozen=True, slots=True)
class Whole:
    """How many rows are asked for by these filters, and whether there are more."""

    filters: Filters
    count: int
    is_more: bool


def counted(db: Connection, view: View[Listed], known: Counted | None, whole: Whole) -> tuple[list[Facet], bool]:
    """Every facet of a list, and whether all their values could be counted. `known` is what `counting.counted` gives.
    Only what differs is worth showing: a facet with a single value that nobody asked for is left out."""
    until = time.monotonic() + WITHIN
    facets, is_whole = [], True
    if not (known and known.is_whole):
        view = with_kinds(db, view)
    are_many = sum(kind.many for kind in view.kinds or [] if may_see(view, kind)) > MOST_READ
    for key in view.spec.facets:
        word, words = _words(db, view, key)
        of_apps = lists.count_values_by_app(db, view) if key == "app" and known is None else None
        before = _Known(known, whole, are_many, of_apps, until)
        asked_for = [(replace(view, filters=_with(view, key, value)), said) for value, said in words.items()]
        values = [_value(db, each, said, before) for each, said in asked_for[:MOST_VALUES]]
        is_whole = is_whole and None not in values
        if len(words) > 1 or key != "app":
            facets.append(Facet(word, [value for value in values if value and value.count]))
    return [facet for facet in facets if facet.values], is_whole


def _value(db: Connection, view: View[Listed], said: str, known: _Known) -> Value | None:
    """A value that is asked for, counted from its rows, if they are not known; None where they are too many to be read,
    or there is no time."""
    query, whole, counted = view.filters.query(), known.whole, known.counted
    if known.of_apps is not None:
        return Value(said, known.of_apps.get(view.operator.app(view.filters.app).client_id, 0), query)
    if view.filters == whole.filters:
        return Value(said, whole.count, query, whole.is_more)
    count = counted.count(view.filters) if counted else None
    if counted and counted.is_whole and count is not None:
        return Value(said, count, query)
    # Of many rows none may have what those that were read have not: they are looked for where kinds tell.
    may_be_read = not known.are_many or (count is None and view.spec.values_of is not None)
    if (count or 0) < MOST_OF_A_VALUE and may_be_read and time.monotonic() < known.until:
        count = lists.count(db, view, MOST_OF_A_VALUE)
        return Value(said, min(count, MOST_OF_A_VALUE), query, is_more=count > MOST_OF_A_VALUE)
    return None if count is None else Value(said, count, query, is_more=True)


def _words(db: Connection, view: View[Listed], key: str) -> tuple[str, Mapping[str, str]]:
    """A filter's name, and its values with their words."""
    if key == "app":
        return "App", {
            app.slug: app.name for app in view.operator.apps if view.operator.may(view.spec.act, app.client_id)
        }
    filter_ = view.spec.filter(key)
    if filter_.values is not None:
        return filter_.word, filter_.values
    suggested = filter_.suggested(db, view.operator) if filter_.suggested else ()
    return filter_.word, {value: value for value in suggested}


def _with(view: View[Listed], key: str, value: str) -> Filters:
    """What else is asked for, and this."""
    if key == "app":
        return replace(view.filters, app=value)
    asked_for = {each.key: (value,) if each.key == key else view.filters.get(each.key) for each in view.spec.filters}
    return replace(view.filters, values=tuple((name, values) for name, values in asked_for.items() if values))
