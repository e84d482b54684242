"""The rows of a list: one keyset query for a page, capped counts beside it; always among what the operator may see."""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, not_, or_, select, tuple_

from dashboard.access.permissions import Operator, visible_to
from dashboard.desk.filters import Filters, ListSpec, moment, refused

ROWS = 50
MOST_COUNTED = 10_000  # beyond it a count is said to be more


@dataclass(frozen=True, slots=True)
class View:
    """A list as somebody asks for it, at `now` (ms)."""

    spec: ListSpec
    operator: Operator
    asked: Filters
    now: int


def condition(db: Connection, view: View) -> ColumnElement[bool]:
    """The rows that are asked for, among those the operator may see."""
    found = [visible_to(view.operator, view.spec.table.client_id, view.spec.act)]
    if view.asked.app:
        found.append(view.spec.table.client_id == view.operator.app(view.asked.app).client_id)
    for one in view.spec.filters:
        wanted = [one.condition(value) for value in view.asked.get(one.key) if not value.startswith("-")]
        # What is not known is not that, either: NOT of NULL would leave it out.
        unwanted = [
            not_(func.coalesce(one.condition(value[1:]), false()))
            for value in view.asked.get(one.key)
            if value.startswith("-")
        ]
        found += [or_(*wanted)] if wanted else []
        found += unwanted
    if view.asked.since:
        found.append(view.spec.time >= moment(view.asked.since, view.now))
    if view.asked.until:
        found.append(view.spec.time < moment(view.asked.until, view.now))
    if view.asked.text:
        found.append(view.spec.search(db, view.asked.text))
    return and_(*found)


@dataclass(frozen=True, slots=True)
class Page:
    rows: list[Row[Any]]
    newer: str | None  # the cursors of the pages beside it
    older: str | None


def page(db: Connection, view: View, cursor: str = "", most: int = ROWS) -> Page:
    """One page, by one query. Raises FilterError where the cursor is none of ours."""
    column, descending = _order(view)
    place = _cursor(view, cursor) if cursor else None
    backwards = place is not None and place.backwards
    query = select(*view.spec.columns).where(condition(db, view))
    key = tuple_(column, view.spec.table.id)
    downwards = descending != backwards
    if place:
        mark = tuple_(place.value, place.id)
        query = query.where(key < mark if downwards else key > mark)
    order = (column.desc(), view.spec.table.id.desc()) if downwards else (column, view.spec.table.id)
    place_columns = (column.label("_at"), view.spec.table.id.label("_id"))
    found = list(db.execute(query.add_columns(*place_columns).order_by(*order).limit(most + 1)))
    more, rows = len(found) > most, found[:most]
    if backwards:
        rows.reverse()
    newer, older = (more, True) if backwards else (place is not None, more)
    ends = (_place("n", rows[0]) if newer else None, _place("o", rows[-1]) if older else None) if rows else (None, None)
    return Page(rows, *ends)


def count(db: Connection, view: View, most: int | None = MOST_COUNTED) -> int:
    """How many there are; beyond `most` one more than that. None counts them all."""
    rows = select(view.spec.table.id).where(condition(db, view))
    some = (rows if most is None else rows.limit(most + 1)).subquery()
    return int(db.execute(select(func.count()).select_from(some)).scalar_one())


def facets(db: Connection, view: View, key: str, most: int = MOST_COUNTED) -> dict[str, int]:
    """How many of what else is asked for have each value of a filter, capped each."""
    one = next(one for one in view.spec.filters if one.key == key)
    others = replace(view.asked, values=tuple(pair for pair in view.asked.values if pair[0] != key))
    base = condition(db, replace(view, asked=others))
    counted = {}
    for value in one.values or {}:
        some = select(view.spec.table.id).where(base, one.condition(value)).limit(most + 1).subquery()
        counted[value] = int(db.execute(select(func.count()).select_from(some)).scalar_one())
    return counted


@dataclass(frozen=True, slots=True)
class _Place:
    backwards: bool
    value: int
    id: Any


def _order(view: View) -> tuple[Any, bool]:
    name = view.asked.sort or f"-{next(iter(view.spec.sorts))}"
    return view.spec.sorts[name.removeprefix("-")], name.startswith("-")


def _place(direction: str, row: Row[Any]) -> str:
    text = json.dumps([direction, row._at, row._id], separators=(",", ":"))  # noqa: SLF001 - our own labels
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(view: View, text: str) -> _Place:
    try:
        direction, value, id_ = json.loads(
            base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        )
    except (binascii.Error, ValueError, TypeError):
        direction, value, id_ = "", None, None
    fits = isinstance(id_, view.spec.table.id.type.python_type) and type(value) is int and abs(value) < 2**53
    if direction not in ("n", "o") or not fits or (isinstance(id_, int) and abs(id_) >= 2**53):
        raise refused(view.spec, {**view.asked.query(), "after": text}, "after")
    return _Place(direction == "n", value, id_)
