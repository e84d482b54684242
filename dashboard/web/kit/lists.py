"""What every list of the desk answers with: a page or its rows, its counts, its CSV."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any

from litestar import Response
from litestar.response import Stream
from sqlalchemy import Connection

from dashboard.access import audit
from dashboard.access.permissions import Operator, require_anywhere
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.desk import filters, lists
from dashboard.desk.filters import ListSpec
from dashboard.desk.lists import View
from dashboard.web.kit import page as pages
from dashboard.web.kit import security
from dashboard.web.kit.request import Request

EXPORTED_AT_ONCE = 500  # rows a query; one page of them is in memory

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def page(
    request: Request, database: Database, operator: Operator, spec: ListSpec, **context: Any
) -> Response[str]:
    """The list that the address asks for. Raises FilterError where it asks for what there is not."""
    view = _view(request, operator, spec)
    cursor = security.query(request).get("after", "")
    found = await database.read(lists.page, view, cursor)
    return pages.page(request, f"{spec.name}/index.html", block="list", **_shown(view, found), **context)


async def counts(request: Request, database: Database, operator: Operator, spec: ListSpec, facet: str) -> Response[str]:
    """How many there are, and of each value of a filter: asked for after the rows are there."""
    view = _view(request, operator, spec)

    def read(db: Connection) -> tuple[int, dict[str, int]]:
        return lists.count(db, view), lists.facets(db, view, facet)

    count, values = await database.read(read)
    return pages.page(request, "lists/counts.html", block="counts", count=count, values=values, **_facet(view, facet))


async def export(
    request: Request, database: Database, operator: Operator, spec: ListSpec, record: Mapping[str, Callable[[Any], Any]]
) -> Stream:
    """The same list as CSV, written while it is read: a header, then a line for each row. `record` makes its cells."""
    view = _view(request, operator, spec)
    names = {app.slug: app.name for app in operator.apps}

    async def lines() -> AsyncIterator[str]:
        yield _line(record)
        cursor: str | None = ""
        while cursor is not None:
            found = await database.read(lists.page, view, cursor, EXPORTED_AT_ONCE)
            yield "".join(_line(cell(row) for cell in record.values()) for row in found.rows)
            cursor = found.older

    total = await database.read(lists.count, view, None)
    said = f"{total} rows: {filters.sentence(spec, view.asked, names)}"
    app = operator.app(view.asked.app).client_id if view.asked.app else None
    await database.write(audit.record, operator, f"{spec.name}.export", spec.name, client_id=app, details=said)
    headers = {
        "Content-Disposition": f'attachment; filename="{filters.file_name(spec, view.asked, view.now)}"',
        "X-Total-Count": str(total),
    }
    return Stream(lines(), media_type="text/csv; charset=utf-8", headers=headers)


def _view(request: Request, operator: Operator, spec: ListSpec) -> View:
    require_anywhere(operator, spec.act)
    return View(spec, operator, filters.parse(spec, operator, security.query(request)), now())


def _shown(view: View, found: lists.Page) -> dict[str, Any]:
    spec, asked, query = view.spec, view.asked, view.asked.query()
    names = {app.slug: app.name for app in view.operator.apps}
    return {
        "spec": spec,
        "asked": asked,
        "rows": found.rows,
        "now": view.now,
        "chips": filters.chips(spec, asked, names),
        "newer": filters.address(spec, {**query, "after": found.newer}) if found.newer else None,
        "older": filters.address(spec, {**query, "after": found.older}) if found.older else None,
        "counts_at": filters.address(spec, query, "/counts"),
        "csv_at": filters.address(spec, query, ".csv"),
        "names": {app.client_id: app.name for app in view.operator.apps},
        "options": {one.key: _options(one, asked) for one in spec.filters if one.values},
    }


def _options(one: filters.Filter, asked: filters.Filters) -> tuple[list[tuple[str, str]], str]:
    """A filter's choices, and what is chosen; what no single choice says is one more."""
    chosen = ",".join(asked.get(one.key))
    choices = [("", f"{one.word}: any"), *(one.values or {}).items()]
    if chosen and chosen not in (one.values or {}):
        choices.append((chosen, chosen.replace(",", " or ")))
    return choices, chosen


def _facet(view: View, key: str) -> dict[str, Any]:
    one = next(one for one in view.spec.filters if one.key == key)
    query = view.asked.query()
    return {
        "most": lists.MOST_COUNTED,
        "spec": view.spec,
        "words": dict(one.values or {}),
        "links": {value: filters.address(view.spec, {**query, key: value}) for value in one.values or {}},
        "back": filters.address(view.spec, query),
    }


def _line(values: Iterable[Any]) -> str:
    """One record (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it."""
    line = io.StringIO()
    texts = ("" if value is None else str(value) for value in values)
    csv.writer(line, lineterminator="\r\n").writerow(
        f"'{text}" if text.startswith(_FORMULA) else text for text in texts
    )
    return line.getvalue()
