"""What operators do about an installation at Slack: check it, revoke its tokens, uninstall it.

Slack is called between two transactions. What it refuses, or does not answer, leaves everything here as it was, and the
audit says why. What was stored or held meanwhile is not touched.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from sqlalchemy import Connection, update

from dashboard.access import audit
from dashboard.access.permissions import Operator
from dashboard.apps.app import App
from dashboard.core.clock import now
from dashboard.core.db import Database
from dashboard.core.errors import DashboardError
from dashboard.core.models import Installation
from dashboard.core.words import many
from dashboard.desk import installation_acts
from dashboard.desk.rows import InstallationRow
from dashboard.slack import held_tokens, organization_workspaces, store, summary, turns
from dashboard.slack.api import Slack, SlackRefusedError, SlackUnavailableError
from dashboard.slack.held_tokens import HeldToken
from dashboard.slack.summary import Facts
from dashboard.slack.tenant import REVOKED, Tenant

# What Slack says of a token that is gone. Not `invalid_auth`: so it also answers where the app has a list of allowed
# addresses and ours is none of them, and then every token is good.
DEAD = ("account_inactive", "token_revoked")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, and with what. `apps` are those of the deployment by client id."""

    database: Database
    slack: Slack
    operator: Operator
    apps: Mapping[str, App]


@dataclass(frozen=True, slots=True)
class Work:
    """An act on one installation: its app, and the tokens that Slack is asked about."""

    caller: Caller
    act: str
    installation: InstallationRow
    app: App
    held: list[HeldToken]

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.installation.client_id, self.installation.enterprise_id, self.installation.team_id)


@dataclass(frozen=True, slots=True)
class Tried:
    """A token, whether Slack takes it, and what Slack says of it."""

    held: HeldToken
    is_good: bool
    url: str | None = None
    scopes: str | None = None


async def begin(caller: Caller, installation_id: int, act: str) -> Work:
    """What an act on an installation needs. That something dangerous was begun stands in the audit before it is done:
    if the process ends in the middle, this is what is left of it.

    Raises NotFoundError, NotAllowedError, SealError, or DashboardError if there is nothing it could be done with.
    """
    return await caller.database.write(_begun, caller, installation_id, act)


async def check(work: Work) -> str:
    """Try every token at Slack, and bring status, scopes and address up to what it says. What was found, in words."""
    tried = [await _try(work, held) for held in work.held]
    return await work.caller.database.write(_checked, work, tried, await _workspaces(work, tried))


async def revoke(work: Work) -> str:
    """Revoke every token at Slack, then destroy them here."""
    for number, held in enumerate(work.held):
        try:
            await work.caller.slack.revoke(held.token)
        except SlackRefusedError as refusal:
            if refusal.error not in DEAD:
                await _failed(work, refusal.error, revoked=number)
        except SlackUnavailableError as fault:
            await _failed(work, fault.detail, revoked=number)
    return await work.caller.database.write(_ended, work)


async def uninstall(work: Work) -> str:
    """Take the app out of the workspace at Slack, then destroy its tokens here.

    Slack lets a person's token do that, and not every bot's: people's are tried first.
    """
    refusals = []
    for held in sorted(work.held, key=lambda held: held.user_id is None):
        try:
            await work.caller.slack.uninstall(work.app.client_id, work.app.client_secret, held.token)
            break
        except SlackRefusedError as refusal:
            refusals.append(refusal.error)
        except SlackUnavailableError as fault:
            await _failed(work, fault.detail)
    else:  # none of them may; if all of them are dead, it is gone already
        for error in refusals:
            if error not in DEAD:
                await _failed(work, error)
    return await work.caller.database.write(_ended, work)


ACTS: dict[str, Callable[[Work], Awaitable[str]]] = {"check": check, "revoke": revoke, "uninstall": uninstall}


async def _try(work: Work, held: HeldToken) -> Tried:
    try:
        identity, call = await work.caller.slack.auth_test(held.token)
    except SlackRefusedError as refusal:
        if refusal.error not in DEAD:
            await _failed(work, refusal.error)
        return Tried(held, is_good=False)
    except SlackUnavailableError as fault:
        await _failed(work, fault.detail)
    return Tried(held, is_good=True, url=identity.url, scopes=call.scopes)


async def _workspaces(work: Work, tried: list[Tried]) -> dict[str, str] | None:
    """Where an organization has added the app; None if it is no organization, or Slack does not say."""
    token = next((each.held.token for each in tried if each.is_good), None)
    if not work.installation.is_enterprise_install or token is None:
        return None
    try:
        return await work.caller.slack.workspaces(token)
    except (SlackRefusedError, SlackUnavailableError):
        return None


def _begun(db: Connection, caller: Caller, installation_id: int, act: str) -> Work:
    installation = installation_acts.allowed(db, caller.operator, installation_id, act)
    app = caller.apps.get(installation.client_id)
    if app is None or app.problem:
        raise DashboardError("Its app is not set up here.", "Register it first, with its keys.")
    tenant = Tenant(installation.client_id, installation.enterprise_id, installation.team_id)
    work = Work(caller, act, installation, app, held_tokens.of(db, app.vault, tenant))
    if not work.held:
        raise DashboardError("No token of it is stored.", "There is nothing to ask Slack with.")
    if installation_acts.ACTS[act].is_dangerous:
        _record(db, work, f"begun, with {many(len(work.held), 'token')}")
    return work


def _checked(db: Connection, work: Work, tried: list[Tried], workspaces: dict[str, str] | None) -> str:
    if _has_changed(db, work):
        return _CHANGED
    good = [each for each in tried if each.is_good]
    for each in good:
        if each.scopes is not None:
            held_tokens.note_scopes(db, work.tenant, each.held, each.scopes)
    for each in tried:
        if not each.is_good:
            held_tokens.drop(db, work.tenant, each.held)
    facts: Facts = {"to_check": False}
    url = next((each.url for each in good if each.url), None)
    if url:
        facts["url"] = url
    summary.keep(db, work.tenant, facts, gone=REVOKED)
    db.execute(update(Installation).where(Installation.id == work.installation.id).values(checked_at=now()))
    found = f"Slack takes {len(good)} of {len(tried)} tokens"
    if workspaces is not None:
        organization_workspaces.keep(db, work.tenant, workspaces, now())
        found += f"; the app is added to {many(len(workspaces), 'workspace')}"
    _record(db, work, found)
    return f"{found}." if good else f"{found}: it was revoked or removed there."


def _ended(db: Connection, work: Work) -> str:
    """The tokens are useless at Slack: destroy them here."""
    if _has_changed(db, work):
        return _CHANGED
    tenant = work.tenant
    if work.act == "uninstall":
        store.delete_all(db, work.app.vault, tenant.enterprise_id, tenant.team_id)
    else:
        held_tokens.drop_all(db, work.app.vault, tenant)
    _record(db, work)
    return installation_acts.ACTS[work.act].done


_CHANGED = "What is stored of it is no longer what Slack was asked about; it was left as it is. Look again."


def _has_changed(db: Connection, work: Work) -> bool:
    """Whether other tokens are stored than those that Slack was asked about."""
    turns.take(db, [work.tenant])
    changed = held_tokens.of(db, work.app.vault, work.tenant) != work.held
    if changed:
        _record(db, work, "done at Slack; what is stored is no longer what it was asked about, and was left")
    return changed


async def _failed(work: Work, error: str, revoked: int = 0) -> NoReturn:
    """Put down that Slack refused, or did not answer. Raises DashboardError."""
    before = f"; {revoked} of {len(work.held)} tokens were revoked before" if revoked else ""
    await work.caller.database.write(_record, work, f"Slack: {error}{before}", outcome=audit.FAILED)
    raise DashboardError(f"Slack answered {error}{before}.", _NEXT.get(error, "Nothing was changed here. Try again."))


_NEXT = {
    "invalid_auth": "It does not know the token, or does not take it from this address: look at the app's list of "
    "allowed addresses at Slack. Nothing was changed here.",
    "no_permission": "It lets only a person's token uninstall this app, and none is stored that may. Revoke its tokens "
    "instead, or ask the customer to remove it.",
}


def _record(db: Connection, work: Work, details: str | None = None, *, outcome: str = audit.OK) -> None:
    installation_acts.record(db, work.caller.operator, work.installation, work.act, details, outcome=outcome)
