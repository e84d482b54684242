"""How many rows of each kind a list has: what its facets, and it itself, are counted from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from dashboard.core.models import Installation
from dashboard.desk.filters import Filters, Listed, end, moment
from dashboard.desk.kinds import Kinds
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
    rows = db.execute(kinds.rows.where(condition(db, left)).limit(most + 1)).all()
    return _of_rows(db, view, kinds, rows) if len(rows) <= most else None


def _counted_by_value(db: Connection, view: View[Listed], kinds: Kinds[Any]) -> Counted | None:
    """The same for a list that shows one row of each value, with the same app: of another it may show another row."""
    left, of_values = but_kinds(view), view.spec.of_values
    only_app = replace(left, filters=Filters(app=left.filters.app, sort=left.filters.sort))
    if of_values is None or left.filters != only_app.filters:
        return None
    client_id = view.operator.app(left.filters.app).client_id if left.filters.app else None
    ids = of_values(view.operator, client_id, MOST_VALUES + 1).subquery()
    rows = db.execute(kinds.rows.join(ids, Installation.id == ids.c.id)).all()
    return _of_rows(db, view, kinds, rows) if len(rows) <= MOST_VALUES else None


def _of_rows(db: Connection, view: View[Listed], kinds: Kinds[Any], rows: Sequence[Any]) -> Counted:
    """Rows that are alike in all that their kind says are looked at once: most installations of an app are."""
    alike = Counter(tuple(row) for row in rows)
    alone = kinds.alone(db, list(alike), view.now)
    return Counted(view, [replace(kind, many=many) for kind, many in zip(alone, alike.values(), strict=True)])
