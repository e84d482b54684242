"""`dashboard operator …`: who may sign in."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from dashboard.core.config import Settings
from dashboard.core.errors import DashboardError

if TYPE_CHECKING:
    from sqlalchemy import Connection


ROLES = ("viewer", "support", "operator", "admin")  # as in access/permissions.py, which takes long to load


@click.group()
def operator() -> None:
    """The people who may sign in to the desk."""
    from dashboard.core import log

    log.configure("warning")  # the audit's lines are for the service's log; here its rows suffice


@operator.command("add")
@click.argument("email")
@click.option("--owner", is_flag=True, help="May do everything, in every app and with every operator.")
@click.option("--app", "slug", help="The app to give a role in.")
@click.option("--role", type=click.Choice(ROLES), help="viewer, support, operator or admin.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else a link is printed.")
def operator_add(email: str, owner: bool, slug: str | None, role: str | None, password_stdin: bool) -> None:
    """Let EMAIL in, as an owner or with a role in an app.

    Without a password a one-time link is printed, by which the person sets one. For somebody who is there already the
    role is added.
    """
    from dashboard.access import operators, permissions, setup_links

    if bool(slug) != bool(role):
        raise click.UsageError("--app and --role belong together.")
    settings = Settings.from_env(os.environ)
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password_hash = None if password is None else _hashed(password, email)
    actor = permissions.command_line()
    with _database(settings, write=True) as db:
        known = operators.find(db, operators.normal_email(email) or "")
        if known and owner and not known.owner:
            operators.set_owner(db, actor, known.id, owner=True)
        elif known and not slug:
            raise DashboardError(f"{known.email} is an operator already.", "`dashboard operator reset` makes a link.")
        operator_id = known.id if known else operators.add(db, actor, email, owner=owner)
        if slug:
            operators.set_role(db, actor, operator_id, _app_id(db, slug), role)
        if password_hash:
            operators.replace_password(db, actor, operator_id, password_hash)
        account = operators.get(db, operator_id)
        token = None if account.password_hash else setup_links.new(db, operator_id)
    click.echo(f"{'Changed' if known else 'Added'} {account.email}: {_may(owner, role, slug)}.")
    if token:
        _print_link(settings, token)


@operator.command("list")
def operator_list() -> None:
    """Print who may sign in, with their roles."""
    from dashboard.access import operators

    with _database(Settings.from_env(os.environ)) as db:
        accounts, roles = operators.every(db), operators.roles(db)
    if not accounts:
        click.echo("There is no operator yet. Add one with `dashboard operator add EMAIL --owner`.")
    for account in accounts:
        held = [f"{row.role} in {row.slug}" for row in roles.get(account.id, [])]
        what = ", ".join(["owner"] if account.owner else held) or "no role"
        factor = ", one-time codes" if account.totp_secret else ""
        click.echo(f"{account.email:<40}  {operators.status(account):<8}  {what}{factor}")


@operator.command("reset")
@click.argument("email")
@click.option("--second-factor", is_flag=True, help="Turn the one-time codes off, too: the phone is lost.")
def operator_reset(email: str, second_factor: bool) -> None:
    """Print a one-time link by which EMAIL sets a new password. Enables a disabled operator."""
    from dashboard.access import operators, permissions

    settings = Settings.from_env(os.environ)
    with _database(settings, write=True) as db:
        token = operators.reset(db, permissions.command_line(), _account_id(db, email), second_factor=second_factor)
    _print_link(settings, token)


@operator.command("disable")
@click.argument("email")
def operator_disable(email: str) -> None:
    """Keep EMAIL out, and end every session, at once."""
    from dashboard.access import operators, permissions

    settings = Settings.from_env(os.environ)
    with _database(settings, write=True) as db:
        operators.disable(db, permissions.command_line(), _account_id(db, email))
    click.echo(f"{email} can no longer sign in. `dashboard operator reset` lets them in again.")


@contextmanager
def _database(settings: Settings, *, write: bool = False) -> Iterator["Connection"]:
    """A transaction on a database that is up to date, where the environment's app has its row."""
    from dashboard.apps import registry
    from dashboard.core import schema
    from dashboard.core.engines import transaction

    with transaction(settings.database_url, write=write) as db:
        schema.require_current(db)
        if write:
            registry.note_environment(db, settings)
        yield db


def _account_id(db: "Connection", email: str) -> int:
    from dashboard.access import operators

    account = operators.find(db, operators.normal_email(email) or "")
    if account is None:
        raise DashboardError(f"There is no operator '{email[:60]}'.", "`dashboard operator list` shows them.")
    return int(account.id)


def _app_id(db: "Connection", slug: str) -> int:
    from sqlalchemy import select

    from dashboard.core.models import App

    app_id = db.execute(select(App.id).where(App.slug == slug)).scalar()
    if app_id is None:
        raise DashboardError(f"There is no app '{slug[:40]}'.", "Add it with `dashboard app add`.")
    return int(app_id)


def _hashed(password: str, email: str) -> str:
    from dashboard.access import passwords

    objection = passwords.objection(password, password, email)
    if objection:
        raise DashboardError(f"The password cannot be used. {objection}")
    return passwords.hashed(password)


def _may(owner: bool, role: str | None, slug: str | None) -> str:
    if owner:
        return "owner"
    return f"{role} in {slug}" if slug else "no role yet"


def _print_link(settings: Settings, token: str) -> None:
    click.echo("This link sets the password, once, within 72 hours:")
    click.echo(f"{settings.public_url}/ops/setup/{token}")
