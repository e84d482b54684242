"""What a list holds of each value of some of its filters: counted after the rows are there, and for a limited time."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from dashboard.desk import lists
from dashboard.desk.conditions import View, with_kinds
from dashboard.desk.counting import Counted
from dashboard.desk.filters import Filters, Listed

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
    count: int
    query: Mapping[str, str]  # of the list's address
    is_more: bool = False  # than MOST_OF_A_VALUE, which is the count then


def counted(db: Connection, view: View[Listed], known: Counted | None) -> tuple[list[Facet], bool]:
    """Every facet of a list, and whether there was time for all of them. `known` is what `counting.counted` gives. Only
    what differs is worth showing: a facet with a single value that nobody asked for is left out."""
    if view.spec.kinds and known is None and view.spec.values_of is None:
        return [], False
    until = time.monotonic() + WITHIN
    facets: list[Facet] = []
    if known is None:
        view = with_kinds(db, view)
    for key in view.spec.facets:
        word, words = _words(db, view, key)
        of_apps = lists.count_values_by_app(db, view) if key == "app" and known is None else None
        values = []
        for value, said in list(words.items())[:MOST_VALUES]:
            if known is None and of_apps is None and time.monotonic() > until:
                return facets, False
            asked_for = _with(view, key, value)
            if known:
                values.append(Value(said, known.count(asked_for), asked_for.query()))
            elif of_apps is not None:
                values.append(Value(said, of_apps.get(view.operator.app(value).client_id, 0), asked_for.query()))
            else:
                values.append(_read(db, replace(view, filters=asked_for), said))
        found = [value for value in values if value.count]
        if len(words) > 1 or key != "app":
            facets.append(Facet(word, found))
    return [facet for facet in facets if facet.values], True


def _read(db: Connection, view: View[Listed], said: str) -> Value:
    """A value, counted from the rows, to where there are many."""
    count = lists.count(db, view, MOST_OF_A_VALUE)
    is_more = count > MOST_OF_A_VALUE
    return Value(said, MOST_OF_A_VALUE if is_more else count, view.filters.query(), is_more)


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
