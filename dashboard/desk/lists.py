"""The rows of a list: one keyset query for a page, capped counts beside it; always among what the operator may see."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, func, select, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core.db import fetch
from dashboard.core.models import Attempt, Installation
from dashboard.desk import cursors
from dashboard.desk.conditions import View, but_kinds, condition, few_kinds, row_by_row, with_few
from dashboard.desk.cursors import Place
from dashboard.desk.filters import ROWS, Filters, Listed, ListSpec, R_co, Sort, refused
from dashboard.desk.kinds import MOST_MERGED, Kinds, Query
from dashboard.slack.tenant import DELETED

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

MOST_COUNTED = 2_000  # rows that are read to be counted; where there are more, that is said


@dataclass(frozen=True, slots=True)
class Page(Generic[R_co]):
    rows: list[R_co]
    first: str | None  # the cursor of what stands before it, whether there is anything or not
    newer: str | None  # the cursors of the pages beside it
    older: str | None


def page(db: Connection, view: View[R_co], cursor: str = "", most: int = ROWS) -> Page[R_co]:
    """One page, by one query. Raises FilterError if the cursor is none of ours."""
    spec = view.spec
    sort, descending = order(view)
    place = _read(view, cursor) if cursor else None
    backwards = place is not None and place.backwards
    downwards = descending != backwards
    query, kinds, few = spec.query(db, view.operator), spec.kinds, few_kinds(db, view, most)
    if kinds and few and kinds.by_time and sort.column is spec.time and len(few) <= MOST_MERGED:

        def first(rows: Query) -> Query:
            (in_order,) = _in_order(spec, sort, rows, place, downwards=downwards)
            return in_order.limit(most + 1)

        query = query.where(spec.table.id.in_(_first_of_each(db, view, kinds, few, first)))
    else:
        # Along the index of another table, or the ids, no app's rows stand together.
        query = query.where(with_few(db, view, few, along=sort.rare is not None))
    read: list[R_co] = []
    for part in _in_order(spec, sort, query, place, downwards=downwards):
        if len(read) <= most:
            read += fetch(db, part.limit(most + 1 - len(read)), spec.row)
    more, rows = len(read) > most, read[:most]
    if not rows:
        return Page([], None, None, None)
    if backwards:
        rows.reverse()
    newer, older = (more, True) if backwards else (place is not None, more)
    at_first = cursors.at(rows[0], sort.field, backwards=True)
    return Page(
        rows,
        first=at_first,
        newer=at_first if newer else None,
        older=cursors.at(rows[-1], sort.field, backwards=False) if older else None,
    )


def _read(view: View[Listed], cursor: str) -> Place:
    sort, _ = order(view)
    place = cursors.read(cursor, of_attempts=view.spec.table is Attempt, is_text=sort.is_text)
    if place is None:
        raise refused(view.spec, {**view.filters.query(), "after": cursor}, "after")
    return place


def _first_of_each(
    db: Connection, view: View[Listed], kinds: Kinds[Any], few: list[Any], first: Callable[[Query], Query]
) -> CompoundSelect[Any]:
    """The ids of the `first` rows of each kind, in the order of the list: the first of all are among them."""
    rows = select(view.spec.table.id).where(row_by_row(db, but_kinds(view), along=False))
    return union_all(*(select(first(rows.where(kinds.is_of(kind))).subquery()) for kind in few))


def _in_order(spec: ListSpec[Listed], sort: Sort, query: Query, place: Place | None, *, downwards: bool) -> list[Query]:
    """The queries that give the rows in order, one after the other: where most have nothing to be sorted by, those that
    have something are read along its index, and the others along theirs."""
    id_ = spec.table.id
    mark = (place.value, place.id) if place else None
    if sort.rare is None:
        return [_along_from(query, (sort.column, id_), mark, downwards=downwards)]
    is_known = place is not None and bool(place.value)
    known = _along_from(query.where(sort.rare > 0), (sort.rare, id_), mark if is_known else None, downwards=downwards)
    of_unknown = (place.id,) if place and not is_known else None
    unknown = _along_from(query.where(sort.rare.is_(None)), (id_,), of_unknown, downwards=downwards)
    parts = [known, unknown] if downwards else [unknown, known]
    return parts if place is None or is_known == downwards else parts[1:]


def _along_from(query: Query, key: tuple[Any, ...], mark: tuple[int | str, ...] | None, *, downwards: bool) -> Query:
    if mark:
        after = tuple_(*key) < tuple_(*mark) if downwards else tuple_(*key) > tuple_(*mark)
        query = query.where(after)
    return query.order_by(*(column.desc() for column in key) if downwards else key)


def newer(db: Connection, view: View[Listed], row: str) -> int:
    """How many rows stand before the first of a page, which `Page.first` names; beyond ROWS one more than that."""
    found = page(db, view, row)
    return len(found.rows) + (found.newer is not None)


def count(db: Connection, view: View[Listed], most: int | None = MOST_COUNTED) -> int:
    """How many there are, read row by row; beyond `most` one more than that. None reads them all."""
    if view.spec.values_of is not None and _shows_every_value(view.filters):
        values = _values(db, view, view.spec.values_of, is_whole=most is None).distinct()
        some = (values if most is None else values.limit(most + 1)).subquery()
        return db.scalar(select(func.count()).select_from(some)) or 0
    rows = select(view.spec.table.id).where(condition(db, view, most=most))
    if view.filters.since:
        rows = rows.order_by(view.spec.time.desc())  # by the index of it: without statistics SQLite reads all others
    some = (rows if most is None else rows.limit(most + 1)).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0


def count_values_by_app(db: Connection, view: View[Listed]) -> dict[str, int] | None:
    """How many rows each app has by itself, by client id, of a list that shows one row of each value: all of them.
    None where that is not kept counted, or what is asked for does not leave every value in."""
    few = view.spec.few_values
    return few.by_app(db, view.operator) if few and _shows_every_value(view.filters) else None


def _shows_every_value(filters: Filters) -> bool:
    """Of values before a time the latest row may be a later one, which is not in the list; those after one are found
    by it, not by their values."""
    return not (filters.values or filters.text or filters.since or filters.until)


def _values(db: Connection, view: View[Listed], column: Column, *, is_whole: bool) -> Select[*tuple[Any, ...]]:
    """The values of all rows that the list shows one of. Where all are read, then along the column's own index, which
    holds what is looked at."""
    whole = replace(view, spec=replace(view.spec, only=None))
    asked_for = condition(db, whole, along=is_whole)
    return select(column).where(column > "", Installation.status != DELETED, asked_for)


def count_by_app(db: Connection, view: View[Listed]) -> dict[str | None, int]:
    """How many there are of each app, by client id: all of them."""
    client_id = view.spec.table.client_id
    counted = select(client_id, func.count().label("rows")).where(condition(db, view)).group_by(client_id)
    return {row.client_id: row.rows for row in db.execute(counted)}


def order(view: View[Listed]) -> tuple[Sort, bool]:
    """What a list is sorted by, and whether downwards."""
    name = view.filters.sort or f"-{next(iter(view.spec.sorts))}"
    return view.spec.sorts[name.removeprefix("-")], name.startswith("-")
