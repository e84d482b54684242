"""The people behind the desk: their accounts and roles.

Every verb takes the operator who acts, and leaves a row in the audit.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, Select, bindparam, delete, insert, or_, select, update

from dashboard.access import audit, permissions, sessions, setup_links
from dashboard.access.permissions import ROLES, Operator, require, require_owner, roles_that_may
from dashboard.core.clock import now
from dashboard.core.db import fetch, fetch_one
from dashboard.core.db import insert as upsert
from dashboard.core.errors import DashboardError, NotFoundError
from dashboard.core.models import App, Membership, OperatorAccount, RecoveryCode

LONGEST_EMAIL = 254

_EMAIL = re.compile(r"[^@\s\x00-\x1f<>\"',;]+@[^@\s\x00-\x1f<>\"',;]+")


def normal_email(text: str) -> str | None:
    """An e-mail address in the form it is kept and compared in; None if it is not one."""
    email = unicodedata.normalize("NFKC", text).strip().casefold()
    return email if len(email) <= LONGEST_EMAIL and _EMAIL.fullmatch(email) else None


def find(db: Connection, email: str) -> OperatorAccount | None:
    """The account of a normalised address."""
    return fetch_one(db, select(OperatorAccount).where(OperatorAccount.email == email), OperatorAccount)


def acting(db: Connection, operator_id: int, network: str | None) -> Operator | None:
    """Whoever has that account, with the roles of now, as acting from `network`; None if it is disabled or gone."""
    enabled = OperatorAccount.id == operator_id, OperatorAccount.disabled_at.is_(None)
    account = fetch_one(db, select(OperatorAccount).where(*enabled), OperatorAccount)
    if account is None:
        return None
    return permissions.of_account(db, account.id, account.email, owner=account.owner, network=network)


def locked(db: Connection, operator_id: int) -> OperatorAccount | None:
    """The account, which nobody else changes until this transaction is over."""
    query = select(OperatorAccount).where(OperatorAccount.id == operator_id).with_for_update()
    return fetch_one(db, query, OperatorAccount)


def get(db: Connection, operator_id: int) -> OperatorAccount:
    """Raises NotFoundError if there is no such account."""
    account = fetch_one(db, select(OperatorAccount).where(OperatorAccount.id == operator_id), OperatorAccount)
    if account is None:
        raise NotFoundError
    return account


def every(db: Connection) -> list[OperatorAccount]:
    """All accounts, by address, the disabled ones last."""
    order = (OperatorAccount.disabled_at.is_not(None), OperatorAccount.email)
    return fetch(db, select(OperatorAccount).order_by(*order), OperatorAccount)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a role in an app."""

    email: str
    role: str


def members(db: Connection, app_id: int) -> list[Member]:
    """Who has a role in an app, by address."""
    joined = select(OperatorAccount.email, Membership.role).join(
        OperatorAccount, OperatorAccount.id == Membership.operator_id
    )
    here = joined.where(Membership.app_id == app_id, OperatorAccount.disabled_at.is_(None))
    return fetch(db, here.order_by(OperatorAccount.email), Member)


def who_may(db: Connection, act: str, client_id: str) -> list[str]:
    """The addresses of everybody who may do that in an app."""
    return list(db.scalars(_who_may(act), {"client_id": client_id}))


@cache
def _who_may(act: str) -> Select[str]:
    member = select(Membership.operator_id).join(App, App.id == Membership.app_id)
    member = member.where(App.client_id == bindparam("client_id"), Membership.role.in_(roles_that_may(act)))
    allowed = or_(OperatorAccount.owner, OperatorAccount.id.in_(member))
    query = select(OperatorAccount.email).where(allowed, OperatorAccount.disabled_at.is_(None))
    return query.order_by(OperatorAccount.email)


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that an operator has in an app."""

    operator_id: int
    app_id: int
    slug: str
    name: str
    role: str


def roles(db: Connection) -> dict[int, list[HeldRole]]:
    """Who has which role where, by operator's id."""
    columns = (Membership.operator_id, Membership.app_id, App.slug, App.name, Membership.role)
    query = select(*columns).join(App, App.id == Membership.app_id).order_by(App.name)
    roles: dict[int, list[HeldRole]] = {}
    for held in fetch(db, query, HeldRole):
        roles.setdefault(held.operator_id, []).append(held)
    return roles


def add(db: Connection, operator: Operator, email: str, *, owner: bool) -> int:
    """A new account, which cannot sign in before it has a password; its id.

    Raises DashboardError if it is not an e-mail address, or is taken.
    """
    address = normal_email(email)
    if address is None:
        raise DashboardError(f"'{email[:60]}' is not an e-mail address.")
    account = upsert(db, OperatorAccount).values(email=address, owner=owner, created_at=now())
    new_id = db.execute(
        account.on_conflict_do_nothing(index_elements=["email"]).returning(OperatorAccount.id)
    ).scalar_one_or_none()
    if new_id is None:
        raise DashboardError(f"{address} is an operator already.", "Change the role instead, or make a reset link.")
    audit.record(db, operator, "operator.add", "operator", address, details="owner" if owner else None)
    return int(new_id)


@dataclass(frozen=True, slots=True)
class Grants:
    """What a new operator may do."""

    owner: bool = False
    app_id: int | None = None
    role: str | None = None


def invite(db: Connection, operator: Operator, email: str, grants: Grants) -> str:
    """A new account with a role, and the token of the link by which its person sets a password.

    Raises DashboardError if it is not an e-mail address, or is taken, or if there is no such role.
    """
    require_owner(operator, "operator.add")
    operator_id = add(db, operator, email, owner=grants.owner)
    if grants.app_id is not None and grants.role and not grants.owner:
        set_role(db, operator, operator_id, grants.app_id, grants.role)
    return setup_links.new(db, operator_id)


def set_role(db: Connection, operator: Operator, operator_id: int, app_id: int, role: str | None) -> None:
    """Give an operator a role in an app, in place of any other there; None takes it away."""
    account = locked(db, operator_id)
    app = db.execute(select(App.slug, App.client_id).where(App.id == app_id)).one_or_none()
    if account is None or app is None:
        raise NotFoundError
    require(operator, "manage_members", app.client_id, "operator", account.email)
    if role is not None and role not in ROLES:
        raise DashboardError(f"There is no role '{role[:20]}'.", f"Roles are {', '.join(ROLES)}.")
    db.execute(delete(Membership).where(Membership.operator_id == operator_id, Membership.app_id == app_id))
    if role:
        db.execute(insert(Membership).values(operator_id=operator_id, app_id=app_id, role=role))
    details = f"{role or 'no role'} in {app.slug}"
    audit.record(db, operator, "operator.role", "operator", account.email, client_id=app.client_id, details=details)


def set_role_of(db: Connection, operator: Operator, email: str, app_id: int, role: str | None) -> str | None:
    """The same by the operator's address. Whoever has no account yet is invited by it: the token of the link by which
    its person sets a password. Raises DashboardError if it is no address, or nobody's and there is no role to give."""
    client_id = db.scalar(select(App.client_id).where(App.id == app_id))
    require(operator, "manage_members", client_id, "operator", normal_email(email))
    account_id = db.scalar(select(OperatorAccount.id).where(OperatorAccount.email == normal_email(email)))
    if account_id is not None:
        set_role(db, operator, account_id, app_id, role)
        return None
    if role is None:
        raise DashboardError(f"No operator has the address {normal_email(email) or 'that was given'}.")
    account_id = add(db, operator, email, owner=False)
    set_role(db, operator, account_id, app_id, role)
    return setup_links.new(db, account_id)


def set_owner(db: Connection, operator: Operator, operator_id: int, *, owner: bool) -> None:
    """Make an operator an owner of the deployment, or no longer one.

    Raises DashboardError if nobody would be left who is one.
    """
    require_owner(operator, "operator.owner", "operator", operator_id)
    _lock_owners(db)
    account = get(db, operator_id)
    db.execute(update(OperatorAccount).where(OperatorAccount.id == operator_id).values(owner=owner))
    _require_an_owner(db)
    audit.record(db, operator, "operator.owner", "operator", account.email, details="on" if owner else "off")


def disable(db: Connection, operator: Operator, operator_id: int) -> None:
    """Keep an operator out, from the next request on. The audit keeps what was done.

    Raises DashboardError if nobody would be left who is an owner.
    """
    require_owner(operator, "operator.disable", "operator", operator_id)
    _lock_owners(db)
    account = get(db, operator_id)
    still = update(OperatorAccount).where(OperatorAccount.id == operator_id, OperatorAccount.disabled_at.is_(None))
    db.execute(still.values(disabled_at=now()))
    sessions.end_all(db, operator_id)
    setup_links.forget(db, operator_id)
    if operator.id is not None:  # whoever holds the machine may lock every door and open one again
        _require_an_owner(db)
    audit.record(db, operator, "operator.disable", "operator", account.email)


def reset(db: Connection, operator: Operator, operator_id: int, *, second_factor: bool = False) -> str:
    """A new one-time link for somebody who cannot get in; its token.

    Until it is used the old password stays good, but not that of a disabled account, which is enabled again: whoever
    was kept out comes back by the link alone. With `second_factor` the one-time codes are turned off, too, for a lost
    phone.
    """
    require_owner(operator, "operator.reset", "operator", operator_id)
    account = get(db, operator_id)
    changes: dict[str, None] = {"disabled_at": None}
    if account.disabled_at is not None:
        changes["password_hash"] = None
    if second_factor:
        changes |= {"totp_secret": None, "totp_offered": None}
        db.execute(delete(RecoveryCode).where(RecoveryCode.operator_id == operator_id))
    db.execute(update(OperatorAccount).where(OperatorAccount.id == operator_id).values(changes))
    details = "second factor off" if second_factor else None
    audit.record(db, operator, "operator.reset", "operator", account.email, details=details)
    return setup_links.new(db, operator_id)


def use_link(db: Connection, token: str, password_hash: str, network: str | None) -> None:
    """Set a password by a one-time link, which works once. All sessions of the account end.

    Raises LinkGoneError if the link no longer works: of any number of tries at once, one succeeds.
    """
    account = setup_links.account_of(db, token)
    setup_links.spend(db, token)
    set_password(db, account.id, password_hash)
    sessions.end_all(db, account.id)
    actor = Operator(account.id, account.email, owner=account.owner, network=network)
    audit.record(db, actor, "password.set", "operator", account.email, details="by a one-time link")


def rehash(db: Connection, operator_id: int, known: str, password_hash: str) -> None:
    """Keep the same password under today's costs, unless it was changed meanwhile."""
    same = (OperatorAccount.id == operator_id) & (OperatorAccount.password_hash == known)
    db.execute(update(OperatorAccount).where(same).values(password_hash=password_hash))


def set_password(db: Connection, operator_id: int, password_hash: str) -> None:
    db.execute(update(OperatorAccount).where(OperatorAccount.id == operator_id).values(password_hash=password_hash))


def replace_password(db: Connection, operator: Operator, operator_id: int, password_hash: str) -> None:
    """Set somebody else's password. All sessions of that account end."""
    require_owner(operator, "password.set", "operator", operator_id)
    set_password(db, operator_id, password_hash)
    sessions.end_all(db, operator_id)
    setup_links.forget(db, operator_id)
    audit.record(db, operator, "password.set", "operator", get(db, operator_id).email)


def status(account: OperatorAccount) -> str:
    """`active`, `invited` (no password yet) or `disabled`."""
    if account.disabled_at is not None:
        return "disabled"
    return "active" if account.password_hash else "invited"


_ABLE_OWNERS = select(OperatorAccount.id).where(OperatorAccount.owner, OperatorAccount.disabled_at.is_(None))


def _lock_owners(db: Connection) -> None:
    """Of two owners who keep each other out at once, the later waits, and sees that nobody else is left."""
    db.execute(_ABLE_OWNERS.order_by(OperatorAccount.id).with_for_update())


def _require_an_owner(db: Connection) -> None:
    if db.execute(_ABLE_OWNERS.limit(1)).first() is None:
        raise DashboardError("This deployment would have no owner left.", "Make somebody else an owner first.")
