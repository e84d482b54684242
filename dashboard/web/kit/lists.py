"""What every list of the desk answers with: a page or its rows, its counts, its CSV."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from litestar import Response
from litestar.response import Stream
from sqlalchemy import Connection

from dashboard.access import audit
from dashboard.access.permissions import Operator, require_anywhere
from dashboard.core.clock import now
from dashboard.core.text import seen
from dashboard.desk import counting, facets, filters, lists, views
from dashboard.desk.conditions import View
from dashboard.desk.facets import Facet
from dashboard.desk.filters import Filter, Filters, Listed, ListSpec
from dashboard.desk.lists import Page
from dashboard.web.kit.page import Desk

EXPORTED_AT_ONCE = 500  # rows a query; one page of them is in memory

# What a spreadsheet takes for the beginning of a formula, in both widths, and what it reads over before it.
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_READ_OVER = " \t\r\n\u00a0\u3000\ufeff"

R = TypeVar("R", bound=Listed)
R_contra = TypeVar("R_contra", bound=Listed, contravariant=True)


@dataclass(frozen=True, slots=True)
class Column(Generic[R_contra]):
    """A column of an export: what stands in it, and the act that the operator must be allowed in the row's app; whose
    role does not reach finds it empty."""

    cell: Callable[[R_contra], object]
    act: str | None = None

    def of(self, row: R_contra, operator: Operator) -> object:
        return self.cell(row) if self.act is None or operator.may(self.act, row.client_id) else None


async def page(
    desk: Desk,
    spec: ListSpec[Listed],
    beside: Callable[[Connection], Mapping[str, Any]] = lambda _db: {},
    **context: Any,
) -> Response[str]:
    """The list that the address asks for. `beside` reads what else its template wants, in the same transaction: on
    PostgreSQL one more takes three trips. Raises FilterError if the list does not know a filter or value."""
    view, cursor = _view(desk, spec), desk.query.get("after", "")

    def read(db: Connection) -> tuple[Page[Listed], list[views.View], Mapping[str, Any]]:
        return lists.page(db, view, cursor), views.of_list(db, desk.operator, spec.name), beside(db)

    listed, saved, wanted = await desk.database.read(read)
    query = view.filters.query()
    return desk.page(
        f"{spec.name}/index.html",
        block="list",
        spec=spec,
        filters=view.filters,
        rows=listed.rows,
        views=saved,
        query=urlencode(query, safe=",:"),
        share_with=_share_with(desk.operator),
        chips=filters.chips(spec, view.filters, _names(desk)),
        newer=filters.address(spec, {**query, "after": listed.newer}) if listed.newer else None,
        older=filters.address(spec, {**query, "after": listed.older}) if listed.older else None,
        counts_at=filters.address(spec, query, "/counts"),
        csv_at=filters.address(spec, query, ".csv"),
        order=_order(spec, view.filters),
        newer_at=None if listed.newer else _newer_at(spec, view, listed.first),
        by_time=not lists.order(view)[0].is_text,
        here=f"{desk.settings.public_url}{filters.address(spec, query)}",
        options={each.key: _options(each, view.filters) for each in spec.filters if each.values and each.is_offered},
        **wanted,
        **context,
    )


async def counts(desk: Desk, spec: ListSpec[Listed], bulk: str = "") -> Response[str]:
    """How many there are, and of each value of some filters: asked for after the rows are there. `all=1` counts on
    where there are many. `bulk` is the address where something can be done to all of them, if there is one."""
    view = _view(desk, spec, but=("all",))
    most = None if desk.query.get("all") else lists.MOST_COUNTED

    def read(db: Connection) -> tuple[int, bool, list[Facet], bool]:
        known = counting.counted(db, view, lists.MOST_COUNTED)
        is_exact = most is None or (known is not None and known.is_whole)
        count = counting.count(db, view, known, most)
        shown = count if is_exact else min(count, lists.MOST_COUNTED)
        whole = facets.Whole(view.filters, shown, is_more=count > shown)
        return count, is_exact, *facets.counted(db, view, known, whole)

    count, is_exact, found, is_whole = await desk.database.read(read)
    query = view.filters.query()
    return desk.page(
        "lists/counts.html",
        block="counts",
        spec=spec,
        count=count,
        facets=found,
        is_whole=is_whole,
        most=count if is_exact else most,
        address=lambda query: filters.address(spec, query),
        all_at=filters.address(spec, {**query, "all": "1"}, "/counts"),
        back=filters.address(spec, query),
        bulk_at=f"{bulk}?{urlencode({'query': urlencode(query), 'count': count})}" if bulk and count else "",
    )


async def newer(desk: Desk, spec: ListSpec[Listed]) -> Response[str]:
    """How many rows have come since a page was shown, whose first row is `first=`: what the page asks for every now
    and then, as rows that come by themselves would move the others."""
    view = _view(desk, spec, but=("first",))
    count = await desk.database.read(lists.newer, view, desk.query.get("first", ""))
    here = filters.address(spec, view.filters.query())
    return desk.page("lists/newer.html", block="newer", spec=spec, count=count, most=filters.ROWS, here=here)


async def export(desk: Desk, spec: ListSpec[R], record: Mapping[str, Column[R]]) -> Stream:
    """The same list as CSV, written while it is read: a header, then a line for each row. `record` makes its cells."""
    view = _view(desk, spec)

    async def lines() -> AsyncIterator[str]:
        yield csv_line(record)
        cursor: str | None = ""
        while cursor is not None:
            found = await desk.database.read(lists.page, view, cursor, EXPORTED_AT_ONCE)
            yield "".join(csv_line(column.of(row, desk.operator) for column in record.values()) for row in found.rows)
            cursor = found.older

    exported = await desk.database.read(lists.count_by_app, view)
    if not exported:
        exported = {desk.operator.app(view.filters.app).client_id if view.filters.app else None: 0}
    sentence = filters.sentence(spec, view.filters, _names(desk))
    await desk.database.write(_record_export, desk.operator, spec.name, exported, sentence)
    total = sum(exported.values())
    headers = {
        "Content-Disposition": f'attachment; filename="{filters.file_name(spec, view.filters, view.now)}"',
        "X-Total-Count": str(total),
    }
    return Stream(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _record_export(
    db: Connection, operator: Operator, name: str, exported: Mapping[str | None, int], sentence: str
) -> None:
    """A row for each app in it, so that its admin sees it."""
    for client_id, count in exported.items():
        details = f"{count} rows: {sentence}"
        audit.record(db, operator, f"{name}.export", name, client_id=client_id, details=details)


def _view(desk: Desk, spec: ListSpec[R], but: tuple[str, ...] = ()) -> View[R]:
    """What the address asks for, leaving out some of its keys."""
    require_anywhere(desk.operator, spec.act)
    query = {key: value for key, value in desk.query.items() if key not in but}
    return View(spec, desk.operator, filters.parse(spec, desk.operator, query), now())


def _newer_at(spec: ListSpec[Listed], view: View[Listed], first: str | None) -> str | None:
    """Where it is asked how many rows are newer; nowhere for a list that does not begin with the newest."""
    sort, descending = lists.order(view)
    if first is None or sort.is_text or not descending:
        return None
    return filters.address(spec, {**view.filters.query(), "first": first}, "/newer")


def _order(spec: ListSpec[Listed], asked_for: Filters) -> dict[str, tuple[str, str]]:
    """For each column that can be sorted by, by its word: how it is sorted now, as ARIA says it, and the address that
    sorts by it, or the other way round."""
    first = next(iter(spec.sorts))
    now_by = asked_for.sort or f"-{first}"
    order = {}
    for name, sort in spec.sorts.items():
        state = {name: "ascending", f"-{name}": "descending"}.get(now_by, "none")
        # What is a time is looked for from its newest, what is a name from its beginning.
        starts_down = not sort.is_text
        wanted = name if state == "descending" or (state == "none" and not starts_down) else f"-{name}"
        query = {key: value for key, value in asked_for.query().items() if key != "sort"}
        if wanted != f"-{first}":
            query["sort"] = wanted
        order[sort.word] = state, filters.address(spec, query)
    return order


def _share_with(operator: Operator) -> list[tuple[str, str]]:
    """Whom the operator can save a view for, if not for himself alone."""
    apps = [app for app in operator.apps if operator.may("edit_app", app.client_id)]
    return [("", "me alone"), *((app.slug, f"members of {app.name}") for app in apps)] if apps else []


def _names(desk: Desk) -> dict[str, str]:
    """The operator's apps by slug."""
    return {app.slug: app.name for app in desk.operator.apps}


def _options(filter_: Filter, asked_for: Filters) -> tuple[list[tuple[str, str]], str]:
    """A filter's choices, and what is chosen; what no single choice says is one more."""
    chosen, values = ",".join(asked_for.get(filter_.key)), filter_.values or {}
    choices = [("", f"{filter_.word}: any"), *values.items()]
    if chosen and chosen not in values:
        choices.append((chosen, chosen.replace(",", " or ")))
    return choices, chosen


def csv_line(values: Iterable[object]) -> str:
    """One record (RFC 4180), a line each."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(map(_cell, values))
    return line.getvalue()


def _cell(value: object) -> str:
    """A value as a cell: one line, only what can be seen of it. What a spreadsheet would take for a formula gets an
    apostrophe before it."""
    text = "" if value is None else seen(" ".join(str(value).splitlines()))
    return f"'{text}" if text.lstrip(_READ_OVER).startswith(_FORMULA) else text
