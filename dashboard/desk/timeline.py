"""Everything that happened to an installation, in one order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Select, literal_column, select, tuple_, union_all

from dashboard.access.permissions import Operator
from dashboard.core import compiled
from dashboard.core.db import fetch
from dashboard.core.models import ArchivedInstallation, AuditEntry, InstallationNote, SlackInstallation
from dashboard.core.reference import display
from dashboard.core.words import listed
from dashboard.desk.rows import AttemptRow, InstallationRow
from dashboard.slack import store
from dashboard.slack.tenant import Tenant

MOST = 50  # rows of slack_sdk's of one installation
MOST_INSTALLATIONS, MOST_OF_CUSTOMER = 20, 100
WORDS = {
    "installation.check": "Checked",
    "installation.link": "One-time link",
    "installation.suspend": "Suspended",
    "installation.resume": "Resumed",
    "installation.revoke": "Tokens revoked",
    "installation.uninstall": "Uninstalled",
    "installation.forget": "Forgotten",
    "installation.restore": "Restored",
}


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened at a time (ms): what, by whom (empty: nobody is known), how it ended, and in words."""

    at: int
    word: str
    who: str = ""
    outcome: str = "ok"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to a customer: with which app, where, and the page that says more."""

    happening: Happening
    client_id: str
    name: str
    address: str

    @property
    def at(self) -> int:
        return self.happening.at


@dataclass(frozen=True, slots=True)
class _Stored:
    user_id: str
    installed_at: datetime
    bot_scopes: str | None
    user_scopes: str | None


def of_installation(db: Connection, operator: Operator, installation: InstallationRow) -> list[Happening]:
    """The latest first: installations and what they changed in scopes, operators' acts and notes, that it was removed,
    and when a bot last asked. Who it was, notes and reasons are for those who may see them."""
    return sorted(_of_each(db, operator, [installation])[installation.id], key=lambda each: each.at, reverse=True)


def _of_each(
    db: Connection, operator: Operator, installations: Sequence[InstallationRow]
) -> dict[int, list[Happening]]:
    """The same of each of some installations, by id, in no order."""
    found: dict[int, list[Happening]] = {}
    for row in installations:
        found[row.id] = _installs(db, operator, Tenant(row.client_id, row.enterprise_id, row.team_id))
        if row.removed_at:
            found[row.id].append(Happening(row.removed_at, f"{row.status.capitalize()} there"))
        if row.last_seen_at:
            found[row.id].append(Happening(row.last_seen_at, "Last looked up by a Bolt app"))
    for id_, happening in (*_acts(db, operator, installations), *_notes(db, operator, installations)):
        found[id_].append(happening)
    return found


def of_customer(
    db: Connection, operator: Operator, installations: Sequence[InstallationRow], attempts: Sequence[AttemptRow]
) -> list[Entry]:
    """The latest first: everything of some installations, and some attempts, all of which the operator may see."""
    shown = installations[:MOST_INSTALLATIONS]
    happened = _of_each(db, operator, shown)
    entries = [
        Entry(happening, row.client_id, row.name, f"/ops/installations/{row.id}")
        for row in shown
        for happening in happened[row.id]
    ]
    for row in attempts:
        happening = Happening(row.seen_at, "Attempt", outcome=row.outcome or "running", text=row.code or "")
        reference = display(row.reference)
        entries.append(Entry(happening, row.client_id, reference, f"/ops/attempts/{reference}"))
    return sorted(entries, key=lambda each: each.at, reverse=True)[:MOST_OF_CUSTOMER]


def _installs(db: Connection, operator: Operator, tenant: Tenant) -> list[Happening]:
    known = {name: id_ for name, id_ in tenant._asdict().items() if id_}
    rows = (_Stored(*row) for row in compiled.rows(db, _latest(tuple(known)), known))
    stored = sorted(rows, key=lambda each: each.installed_at)
    sees_people = operator.may("see_people", tenant.client_id)
    happenings = []
    before: _Stored | None = None
    for each in stored:
        word = "Installed again" if before else "Installed"
        text = _changed(before, each) if before else ""
        who = each.user_id if sees_people else ""
        happenings.append(Happening(_milliseconds(each.installed_at), word, who, text=text))
        before = each
    return happenings


@cache
def _latest(known: tuple[str, ...]) -> CompoundSelect[Any]:
    """The latest that slack_sdk has stored of a tenant, and what is kept of it elsewhere: by those ids that it has. A
    page asks for it of twenty tenants."""
    return union_all(*(_latest_of(table, known) for table in (SlackInstallation, ArchivedInstallation)))


def _latest_of(
    table: type[SlackInstallation | ArchivedInstallation], known: tuple[str, ...]
) -> Select[*tuple[Any, ...]]:
    most: ColumnElement[int] = literal_column(str(MOST))
    rows = select(*(getattr(table, name) for name in _Stored.__dataclass_fields__))
    newest_first = rows.where(store.rows_of_known(table, known)).order_by(table.installed_at.desc())
    return select(newest_first.limit(most).subquery())


def _changed(before: _Stored, after: _Stored) -> str:
    """What the scopes were that came and went."""
    then, now = _scopes(before), _scopes(after)
    parts = [
        f"{word} {listed(sorted(scopes))}"
        for word, scopes in (("added", now - then), ("left out", then - now))
        if scopes
    ]
    return "; ".join(parts)


def _scopes(stored: _Stored) -> set[str]:
    return {scope for scope in f"{stored.bot_scopes or ''},{stored.user_scopes or ''}".split(",") if scope}


def _acts(
    db: Connection, operator: Operator, installations: Sequence[InstallationRow]
) -> Iterator[tuple[int, Happening]]:
    """What operators did to installations, each with the installation's id."""
    by_id = {str(row.id): row for row in installations}
    of_them = (
        AuditEntry.client_id.in_({row.client_id for row in installations}),
        AuditEntry.object_type == "installation",
        AuditEntry.object_id.in_(by_id),
        AuditEntry.verb.in_(WORDS),
    )
    latest = select(AuditEntry).where(*of_them).order_by(AuditEntry.id.desc()).limit(MOST_OF_CUSTOMER)
    for each in fetch(db, latest, AuditEntry):
        installation = by_id[each.object_id or ""]
        said = (each.who, _details(each, installation)) if operator.may("triage", installation.client_id) else ("", "")
        yield installation.id, Happening(each.at, WORDS[each.verb], said[0], each.outcome, said[1])


def _details(entry: AuditEntry, installation: InstallationRow) -> str:
    """What the audit says, without the name that stands before it there."""
    details = entry.details or ""
    return "" if details == installation.name else details.removeprefix(f"{installation.name}: ")


def _notes(
    db: Connection, operator: Operator, installations: Sequence[InstallationRow]
) -> Iterator[tuple[int, Happening]]:
    """What operators wrote about installations, each with the installation's id."""
    ids = {
        (row.client_id, Tenant(row.client_id, row.enterprise_id, row.team_id).key): row.id
        for row in installations
        if operator.may("triage", row.client_id)
    }
    theirs = tuple_(InstallationNote.client_id, InstallationNote.tenant).in_(ids)
    latest = select(InstallationNote).where(theirs).order_by(InstallationNote.id.desc()).limit(MOST_OF_CUSTOMER)
    for each in fetch(db, latest, InstallationNote):
        yield ids[each.client_id, each.tenant], Happening(each.at, "Note", each.who, text=each.text)


def _milliseconds(at: datetime) -> int:
    return round(at.replace(tzinfo=UTC).timestamp() * 1000)
