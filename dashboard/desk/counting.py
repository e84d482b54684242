"""How many rows of each kind a list has: what its facets, and it itself, are counted from."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.access.permissions import OPERATORS, Operator
from dashboard.desk.filters import Filters, Listed, OfValues, end, moment
from dashboard.desk.kinds import Kinds, Query
from dashboard.desk.lists import View, but_kinds, condition, is_asked_for, may_see

MOST_VALUES = 5_000  # of which one row each is read: there are fewer organizations than workspaces


@dataclass(frozen=True)
class Counted:
    """The kinds of a view's rows, whatever else of kinds is asked for: what it and its neighbours are counted from."""

    view: View[Listed]
    kinds: list[Any]

    def count(self, filters: Filters) -> int:
        """How many rows there are where that is asked for instead."""
        view = replace(self.view, filters=filters)
        return sum(kind.many for kind in self.kinds if is_asked_for(view, kind))


def counted(db: Connection, view: View[Listed], most: int) -> Counted | None:
    """The kinds of what is asked for; None if the list has none, or there are more than `most` rows and they had to be
    read."""
    kinds = view.spec.kinds
    if kinds is None:
        return None
    if view.spec.values_of is not None:
        return _counted_by_value(db, view, kinds)
    left = but_kinds(replace(view, filters=replace(view.filters, app="")))
    if not left.filters.text and not left.filters.values:
        since, until = moment(left.filters.since, view.now), end(left.filters.until, view.now)
        known = kinds.read(db, since, until, view.now)
        if known is not None:
            return Counted(view, [kind for kind in known if may_see(view, kind)])
    rows = kinds.rows(view.now).where(condition(db, left))
    return _of_rows(db, view, kinds, _alike(rows, most), most)


def _counted_by_value(db: Connection, view: View[Listed], kinds: Kinds[Any]) -> Counted | None:
    """The same for a list that shows one row of each value, with the same app: of another it may show another row."""
    left, of_values = but_kinds(view), view.spec.of_values
    only_app = replace(left, filters=Filters(app=left.filters.app, sort=left.filters.sort))
    if of_values is None or left.filters != only_app.filters:
        return None
    client_id = view.operator.app(left.filters.app).client_id if left.filters.app else None
    each = _of_each(of_values, db.dialect.name, kinds.rows(view.now), view.operator, client_id, most=MOST_VALUES)
    return _of_rows(db, view, kinds, each, MOST_VALUES)


@lru_cache(OPERATORS)
def _of_each(
    of_values: OfValues, dialect: str, rows: Query, operator: Operator, client_id: str | None, *, most: int
) -> Query:
    return _alike(of_values(dialect, rows, operator, client_id, most + 1), most)


def _alike(rows: Query, most: int) -> Query:
    """Rows that are alike in all that their kind says, and how many: most installations of an app are. Of more than
    `most` rows one more than that is counted."""
    some = rows.limit(most + 1).subquery()
    return select(*some.c, func.count()).group_by(*some.c)


def _of_rows(db: Connection, view: View[Listed], kinds: Kinds[Any], alike: Query, most: int) -> Counted | None:
    rows = db.execute(alike).all()
    if sum(row[-1] for row in rows) > most:
        return None
    return Counted(view, kinds.of_rows(db, rows, view.now))
