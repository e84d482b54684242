"""The rows of a list: one keyset query for a page, capped counts beside it; always among what the operator may see."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    case,
    false,
    func,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.db import fetch, without_index
from dashboard.core.models import Attempt, Installation
from dashboard.desk import cursors
from dashboard.desk.cursors import Place
from dashboard.desk.filters import Filter, Filters, Listed, ListSpec, Sort, end, moment, refused
from dashboard.desk.kinds import MOST_MERGED, Kind, Kinds, Query, any_of, are_few, are_met_soon
from dashboard.slack.tenant import DELETED

Column = ColumnElement[Any] | InstrumentedAttribute[Any]

ROWS = 50
MOST_COUNTED = 2_000  # rows that are read to be counted; where there are more, that is said

R_co = TypeVar("R_co", bound=Listed, covariant=True)


@dataclass(frozen=True, slots=True)
class View(Generic[R_co]):
    """A list as somebody asks for it, at `now` (ms)."""

    spec: ListSpec[R_co]
    operator: Operator
    filters: Filters
    now: int
    kinds: Sequence[Kind] | None = None  # of all rows, where they are known


def with_kinds(db: Connection, view: View[R_co]) -> View[R_co]:
    """The same with the kinds of all rows, if the list has some: they are read once for all that is asked of it."""
    kinds = view.spec.kinds
    return replace(view, kinds=kinds.read(db, None, None, view.now) or []) if kinds and view.kinds is None else view


def condition(
    db: Connection, view: View[Listed], *, along: bool = False, most: int | None = ROWS
) -> ColumnElement[bool]:
    """The rows that are asked for, among those the operator may see. They are read `along` an order in which those of
    an app do not stand together, and as far as so many are found (None: to the end)."""
    return _with_few(db, view, _few(db, view, most), along=along)


def _with_few(db: Connection, view: View[Listed], few: list[Any] | None, *, along: bool = False) -> ColumnElement[bool]:
    """The same, where the kinds are known of which they are, if they are few."""
    kinds = view.spec.kinds
    if few is None or kinds is None:
        return _condition(db, view, along=along)
    return and_(_condition(db, but_kinds(view), along=along), any_of(kinds, few))  # these say all that kinds tell


def _condition(db: Connection, view: View[Listed], *, along: bool) -> ColumnElement[bool]:
    spec, filters = view.spec, view.filters
    searched = spec.search(db, view.operator, filters.text) if filters.text else None
    conditions = _of_apps(db, view, along=along or (searched is not None and searched.are_few))
    for each in spec.filters:
        asked_for = _conditions(db, each, filters.get(each.key))
        conditions += _along(asked_for) if each.holds and asked_for else asked_for
    if spec.hidden:
        key, value = spec.hidden
        if value not in filters.get(key):
            conditions.append(not_(spec.filter(key).condition(db, value)))
    since, until = moment(filters.since, view.now), end(filters.until, view.now)
    if since is not None:
        conditions.append(spec.time >= since)
    if until is not None:
        conditions.append(spec.time < until)
    if searched:
        conditions.append(searched.condition)
    return and_(*conditions)


def _of_apps(db: Connection, view: View[Listed], *, along: bool) -> list[ColumnElement[bool]]:
    """That the rows are of apps which the operator may see, or of the one that is asked for; and what `only` says."""
    spec, filters = view.spec, view.filters
    client_id = view.operator.app(filters.app).client_id if filters.app else None
    conditions = [visible_to(view.operator, spec.table.client_id, spec.act)]
    if client_id:
        conditions.append(spec.table.client_id == client_id)
    one_each = _one_each(db, view, client_id)
    are_rare = any(each.is_rare and filters.get(each.key) for each in spec.filters)
    if along or are_rare or one_each is not None or _are_of_many_apps(db, view):
        conditions = [without_index(condition) for condition in conditions]
    if one_each is not None:
        return [*conditions, one_each]
    return [*conditions, spec.only(view.operator, client_id)] if spec.only else conditions


def _one_each(db: Connection, view: View[Listed], client_id: str | None) -> ColumnElement[bool] | None:
    """What `only` of the list says, where few values are asked each for its row, instead of each row whether it is one:
    unless all are wanted, the latest first, and are met soon, it may be one of the last rows that is wanted."""
    spec, few = view.spec, view.spec.few_values
    if spec.only is None or few is None:
        return None
    if not view.filters.are_given and few.are_met_soon(db, view.operator, client_id):
        return None
    each = few.latest(db.dialect.name, select(spec.table.id), view.operator, client_id).subquery()
    return spec.table.id.in_(select(each.c.id).where(each.c.is_latest))


def _are_of_many_apps(db: Connection, view: View[Listed]) -> bool:
    """Whether the rows of several apps are to be seen, and are so many that they are met soon in the order of the list.
    An index of apps has them in the order of each: SQLite would sort them all."""
    if view.operator.owner or view.filters.app or view.spec.kinds is None:
        return False
    if sum(view.operator.may(view.spec.act, app.client_id) for app in view.operator.apps) < 2:
        return False
    known = with_kinds(db, view).kinds or []
    return are_met_soon([kind for kind in known if may_see(view, kind)], known, ROWS)


def _along(conditions: list[ColumnElement[bool]]) -> list[ColumnElement[bool]]:
    """Conditions that hold of many rows, for which no index is looked at: it would give them all, to be sorted."""
    return [case((and_(*conditions), true()), else_=false())]


def _few(db: Connection, view: View[Listed], most: int | None) -> list[Any] | None:
    """The kinds of the rows that are asked for by their kind, if there are few, so many rows being read of them; None
    if there are many, or no kind is asked for."""
    kinds, asked_for = view.spec.kinds, dict(view.filters.values)
    if kinds is None or view.spec.few_values:  # its rows are few already
        return None
    if not any(each.key in asked_for for each in view.spec.filters if each.holds):
        return None
    known = [kind for kind in with_kinds(db, view).kinds or [] if may_see(view, kind)]
    found = [kind for kind in known if is_asked_for(view, kind)]
    return found if are_few(found, known, ROWS if most is None else most) else None


def may_see(view: View[Listed], kind: Kind) -> bool:
    return view.operator.may(view.spec.act, kind.client_id)


def but_kinds(view: View[Listed]) -> View[Listed]:
    """What is asked for but of kinds, and the app, of which a list may have other rows than of all."""
    told = {each.key for each in view.spec.filters if each.holds}
    left = tuple((key, values) for key, values in view.filters.values if key not in told)
    return replace(view, spec=replace(view.spec, hidden=None), filters=replace(view.filters, values=left))


def is_asked_for(view: View[Listed], kind: Kind) -> bool:
    """Whether rows of a kind are asked for, as far as kinds tell."""
    spec, filters = view.spec, view.filters
    if filters.app and kind.client_id != view.operator.app(filters.app).client_id:
        return False
    if spec.hidden and spec.hidden[1] not in filters.get(spec.hidden[0]):
        hides = spec.filter(spec.hidden[0]).holds
        if hides and hides(kind, spec.hidden[1]):
            return False
    return all(_holds(each, kind, filters.get(each.key)) for each in spec.filters)


def _holds(filter_: Filter, kind: Kind, values: tuple[str, ...]) -> bool:
    """Any of the values, and none of those with a minus."""
    if filter_.holds is None or not values:
        return True
    wanted = [value for value in values if not value.startswith("-")]
    unwanted = [value[1:] for value in values if value.startswith("-")]
    if any(filter_.holds(kind, value) for value in unwanted):
        return False
    return not wanted or any(filter_.holds(kind, value) for value in wanted)


def _conditions(db: Connection, filter_: Filter, values: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """Any of the values, and none of those with a minus."""
    wanted = [filter_.condition(db, value) for value in values if not value.startswith("-")]
    # What is not known is not that, either: NOT of NULL would leave it out.
    known = [filter_.condition(db, value[1:]) for value in values if value.startswith("-")]
    unwanted = [not_(func.coalesce(condition, false())) for condition in known]
    return [or_(*wanted), *unwanted] if wanted else unwanted


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
    query, kinds, few = spec.query(db, view.operator), spec.kinds, _few(db, view, most)
    if kinds and few and kinds.by_time and sort.column is spec.time and len(few) <= MOST_MERGED:

        def first(rows: Query) -> Query:
            (in_order,) = _in_order(spec, sort, rows, place, downwards=downwards)
            return in_order.limit(most + 1)

        query = query.where(spec.table.id.in_(_first_of_each(db, view, kinds, few, first)))
    else:
        # Along the index of another table, or the ids, no app's rows stand together.
        query = query.where(_with_few(db, view, few, along=sort.rare is not None))
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
    rows = select(view.spec.table.id).where(_condition(db, but_kinds(view), along=False))
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
