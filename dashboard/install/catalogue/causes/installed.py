"""Why an app that is installed can be silent."""

from dataclasses import dataclass

from dashboard.core.words import listed, many, moment, span
from dashboard.install.catalogue.evidence import Finding, likely, unknown, unlikely

MOST_OTHERS = 1_000  # are counted
_ORGANIZATIONS_ONLY = ("admin.", "auditlogs:", "discovery:")


@dataclass(frozen=True, slots=True)
class Installed:
    """What is known of one installation. Times are ms."""

    name: str
    now: int
    stored_at: int
    status: str  # see slack/tenant.py
    removed_at: int | None
    held_at: int | None  # since when an operator has it suspended or deleted
    is_organization: bool
    is_checked: bool
    scopes: tuple[str, ...]
    missing: tuple[str, ...]  # of what its app requires today
    expires_at: int | None  # its bot's token
    can_be_renewed: bool
    looked_up_at: int | None
    workspaces: int | None  # of an organization: to how many it has added the app; None: Slack was not asked
    workspaces_at: int | None  # when it said so
    others_looked_up: int  # other installations of the app that were looked up since; MOST_OTHERS: or more

    @property
    def is_active(self) -> bool:
        return self.status == "active"

    @property
    def was_asked_for(self) -> bool:
        return self.looked_up_at is not None and self.looked_up_at >= self.stored_at


def removed_by_somebody(installed: Installed) -> Finding:
    if installed.is_active or installed.held_at:
        return unlikely("Its tokens are there.")
    when = f", {moment(installed.removed_at)}" if installed.removed_at else ""
    if installed.status == "uninstalled":
        return likely(f"The app was uninstalled there{when}: all that it had was taken out.")
    return likely(f"Its tokens were revoked{when}; the app is still listed there.")


def held_by_operator(installed: Installed) -> Finding:
    """Somebody has switched it off at this desk."""
    if installed.held_at is None:
        return unlikely("No operator has suspended it.")
    done = "suspended" if installed.status == "suspended" else "deleted"
    return likely(f"An operator has {done} it here, {moment(installed.held_at)}: no Bolt app finds it.")


def token_expired(installed: Installed) -> Finding:
    """Its bot's token has run out."""
    if installed.expires_at is None:
        return unlikely("Its token does not expire.")
    if installed.expires_at > installed.now:
        return unlikely(f"Its token is good until {moment(installed.expires_at)}.")
    over = f"Its token expired {span(installed.now - installed.expires_at)} ago"
    if installed.can_be_renewed:
        return unknown(
            f"{over}; there is a refresh token, with which a Bolt app renews it when something happens there."
        )
    return likely(f"{over}, and there is no refresh token.")


def scope_missing(installed: Installed) -> Finding:
    if installed.missing:
        return likely(f"{listed(installed.missing)} is asked for today and was not granted.")
    return unlikely("All that the app asks for was granted.")


def not_checked(installed: Installed) -> Finding:
    """Slack did not answer when the token was tried."""
    if installed.is_checked:
        return unlikely("Slack confirmed its token.")
    return likely(f"It was stored {moment(installed.stored_at)} although Slack did not answer the check of its token.")


def no_workspace_added(installed: Installed) -> Finding:
    """The organization has it, and none of its workspaces."""
    if not installed.is_organization:
        return unlikely("It is installed in one workspace.")
    if installed.workspaces is not None and installed.workspaces_at:
        said = f"as Slack said {moment(installed.workspaces_at)}"
        if not installed.workspaces:
            return likely(f"It is added to none of the organization's workspaces, {said}.")
        return unlikely(f"It is added to {many(installed.workspaces, 'workspace')} of the organization, {said}.")
    if installed.was_asked_for:
        return unlikely(f"Something happened in one of its workspaces: it was looked up {_when(installed)}.")
    if installed.others_looked_up:
        return likely(
            f"Nothing has happened in any of its workspaces since it was stored, {span(_age(installed))} ago, while "
            f"{_others(installed, 'other installation')} of the app were looked up."
        )
    return unknown("No Bolt process of the app has left a trace here since it was stored.")


def wrong_level(installed: Installed) -> Finding:
    """It is in one workspace, and what it should do is for organizations."""
    asked = (*installed.scopes, *installed.missing)
    of_organizations = sorted({scope for scope in asked if scope.startswith(_ORGANIZATIONS_ONLY)})
    if not of_organizations:
        return unlikely("None of its scopes is for organizations only.")
    if installed.is_organization:
        return unlikely("It is installed for the organization.")
    return likely(
        f"{listed(of_organizations)} works for a whole organization only, and it is installed in one workspace."
    )


def bot_never_asks(installed: Installed) -> Finding:
    """The bot's process does not look at these tables, or does not run."""
    if installed.was_asked_for:
        return unlikely(f"A Bolt process looked it up {_when(installed)}.")
    if installed.others_looked_up:
        seen = moment(installed.looked_up_at) if installed.looked_up_at else "never"
        return likely(
            f"No Bolt process has looked it up since it was stored, {span(_age(installed))} ago; last seen: {seen}. "
            f"{_others(installed, 'other').capitalize()} of the app were."
        )
    return unknown("No look-up of any installation is noted: a bot that uses slack_sdk's own store leaves no trace.")


def bot_not_in_channel(installed: Installed) -> Finding:
    """It sees only channels that it was invited to."""
    wrong = not installed.is_active or installed.missing or not installed.is_checked
    if wrong or (installed.expires_at is not None and installed.expires_at <= installed.now):
        return unknown("Something else is wrong, which comes first.")
    if not installed.was_asked_for:
        return unknown("Whether the bot asks for it at all is not known.")
    return likely(f"All else is as it should be: its token, its scopes, and the bot looked it up {_when(installed)}.")


def _age(installed: Installed) -> int:
    return installed.now - installed.stored_at


def _when(installed: Installed) -> str:
    return moment(installed.looked_up_at or installed.stored_at)


def _others(installed: Installed, noun: str) -> str:
    """How many others were looked up, in words."""
    count = many(installed.others_looked_up, noun)
    return f"at least {count}" if installed.others_looked_up >= MOST_OTHERS else count
