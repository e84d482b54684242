"""What an operator may see and do. Every query of the desk begins with `visible_to`, every act with `require`."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, false, literal, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from dashboard.core import compiled
from dashboard.core.errors import NotAllowedError, NotFoundError
from dashboard.core.models import App, Membership, OperatorAccount

ROLES = ("viewer", "support", "operator", "admin")  # each may do what those before it may
OWNER = "owner"

# The least role that may, by act. An act that is not here does not exist: looking it up fails.
ACTS = {
    "see_installations": "viewer",
    "see_attempts": "support",
    "see_people": "support",
    "see_audit": "admin",
    "triage": "support",
    "manage_installations": "operator",
    "edit_app": "admin",
    "manage_members": "admin",
}


@dataclass(frozen=True, slots=True)
class AppAccess:
    """One app an operator is a member of. For an owner, any app."""

    id: int
    slug: str
    name: str
    client_id: str
    role: str


OPERATORS = 64  # for whom a statement is kept as it was built: of how many who are signed in at once


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who acts: a person who is signed in, or the command line."""

    id: int | None
    email: str
    owner: bool
    apps: tuple[AppAccess, ...] = ()
    locked: tuple[AppAccess, ...] = ()  # those that want a second factor, which this account has not
    network: str | None = None  # where from: the address without the part that tells a person

    def role(self, client_id: str | None) -> str | None:
        """The role in one app; None outside of it. An app is named by its client id, as its rows are."""
        if any(app.client_id == client_id for app in self.locked):
            return None
        if self.owner:
            return OWNER
        return next((app.role for app in self.apps if app.client_id == client_id), None)

    def may(self, act: str, client_id: str | None) -> bool:
        return _reaches(self.role(client_id), act)

    def may_anywhere(self, act: str) -> bool:
        """Whether there is any app in which the operator may do that. Owners may before there is one."""
        return self.owner or any(_reaches(app.role, act) for app in self.apps)

    def app(self, slug: str) -> AppAccess:
        """The app of that slug. Raises NotFoundError if it is none of the operator's."""
        for app in self.apps:
            if app.slug == slug:
                return app
        raise NotFoundError


def command_line() -> Operator:
    """Whoever can run a command on this machine holds its keys and its database: an owner."""
    return Operator(id=None, email="command line", owner=True)


def service() -> Operator:
    """The service itself, where it does something nobody asked for: named in the audit."""
    return Operator(id=None, email="service", owner=True)


def visible_to(
    operator: Operator,
    client_id: InstrumentedAttribute[str] | InstrumentedAttribute[str | None] | ColumnElement[Any],
    act: str = "see_installations",
    *,
    only: str | None = None,
) -> ColumnElement[bool]:
    """The condition that keeps a query to the apps in which the operator may do `act`, or to the one of them that has
    the client id `only`: to nothing, if it is none of them.

    `client_id` is the column that names the row's app. Owners see the rows of every app, those that are no longer
    registered included.
    """
    if only is not None:
        return client_id == only if operator.may(act, only) else false()
    if operator.owner:
        locked = [app.client_id for app in operator.locked]
        return or_(client_id.is_(None), client_id.not_in(locked)) if locked else true()
    return client_id.in_([app.client_id for app in operator.apps if _reaches(app.role, act)])


def require(
    operator: Operator,
    act: str,
    client_id: str | None,
    object_type: str | None = None,
    object_id: object = None,
) -> None:
    """Raise NotFoundError if the operator is no member of the app, NotAllowedError where the role does not reach."""
    role = operator.role(client_id)
    if role is None:
        raise NotFoundError
    if not _reaches(role, act):
        raise NotAllowedError(act, client_id, object_type, None if object_id is None else str(object_id))


def require_anywhere(operator: Operator, act: str) -> None:
    """Raise NotAllowedError if there is no app in which the operator may do that: for pages about several apps."""
    if not operator.may_anywhere(act):
        raise NotAllowedError(act)


def require_owner(operator: Operator, act: str, object_type: str | None = None, object_id: object = None) -> None:
    """Raise NotAllowedError for anybody but an owner of the deployment."""
    if not operator.owner:
        raise NotAllowedError(act, None, object_type, None if object_id is None else str(object_id))


def roles_that_may(act: str) -> tuple[str, ...]:
    return ROLES[ROLES.index(ACTS[act]) :]


def _reaches(role: str | None, act: str) -> bool:
    needed = ROLES.index(ACTS[act])
    return role == OWNER or (role in ROLES and ROLES.index(role) >= needed)


# Asked at every request, and built once.
_APP = (App.id, App.slug, App.name, App.client_id)
_EVERY_APP = select(*_APP, literal(OWNER).label("role"), App.second_factor).order_by(App.name, App.id)
_APPS_OF = (
    select(*_APP, Membership.role, App.second_factor)
    .join(Membership, Membership.app_id == App.id)
    .where(Membership.operator_id == bindparam("operator_id"))
    .order_by(App.name, App.id)
)


def of_account(db: Connection, operator_id: int, email: str, *, owner: bool, network: str | None = None) -> Operator:
    """The operator behind an account, with the apps as they are now."""
    rows = compiled.rows(db, _EVERY_APP, {}) if owner else compiled.rows(db, _APPS_OF, {"operator_id": operator_id})
    apps = [AppAccess(*app) for *app, _ in rows]
    strict = {id_ for id_, *_, is_strict in rows if is_strict}
    if strict and has_second_factor(db, operator_id):
        strict = set()
    return Operator(
        id=operator_id,
        email=email,
        owner=owner,
        apps=tuple(app for app in apps if app.id not in strict),
        locked=tuple(app for app in apps if app.id in strict),
        network=network,
    )


def has_second_factor(db: Connection, operator_id: int | None) -> bool:
    """Whether the account has turned one-time codes on."""
    turned_on = OperatorAccount.id == operator_id, OperatorAccount.totp_secret.is_not(None)
    return db.execute(select(OperatorAccount.id).where(*turned_on)).first() is not None
