"""Which rows of a list are asked for, among what the operator may see, as a condition that its indexes answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, not_, or_, select, true

from dashboard.access.permissions import Operator, visible_to
from dashboard.core.db import without_index
from dashboard.desk.filters import ROWS, Filter, Filters, Listed, ListSpec, R_co, end, moment
from dashboard.desk.kinds import Kind, any_of, are_few, are_met_soon


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
    return with_few(db, view, few_kinds(db, view, most), along=along)


def with_few(db: Connection, view: View[Listed], few: list[Any] | None, *, along: bool = False) -> ColumnElement[bool]:
    """The same, where the kinds are known of which they are, if they are few."""
    kinds = view.spec.kinds
    if few is None or kinds is None:
        return row_by_row(db, view, along=along)
    return and_(row_by_row(db, but_kinds(view), along=along), any_of(kinds, few))  # these say all that kinds tell


def row_by_row(db: Connection, view: View[Listed], *, along: bool) -> ColumnElement[bool]:
    """The same, asked of every row: kinds that are few are not looked for."""
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
    visible = visible_to(view.operator, spec.table.client_id, spec.act, only=client_id)
    one_each = _one_each(db, view, client_id)
    are_rare = any(each.is_rare and filters.get(each.key) for each in spec.filters)
    if along or are_rare or one_each is not None or _are_of_many_apps(db, view):
        visible = without_index(visible)
    if one_each is not None:
        return [visible, one_each]
    return [visible, spec.only(view.operator, client_id)] if spec.only else [visible]


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


def few_kinds(db: Connection, view: View[Listed], most: int | None) -> list[Any] | None:
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
