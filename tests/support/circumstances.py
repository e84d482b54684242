"""Circumstances of a failure, as rows of the database: an attempt, others around it, the app, where it is installed.

Times are given in ms after the return of the attempt that is asked about; before it they are negative.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import insert

from dashboard.access.permissions import AppAccess, Operator
from dashboard.apps import registry
from dashboard.core import reference
from dashboard.core.clock import DAY, MINUTE, now
from dashboard.core.config import Settings
from dashboard.core.engines import writing
from dashboard.core.models import Attempt, Installation
from dashboard.desk import attempt_verdict
from dashboard.desk.verdict import Verdict
from dashboard.install import attempts
from dashboard.install.state import new_attempt_id
from tests.support.databases import TestDatabase
from tests.support.stage import SECRET_KEY

PUBLIC_URL = "https://apps.example.com"
DEAD_TOKENS = ("account_inactive", "token_revoked", "token_expired", "invalid_auth")
SECRET = "0123456789abcdef0123456789abcdef"
AT = now() - 2 * DAY  # when the attempt that is asked about came back
_NUMBERS = count(1)

Row = dict[str, Any]


def stored(at: int, **columns: Any) -> Row:
    """An attempt that succeeded."""
    granted = {"exchanged_at": AT + at, "token_verified_at": AT + at}
    return _asked(at, outcome="succeeded", step="stored", **granted, **columns)


def failed(at: int, code: str, **columns: Any) -> Row:
    """An attempt that failed after its state was spent: its exchange was refused, or, if there is a token, that."""
    return _asked(at, **{"outcome": "failed", "code": code, **_granted(at, code), **columns})


def _granted(at: int, code: str) -> Row:
    """How far it came."""
    if code in DEAD_TOKENS:
        return {"step": "exchanged", "exchanged_at": AT + at}
    if code == "storage_error":
        return {"step": "token_verified", "exchanged_at": AT + at, "token_verified_at": AT + at}
    return {"step": "verified"}


def came_back(at: int, code: str, **columns: Any) -> Row:
    """An attempt that failed, or was cancelled, before Slack was asked."""
    given = {"outcome": attempts.outcome_of(code), "step": "returned", "code": code, **columns}
    return {**_times(at), "returned_at": AT + at, "last_returned_at": AT + at, "returns": 1, **given}


def began(at: int, **columns: Any) -> Row:
    """An attempt nobody has come back from."""
    return {**_times(at), "seen_at": AT + at, "started_at": AT + at, "step": "started", "outcome": None, **columns}


def _asked(at: int, **columns: Any) -> Row:
    spent = {"spent_at": AT + at, "closed_at": AT + at}
    return {**came_back(at, ""), "code": None, **spent, **columns}


def _times(at: int) -> Row:
    return {"seen_at": AT + at - MINUTE, "started_at": AT + at - MINUTE}


@dataclass(frozen=True)
class Case:
    """One cause in circumstances that make it likely, unlikely or unknown, and words that its sentence must have."""

    cause: str
    likelihood: str
    says: str
    this: Row = field(default_factory=dict)
    others: tuple[Row, ...] = ()
    elsewhere: tuple[Row, ...] = ()  # attempts of another app
    places: tuple[Row, ...] = ()  # installations
    app: Row | None = field(default_factory=dict)  # None: it is not registered
    codes: tuple[str, ...] = ()  # for which these circumstances can be; empty: all that have the cause
    read: frozenset[str] = frozenset()


def verdict_of(database: TestDatabase, code: str, case: Case) -> Verdict:
    """Write the circumstances into the database, for an app of their own, and ask for the verdict."""
    number = next(_NUMBERS)
    client_id = f"{number}.1"
    settings = Settings.from_env(
        {"SECRET_KEY": SECRET_KEY, "DATABASE_URL": database.url, "PUBLIC_URL": PUBLIC_URL, "PORT": "1"}
    )
    with writing(database.engine).begin() as db:  # one engine for all cases: it keeps the statements it has compiled
        if case.app is not None:
            facts = {"name": "Acme", "client_id": client_id, "client_secret": SECRET, "scopes": "chat:write"}
            columns = {name: value for name, value in case.app.items() if name == "client_secret_changed_at"}
            registry.add(
                db, settings, f"app{number}", {**facts, **{k: v for k, v in case.app.items() if k not in columns}}
            )
            _put_back(db, client_id, columns)
        this = _row(client_id, {**as_left_by(code), **case.this})
        rows = [this, *(_row(client_id, alike(row, code)) for row in case.others)]
        rows += [_row(f"{number}.2", row) for row in case.elsewhere]
        names = dict.fromkeys(name for row in rows for name in row)
        db.execute(insert(Attempt), [{name: row.get(name) for name in names} for row in rows])
        for place in case.places:
            db.execute(insert(Installation).values(**_place(number, place)))
        attempt = attempts.get(db, this["id"])
        return attempt_verdict.of_attempt(db, member_of(number), settings, attempt, now=now(), read=case.read)


def member_of(number: int) -> Operator:
    """Somebody who sees the two apps of these circumstances, and no other's."""
    apps = (AppAccess(id_, f"app{number}", "Acme", f"{number}.{id_}", "support") for id_ in (1, 2))
    return Operator(id=1, email="support@example.com", owner=False, apps=tuple(apps))


def alike(row: Row, code: str) -> Row:
    """An attempt whose code is left open has the one that is asked about."""
    return {**row, "code": code} if row.get("code") == "" else row


def _put_back(db: Any, client_id: str, columns: Row) -> None:
    """The app was registered long ago, unless the circumstances say when its secret was changed."""
    changed_at = AT + columns.get("client_secret_changed_at", -365 * DAY)
    db.exec_driver_sql(
        f"UPDATE dashboard_apps SET client_secret_changed_at = {int(changed_at)} WHERE client_id = '{client_id}'"
    )


def as_left_by(code: str) -> Row:
    """An attempt as the code leaves it."""
    if code == "abandoned":
        return began(0)
    if code == "running":
        return {**began(0), "seen_at": now() - MINUTE, "started_at": now() - MINUTE}
    if code == "succeeded":
        return stored(0)
    from_page = code in ("access_denied", "access_denied_unexplained", "no_state", "no_cookie", "cookie_mismatch")
    if from_page or code.startswith("state_") or code in ("missing_code", "invalid_browser", "invalid_state"):
        return came_back(0, code)
    return failed(0, code)


def _row(client_id: str, columns: Row) -> Row:
    made = {
        "id": new_attempt_id(now()),
        "reference": reference.new(),
        "client_id": client_id,
        "verified": True,
        "release": "1.0",
        "scopes": "chat:write",
        "redirect_uri": f"{PUBLIC_URL}/apps/app{client_id.partition('.')[0]}/oauth_redirect",
        "returns": 0,
        "browser_digest": f"browser-{next(_NUMBERS)}",
    }
    return {**made, **columns}


def _place(number: int, columns: Row) -> Row:
    """An installation of the app, or, if it is `elsewhere`, of the other one."""
    given = {name: value for name, value in columns.items() if name != "elsewhere"}
    made = {
        "client_id": f"{number}.{2 if 'elsewhere' in columns else 1}",
        "app_id": f"A{number}",
        "tenant": f"{columns.get('enterprise_id') or ''}/{columns.get('team_id') or ''}",
        "is_enterprise_install": False,
        "status": "active",
        "to_check": False,
        "installer_id": "U0ANA",
        "first_installed_at": AT - 30 * DAY,
        "installed_at": AT - 30 * DAY,
    }
    return {**made, **given}
