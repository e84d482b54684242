"""How many rows of each kind a list has: what its facets, and it itself, are counted from."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.desk.conditions import View, but_kinds, condition, is_asked_for, may_see
from dashboard.desk.filters import Filters, Listed, end, moment
from dashboard.desk.kinds import Kinds, Query

MOST_VALUES = 5_000  # of which one row each is read: there are fewer organizations than workspaces


@dataclass(frozen=True)
class Counted:
    """The kinds of a view's rows, whatever else of kinds is asked for: what it and its neighbours are counted from.
    `of_apps` are those that each app has by itself: of a list that shows one row of each value, others than of all."""

    view: View[Listed]
    kinds: list[Any]
    of_apps: list[Any]

    def count(self, filters: Filters) -> int:
        """How many rows there are where that is asked for instead."""
        view = replace(self.view, filters=filters)
        return sum(kind.many for kind in (self.of_apps if filters.app else self.kinds) if is_asked_for(view, kind))


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
            visible = [kind for kind in known if may_see(view, kind)]
            return Counted(view, visible, visible)
    rows = db.execute(_alike(kinds.rows(view.now).where(condition(db, left)), most)).all()
    if sum(row[-1] for row in rows) > most:
        return None
    known = kinds.of_rows(db, rows, view.now)
    return Counted(view, known, known)


def _counted_by_value(db: Connection, view: View[Listed], kinds: Kinds[Any]) -> Counted | None:
    """The same for a list that shows one row of each value: the latest of all, or of the app that is asked for."""
    if view.spec.few_values is None:
        return None
    left = but_kinds(replace(view, spec=replace(view.spec, only=None), filters=replace(view.filters, app="")))
    is_wanted = condition(db, left).label("is_wanted")
    rows = kinds.rows(view.now).add_columns(is_wanted)
    latest = view.spec.few_values.latest(db.dialect.name, rows, view.operator, None)
    alike = db.execute(_alike(latest, MOST_VALUES)).all()
    if sum(many for *_, many in alike) > MOST_VALUES:
        return None
    wanted = [((*kind, many), is_latest) for *kind, is_wanted, is_latest, many in alike if is_wanted]
    of_values = kinds.of_rows(db, [kind for kind, is_latest in wanted if is_latest], view.now)
    return Counted(view, of_values, kinds.of_rows(db, [kind for kind, _ in wanted], view.now))


def _alike(rows: Query, most: int) -> Query:
    """Rows that are alike in all that their kind says, and how many: most installations of an app are. Of more than
    `most` rows one more than that is counted."""
    some = rows.limit(most + 1).subquery()
    return select(*some.c, func.count()).group_by(*some.c)
