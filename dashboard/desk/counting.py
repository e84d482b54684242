"""How many rows of each kind a list has: what its facets, and it itself, are counted from."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select

from dashboard.desk import lists
from dashboard.desk.conditions import View, but_kinds, condition, is_asked_for, may_see
from dashboard.desk.filters import FewValues, Filters, Listed, end, moment
from dashboard.desk.kinds import Kinds, Query

MOST_VALUES = 5_000  # of which one row each is read: there are fewer organizations than workspaces


@dataclass(frozen=True)
class Counted:
    """The kinds of a view's rows, whatever else of kinds is asked for: what it and its neighbours are counted from.

    `kinds` are those of the apps that were read: of `app`, or of all. `of_apps` are those that each app has by itself,
    which of a list that shows one row of each value may be others; None where they were not read. Where it is not
    `is_whole` there are more rows than were read.
    """

    view: View[Listed]
    kinds: list[Any]
    of_apps: list[Any] | None
    app: str = ""
    is_whole: bool = True

    def count(self, filters: Filters) -> int | None:
        """How many rows there are where that is asked for instead: if it is not whole, how many at least. None where
        that was not read, or none of them is among what was."""
        kinds = self.kinds if filters.app == self.app else self.of_apps
        if kinds is None:
            return None
        view = replace(self.view, filters=filters)
        many = sum(kind.many for kind in kinds if is_asked_for(view, kind))
        return many if many or self.is_whole else None


def counted(db: Connection, view: View[Listed], most: int) -> Counted | None:
    """The kinds of what is asked for, of which at most so many rows are read, and one more; None if the list has none,
    or a row for each of few values, and these are too many."""
    spec, kinds = view.spec, view.spec.kinds
    if kinds is None:
        return None
    if spec.few_values is not None:
        return _counted_by_value(db, view, kinds, spec.few_values)
    app = view.filters.app if spec.values_of is not None else ""
    left = but_kinds(replace(view, filters=replace(view.filters, app=app)))
    if spec.values_of is None and not left.filters.text and not left.filters.values:
        since, until = moment(left.filters.since, view.now), end(left.filters.until, view.now)
        known = kinds.read(db, since, until, view.now)
        if known is not None:
            visible = [kind for kind in known if may_see(view, kind)]
            return Counted(view, visible, visible)
    rows = kinds.rows(view.now).where(condition(db, left, most=most))
    if left.filters.since:
        rows = rows.order_by(spec.time.desc())  # by the index of it: without statistics SQLite reads all others
    alike = db.execute(_alike(rows, most)).all()
    known, is_whole = kinds.of_rows(db, alike, view.now), sum(many for *_, many in alike) <= most
    # The latest installation of a workspace is the latest of its app; of the other apps it may have one, too.
    are_known_of_apps = spec.values_of is None or not (app or is_whole)
    return Counted(view, known, known if are_known_of_apps else None, app, is_whole)


def count(db: Connection, view: View[Listed], known: Counted | None, most: int | None) -> int:
    """How many rows are asked for; beyond `most` one more than that. None counts them all. `known` is what `counted`
    gives for as many, or for some."""
    many = known.count(view.filters) if known else None
    if many is not None and known is not None and (known.is_whole or (most is not None and many > most)):
        return many
    return lists.count(db, view, most)


def _counted_by_value(db: Connection, view: View[Listed], kinds: Kinds[Any], few: FewValues) -> Counted | None:
    """The same for a list that shows one row of each value: the latest of all, or of the app that is asked for."""
    left = but_kinds(replace(view, spec=replace(view.spec, only=None), filters=replace(view.filters, app="")))
    is_wanted = condition(db, left).label("is_wanted")
    rows = kinds.rows(view.now).add_columns(is_wanted)
    latest = few.latest(db.dialect.name, rows, view.operator, None)
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
