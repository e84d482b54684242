"""Saved views: a name for what a list's address asks for, one's own or for all members of an app."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select

from dashboard.access import audit, operators
from dashboard.access.permissions import Operator, require, visible_to
from dashboard.core.clock import now
from dashboard.core.db import fetch, fetch_one
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.models import App, SavedView
from dashboard.core.text import clean
from dashboard.desk import attempts, enterprises, filters, installations, workspaces
from dashboard.desk import audit as audit_list
from dashboard.desk.filters import ListSpec

LONGEST_NAME = 60  # characters
MOST = 50  # of one operator
LISTS: Mapping[str, ListSpec[Any]] = {
    spec.name: spec for spec in (installations.LIST, workspaces.LIST, enterprises.LIST, attempts.LIST, audit_list.LIST)
}


@dataclass(frozen=True, slots=True)
class View:
    """A view as somebody sees it. `client_id` is that of the app it is for; None: his own."""

    id: int
    name: str
    address: str
    client_id: str | None
    may_remove: bool


def of_list(db: Connection, operator: Operator, name: str) -> list[View]:
    """The views of a list that an operator has, by name: his own, and those of his apps."""
    spec = LISTS[name]
    here = select(SavedView).where(SavedView.list == name, _visible(operator, spec.act))
    return [
        View(
            id=row.id,
            name=row.name,
            address=filters.address(spec, dict(parse_qsl(row.query))),
            client_id=row.client_id,
            may_remove=_may_remove(operator, row),
        )
        for row in fetch(db, here.order_by(SavedView.name, SavedView.id), SavedView)
    ]


def save(db: Connection, operator: Operator, list_: str, query: str, *, name: str, app: str) -> str:
    """Give a name to a list's query (as in its address); the address it then has. `app` is the slug of the app whose
    members shall have it, which the view is then narrowed to; empty: the operator alone. One of the same name is
    replaced.

    Raises DashboardError if the name will not do, FilterError if the query asks for what the list does not know,
    NotFoundError for another list or app, NotAllowedError if the operator may not do it for that app.
    """
    if list_ not in LISTS or operator.id is None:
        raise NotFoundError
    kept = clean(name, LONGEST_NAME + 1)
    if not kept or len(kept) > LONGEST_NAME:
        raise DashboardError(
            f"A view needs a name of 1 to {LONGEST_NAME} characters.", "Give it one; nothing was saved."
        )
    client_id = operator.app(app).client_id if app else None
    if client_id:
        require(operator, "edit_app", client_id, "view", kept)
    asked_for = dict(parse_qsl(query)) | ({"app": app} if app else {})
    asked_for.pop("after", None)
    parsed = filters.parse(LISTS[list_], operator, asked_for)
    # Whoever saves one of that name for the same people at once waits: it would be there twice.
    operators.locked(db, operator.id)
    if client_id:
        db.execute(select(App.id).where(App.client_id == client_id).with_for_update())
    whose = SavedView.client_id == client_id if client_id else SavedView.client_id.is_(None) & _mine(operator)
    db.execute(delete(SavedView).where(SavedView.list == list_, SavedView.name == kept, whose))
    if (db.scalar(select(func.count()).select_from(SavedView).where(_mine(operator))) or 0) >= MOST:
        raise DashboardError(f"You have {MOST} saved views.", "Remove one first; nothing was saved.")
    row = {"operator_id": operator.id, "client_id": client_id, "list": list_, "name": kept, "created_at": now()}
    db.execute(insert(SavedView).values(query=urlencode(parsed.query(), safe=",:"), **row))
    if client_id:
        audit.record(db, operator, "view.save", "view", kept, client_id=client_id)
    return filters.address(LISTS[list_], parsed.query())


def remove(db: Connection, operator: Operator, view_id: int) -> View:
    """Forget a view: which it was. Raises NotFoundError if the operator has none of that id, or may not remove it."""
    row = fetch_one(db, select(SavedView).where(SavedView.id == view_id), SavedView)
    if row is None or not _may_remove(operator, row):
        raise NotFoundError
    db.execute(delete(SavedView).where(SavedView.id == view_id))
    if row.client_id:
        audit.record(db, operator, "view.remove", "view", row.name, client_id=row.client_id)
    return View(row.id, row.name, LISTS[row.list].address, row.client_id, may_remove=True)


def _visible(operator: Operator, act: str) -> ColumnElement[bool]:
    of_apps = SavedView.client_id.is_not(None) & visible_to(operator, SavedView.client_id, act)
    return or_(of_apps, SavedView.client_id.is_(None) & _mine(operator))


def _mine(operator: Operator) -> ColumnElement[bool]:
    return SavedView.operator_id == operator.id


def _may_remove(operator: Operator, row: SavedView) -> bool:
    if row.client_id is None:
        return row.operator_id == operator.id
    return operator.may("edit_app", row.client_id)
