"""What operators do about an installation, each in one transaction with its row of the audit. What needs Slack is in
`slack_acts`."""

from dataclasses import dataclass

from sqlalchemy import Connection, insert

from dashboard.access import audit
from dashboard.access.permissions import Operator, require
from dashboard.core.clock import now
from dashboard.core.errors import DashboardError
from dashboard.core.models import InstallationNote
from dashboard.core.text import clean
from dashboard.core.words import moment
from dashboard.desk import installations
from dashboard.desk.rows import InstallationRow
from dashboard.install import invitations
from dashboard.slack import archive
from dashboard.slack.tenant import ACTIVE, DELETED, REVOKED, SUSPENDED, UNINSTALLED, Tenant

LONGEST_TEXT = 2_000  # characters
SUPPORT, MANAGE = "triage", "manage_installations"  # acts of access/permissions.py


@dataclass(frozen=True, slots=True)
class Act:
    """An act as it is offered: what it does at Slack, here and to the customer, which is said before it is done."""

    title: str  # of the button
    done: str  # said afterwards
    needs: str  # the permission
    possible: tuple[str, ...]  # in which status
    at_slack: str = ""
    here: str = ""
    customer: str = ""
    asks_why: bool = False

    @property
    def is_dangerous(self) -> bool:
        """Whether it is asked for on a page of its own, with a recent password or code."""
        return bool(self.at_slack)


ACTS = {
    "check": Act("Check now", "Checked at Slack.", SUPPORT, (ACTIVE,)),
    "link": Act("Make a one-time link", "", SUPPORT, (ACTIVE, REVOKED, UNINSTALLED)),
    "note": Act("Add the note", "Noted.", SUPPORT, (ACTIVE, REVOKED, UNINSTALLED, SUSPENDED, DELETED)),
    "suspend": Act(
        "Suspend",
        "Suspended. No Bolt app finds it until it is resumed.",
        MANAGE,
        (ACTIVE, REVOKED),
        at_slack="Nothing. The app stays installed, and its tokens stay good.",
        here="Its rows go to an archive. No Bolt app finds it, at once; what dashboard.bolt saves meanwhile goes "
        "there, too (slack_sdk's own class may write it back). Resuming puts everything back as it was.",
        customer="The app no longer answers there. Nobody is told why.",
        asks_why=True,
    ),
    "resume": Act("Resume", "Resumed, as it was.", MANAGE, (SUSPENDED,)),
    "revoke": Act(
        "Revoke its tokens",
        "Revoked. The app can do nothing there until somebody installs it again.",
        MANAGE,
        (ACTIVE,),
        at_slack="Every token of it is revoked. The app stays listed in the workspace and can do nothing there.",
        here="Its tokens are destroyed; what is known of it stays.",
        customer="The app no longer answers there. Installing it again brings it back.",
    ),
    "uninstall": Act(
        "Uninstall",
        "Uninstalled.",
        MANAGE,
        (ACTIVE,),
        at_slack="The app is taken out of the workspace, with its bot. Slack tells its members so.",
        here="Its rows and tokens are destroyed; what is known of it stays.",
        customer="The app is gone from the workspace. Installing it again brings it back.",
    ),
    "forget": Act(
        "Forget",
        "Forgotten. It can be restored for 30 days.",
        MANAGE,
        (ACTIVE, REVOKED, UNINSTALLED),
        at_slack="Nothing. The app stays installed there, and its tokens stay good: revoke or uninstall it first if it "
        "should not.",
        here="It is in no list and no Bolt app finds it. It can be restored for 30 days; then its rows and tokens are "
        "destroyed.",
        customer="The app no longer answers there. If they install it anew, it is here again.",
        asks_why=True,
    ),
    "restore": Act("Restore", "Restored, as it was.", MANAGE, (DELETED,)),
}


def offered(operator: Operator, installation: InstallationRow) -> dict[str, Act]:
    """What the operator may do about an installation as it is now."""
    return {
        name: act
        for name, act in ACTS.items()
        if installation.status in act.possible and operator.may(act.needs, installation.client_id)
    }


def allowed(db: Connection, operator: Operator, installation_id: int, name: str) -> InstallationRow:
    """The installation. Raises NotFoundError or NotAllowedError if the operator may not do that to it, DashboardError
    if it is in no status for that."""
    installation = installations.get(db, operator, installation_id)
    act = ACTS[name]
    require(operator, act.needs, installation.client_id, "installation", installation_id)
    if installation.status not in act.possible:
        raise DashboardError(
            f"It is {installation.status} now.", "Somebody was quicker: look at it again, nothing was done."
        )
    return installation


def note(db: Connection, operator: Operator, installation_id: int, text: str) -> None:
    """Write a note. Raises DashboardError if it is empty or too long, and whatever `allowed` does."""
    installation = allowed(db, operator, installation_id, "note")
    kept = checked_text("note", text)
    _write_note(db, operator, installation, kept)
    record(db, operator, installation, "note")


def checked_text(name: str, text: str) -> str:
    """The text of an act as it is kept. Raises DashboardError if it is too long, or empty where there is no act without
    it."""
    kept = _text(text)
    if name == "note" and not kept:
        raise DashboardError("The note is empty.", "Write what the next one should know.")
    return kept


def suspend(db: Connection, operator: Operator, installation_id: int, text: str) -> None:
    """Put it away until it is resumed; `text` says why. Raises what `allowed` does."""
    _put_away(db, operator, installation_id, "suspend", text)


def forget(db: Connection, operator: Operator, installation_id: int, text: str) -> None:
    """Put it away for 30 days, after which it is destroyed. Raises what `allowed` does."""
    _put_away(db, operator, installation_id, "forget", text)


def resume(db: Connection, operator: Operator, installation_id: int, _text: str) -> None:
    """Raises what `allowed` does."""
    _bring_back(db, operator, installation_id, "resume")


def restore(db: Connection, operator: Operator, installation_id: int, _text: str) -> None:
    """Raises what `allowed` does."""
    _bring_back(db, operator, installation_id, "restore")


def invite(db: Connection, operator: Operator, installation_id: int) -> str:
    """Make a one-time link for exactly this workspace or organization. Its code, which is told this once. Raises what
    `allowed` does."""
    installation = allowed(db, operator, installation_id, "link")
    at = now()
    customer = installation.team_id, installation.enterprise_id
    code = invitations.make(db, installation.client_id, customer, operator.email, at)
    record(db, operator, installation, "link", f"until {moment(at + invitations.LIVES)}")
    return code


_PUT_AWAY = {"suspend": SUSPENDED, "forget": DELETED}
HERE = {"note": note, "suspend": suspend, "resume": resume, "forget": forget, "restore": restore}


def _put_away(db: Connection, operator: Operator, installation_id: int, name: str, text: str) -> None:
    installation = allowed(db, operator, installation_id, name)
    why = _text(text)
    archive.put_away(db, _tenant(installation), _PUT_AWAY[name], now())
    record(db, operator, installation, name, why)


def _bring_back(db: Connection, operator: Operator, installation_id: int, name: str) -> None:
    installation = allowed(db, operator, installation_id, name)
    archive.bring_back(db, _tenant(installation))
    record(db, operator, installation, name)


def _tenant(installation: InstallationRow) -> Tenant:
    return Tenant(installation.client_id, installation.enterprise_id, installation.team_id)


def _text(text: str) -> str:
    kept = text.strip()
    if len(kept) > LONGEST_TEXT:
        raise DashboardError(
            f"The text has {len(kept):,} characters.",
            f"At most {LONGEST_TEXT:,} are kept: shorten it, nothing was saved.",
        )
    return "\n".join(clean(line, LONGEST_TEXT) or "" for line in kept.splitlines())


def _write_note(db: Connection, operator: Operator, installation: InstallationRow, text: str) -> None:
    whose = {"client_id": installation.client_id, "tenant": _tenant(installation).key}
    db.execute(insert(InstallationNote).values(**whose, text=text, who=operator.email, at=now()))


def record(
    db: Connection,
    operator: Operator,
    installation: InstallationRow,
    name: str,
    details: str | None = None,
    *,
    outcome: str = audit.OK,
) -> None:
    """Put an act into the audit."""
    audit.record(
        db,
        operator,
        f"installation.{name}",
        "installation",
        installation.id,
        client_id=installation.client_id,
        outcome=outcome,
        details=f"{installation.name}: {details}" if details else installation.name,
    )
