"""The rows of a list: one keyset query for a page, capped counts beside it; always among what the operator may see."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, and_, false, func, not_, or_, select, tuple_

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.db import LARGEST_ID, fetch
from dashboard.core.models import Attempt
from dashboard.desk.filters import Filter, Filters, Listed, ListSpec, Sort, end, moment, refused

ROWS = 50
LONGEST_ID = 32  # characters of an attempt's
MOST_COUNTED = 10_000  # beyond it a count is said to be more

_LARGEST_NUMBER = 2**53  # what JSON, and the cursor with it, holds exactly

R_co = TypeVar("R_co", bound=Listed, covariant=True)


@dataclass(frozen=True, slots=True)
class View(Generic[R_co]):
    """A list as somebody asks for it, at `now` (ms)."""

    spec: ListSpec[R_co]
    operator: Operator
    filters: Filters
    now: int


def condition(db: Connection, view: View[Listed]) -> ColumnElement[bool]:
    """The rows that are asked for, among those the operator may see."""
    spec, filters = view.spec, view.filters
    conditions = [visible_to(view.operator, spec.table.client_id, spec.act)]
    client_id = view.operator.app(filters.app).client_id if filters.app else None
    if client_id:
        conditions.append(spec.table.client_id == client_id)
    if spec.only:
        conditions.append(spec.only(view.operator, client_id))
    for each in spec.filters:
        conditions += _conditions(db, each, filters.get(each.key))
    if spec.hidden:
        key, value = spec.hidden
        if value not in filters.get(key):
            conditions.append(not_(spec.filter(key).condition(db, value)))
    since, until = moment(filters.since, view.now), end(filters.until, view.now)
    if since is not None:
        conditions.append(spec.time >= since)
    if until is not None:
        conditions.append(spec.time < until)
    if filters.text:
        conditions.append(spec.search(db, view.operator, filters.text))
    return and_(*conditions)


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
    column = sort.column
    place = _cursor(view, cursor) if cursor else None
    backwards = place is not None and place.backwards
    downwards = descending != backwards
    query = spec.query(db, view.operator).where(condition(db, view))
    if place:
        key, mark = tuple_(column, spec.table.id), tuple_(place.value, place.id)
        query = query.where(key < mark if downwards else key > mark)
    in_order = (column.desc(), spec.table.id.desc()) if downwards else (column, spec.table.id)
    read = fetch(db, query.order_by(*in_order).limit(most + 1), spec.row)
    more, rows = len(read) > most, read[:most]
    if not rows:
        return Page([], None, None, None)
    if backwards:
        rows.reverse()
    newer, older = (more, True) if backwards else (place is not None, more)
    first = _place("n", rows[0], sort)
    return Page(
        rows,
        first=first,
        newer=first if newer else None,
        older=_place("o", rows[-1], sort) if older else None,
    )


def newer(db: Connection, view: View[Listed], row: str) -> int:
    """How many rows stand before the first of a page, which `Page.first` names; beyond ROWS one more than that."""
    found = page(db, view, row)
    return len(found.rows) + (found.newer is not None)


def count(db: Connection, view: View[Listed], most: int | None = MOST_COUNTED) -> int:
    """How many there are; beyond `most` one more than that. None counts them all."""
    return _count(db, view.spec, condition(db, view), most)


def count_by_app(db: Connection, view: View[Listed]) -> dict[str | None, int]:
    """How many there are of each app, by client id: all of them."""
    client_id = view.spec.table.client_id
    counted = select(client_id, func.count().label("rows")).where(condition(db, view)).group_by(client_id)
    return {row.client_id: row.rows for row in db.execute(counted)}


def _count(db: Connection, spec: ListSpec[Listed], condition: ColumnElement[bool], most: int | None) -> int:
    rows = select(spec.table.id).where(condition)
    some = (rows if most is None else rows.limit(most + 1)).subquery()
    return db.scalar(select(func.count()).select_from(some)) or 0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: after the row with this value in the column it is sorted by, and this id."""

    backwards: bool
    value: int | str
    id: int | str


def order(view: View[Listed]) -> tuple[Sort, bool]:
    """What a list is sorted by, and whether downwards."""
    name = view.filters.sort or f"-{next(iter(view.spec.sorts))}"
    return view.spec.sorts[name.removeprefix("-")], name.startswith("-")


def _place(direction: str, row: Listed, sort: Sort) -> str:
    text = json.dumps([direction, getattr(row, sort.field), row.id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(view: View[Listed], text: str) -> _Place:
    try:
        direction, value, id_ = json.loads(
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError, TypeError, RecursionError):
        direction, value, id_ = "", None, None
    fits_id = _is_attempt_id(id_) if view.spec.table is Attempt else _is_number(id_) and id_ <= LARGEST_ID
    fits = _is_text(value) if order(view)[0].is_text else _is_number(value)
    if direction not in ("n", "o") or not fits_id or not fits:
        raise refused(view.spec, {**view.filters.query(), "after": text}, "after")
    return _Place(direction == "n", value, id_)


def _is_attempt_id(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_ID and value.isascii() and value.isalnum()


def _is_text(value: object) -> bool:
    """Text that a database takes: PostgreSQL no NUL, neither of them half a surrogate pair."""
    return isinstance(value, str) and not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value)


def _is_number(value: object) -> bool:
    return type(value) is int and abs(value) < _LARGEST_NUMBER
