"""What a list holds of each value of some of its filters: counted after the rows are there, and for a limited time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from dashboard.desk import lists
from dashboard.desk.filters import Filters, Listed
from dashboard.desk.lists import Counted, View

WITHIN = 0.1  # seconds; what is not counted by then is left out, and that is said
MOST_OF_A_VALUE = 200  # rows that are read to count a value
MOST_VALUES = 20  # of one filter


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter, and how many rows of what else is asked for each of its values has; those without any are left out."""

    word: str
    values: list["Value"]


@dataclass(frozen=True, slots=True)
class Value:
    word: str
    count: int  # where it is above MOST_OF_A_VALUE and had to be read, one more than that
    query: Mapping[str, str]  # of the list's address


def counted(db: Connection, view: View[Listed], known: Counted | None) -> tuple[list[Facet], bool]:
    """Every facet of a list, and whether there was time for all of them. `known` is what `lists.counted` gives. Only
    what differs is worth showing: a facet with a single value that nobody asked for is left out."""
    if view.spec.kinds and view.spec.counted_by_kind and known is None:
        return [], False
    until = time.monotonic() + WITHIN
    facets: list[Facet] = []
    for key in view.spec.facets:
        word, words = _words(db, view, key)
        values = []
        for value, said in list(words.items())[:MOST_VALUES]:
            if known is None and time.monotonic() > until:
                return facets, False
            asked_for = _with(view, key, value)
            values.append(Value(said, _count(db, view, known, asked_for), asked_for.query()))
        found = [value for value in values if value.count]
        if len(words) > 1 or key != "app":
            facets.append(Facet(word, found))
    return [facet for facet in facets if facet.values], True


def _count(db: Connection, view: View[Listed], known: Counted | None, asked_for: Filters) -> int:
    return known.count(asked_for) if known else lists.count(db, replace(view, filters=asked_for), MOST_OF_A_VALUE)


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
