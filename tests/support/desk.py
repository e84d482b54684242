"""The cast of the desk: two apps, and one operator for each role at the first. Charlie is the stranger."""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import pyotp
from slack_sdk.oauth.installation_store import Installation
from sqlalchemy import insert

from dashboard.access import operators, passwords, permissions
from dashboard.apps import registry
from dashboard.bolt import InstallationStore
from dashboard.core import reference
from dashboard.core.clock import now
from dashboard.core.config import Settings
from dashboard.core.crypto import app_key
from dashboard.core.models import Attempt, AuditEntry
from dashboard.install.state import new_attempt_id
from tests.support import wait
from tests.support.stage import SECRET_KEY, Stage
from tests.support.visitor import Page, Visitor, query_of

PASSWORD = "four words make sense"
ACME, OTHER = ("acme", "Acme Bot", "333.111"), ("other", "Other Bot", "444.111")
_SECRET = re.compile(r'class="secret">([A-Z2-7]{32})<')
ROLES = ("stranger", "viewer", "support", "operator", "admin", "owner")


@dataclass(frozen=True)
class Cast:
    """The ids of what was made."""

    acme: int
    other: int
    operators: dict[str, int]


def email(role: str) -> str:
    return f"{role}@example.com"


def people(stage: Stage) -> Cast:
    """Register two apps, and let one operator of each role in, by the verbs of the command line."""
    settings = Settings.from_env({"SECRET_KEY": SECRET_KEY, "DATABASE_URL": stage.database.url})
    with stage.database.begin() as db:
        for slug, name, client_id in (ACME, OTHER):
            facts = {"name": name, "client_id": client_id, "client_secret": "secret", "scopes": "chat:write"}
            registry.add(db, settings, slug, facts)
    apps = {row["slug"]: row["id"] for row in stage.database.rows("SELECT slug, id FROM dashboard_apps")}
    cast = Cast(apps["acme"], apps["other"], {})
    for role in ROLES:
        cast.operators[role] = operator(stage, email(role), owner=role == "owner")
        if role == "stranger":
            grant(stage, cast.operators[role], cast.other, "admin")
        elif role != "owner":
            grant(stage, cast.operators[role], cast.acme, role)
    visitor = Visitor(stage)
    for slug, _, _ in (ACME, OTHER):  # until the service has noticed them
        wait.until(lambda slug=slug: visitor.client.get(f"/apps/{slug}/install").status_code == 200)
    return cast


@functools.cache
def hashed(password: str) -> str:
    """Hashing is slow on purpose; the same password need not be hashed for each operator."""
    return passwords.hashed(password)


def operator(stage: Stage, address: str, *, owner: bool = False, password: str = PASSWORD) -> int:
    """One more operator, with a password."""
    with stage.database.begin() as db:
        made = operators.add(db, permissions.command_line(), address, owner=owner)
        operators.set_password(db, made, hashed(password))
    return made


def failed(stage: Stage) -> tuple[int, str]:
    """The id of a group of failures at Acme Bot, where Slack sent somebody back, and the reference of its attempt."""
    visitor = Visitor(stage)
    wait.until(lambda: visitor.client.get("/apps/acme/install").status_code == 200)
    started = visitor.start("/apps/acme/start")
    page = visitor.get(f"/apps/acme/oauth_redirect?error=invalid_scope&state={query_of(started)['state']}")
    find = "SELECT id FROM dashboard_failure_groups WHERE client_id = '333.111'"
    wait.until(lambda: stage.database.rows(find) != [], seconds=15)
    assert page.reference
    return int(stage.database.rows(find)[0]["id"]), page.reference


def attempt(stage: Stage, **columns: Any) -> str:
    """The reference of an attempt of Acme Bot that succeeded a moment ago, unless other columns are given."""
    return attempts(stage, columns)[0]


MADE = (
    *("id", "reference", "client_id", "verified", "release", "step", "outcome"),
    *("seen_at", "started_at", "returned_at", "last_returned_at", "spent_at", "closed_at"),
)


def attempts(stage: Stage, *rows: dict[str, Any]) -> list[str]:
    """The references of many, written at once."""
    at = now()
    names = dict.fromkeys(name for row in rows for name in row)  # each row has the columns of the first, to SQLAlchemy
    empty = {name: None for name in names if name not in MADE}
    made = [
        {
            "id": new_attempt_id(at),
            "reference": reference.new(),
            "client_id": ACME[2],
            "verified": True,
            "release": "test",
            "step": "stored",
            "outcome": "succeeded",
            "seen_at": at,
            "started_at": at,
            "returned_at": at,
            "last_returned_at": at,
            "spent_at": at,
            "closed_at": at,
            **empty,
            **columns,
        }
        for columns in rows
    ]
    with stage.database.begin() as db:
        db.execute(insert(Attempt), made)
    return [reference.display(row["reference"]) for row in made]


def audited(stage: Stage, *entries: dict[str, Any]) -> None:
    """Rows of the audit, as somebody's acts leave them."""
    given = {"at": 1, "who": "x", "outcome": "ok", "client_id": None}
    with stage.database.begin() as db:
        db.execute(insert(AuditEntry), [{**given, **entry} for entry in entries])


def bolt(stage: Stage, client_id: str) -> InstallationStore:
    """The store of an app's Bolt process."""
    key = app_key(SECRET_KEY, client_id)
    return InstallationStore(database_url=stage.database.url, client_id=client_id, token_key=key)


def installation(team_id: str, **more: Any) -> Installation:
    facts = {"app_id": "A0DESK", "team_id": team_id, "team_name": "株式会社サンプル", "user_id": "U0ANA", **more}
    return Installation(**{"bot_token": "xoxb-of-the-desk-1234", "bot_id": "B1", "bot_scopes": "chat:write", **facts})


def installed(stage: Stage, team_id: str = "T0DESK001", client_id: str = ACME[2], **more: Any) -> int:
    """The id of an installation, stored as a Bolt app stores it."""
    store = bolt(stage, client_id)
    store.save(installation(team_id, **more))
    store.close()
    find = "SELECT id FROM dashboard_installations WHERE client_id = :client_id AND team_id = :team_id"
    return int(stage.database.row(find, client_id=client_id, team_id=team_id)["id"])


def install_all(stage: Stage, client_id: str, installations: Iterable[Installation]) -> None:
    """Store many of one app."""
    store = bolt(stage, client_id)
    for one in installations:
        store.save(one)
    store.close()


def grant(stage: Stage, operator_id: int, app_id: int, role: str) -> None:
    with stage.database.begin() as db:
        operators.set_role(db, permissions.command_line(), operator_id, app_id, role)


def one_time_link(stage: Stage, *arguments: str) -> str:
    """The path of the link that a command of `dashboard operator` prints."""
    done = stage.run("operator", *arguments)
    assert done.returncode == 0, done.stderr
    return re.findall(r"/ops/setup/[\w-]{43}", done.stdout)[0]


def forget_failures(stage: Stage) -> None:
    """Let everybody try again at once who failed to sign in."""
    stage.database.execute("DELETE FROM dashboard_throttles")


class Desk(Visitor):
    """An operator's browser, without a screen."""

    def __init__(self, stage: Stage, role: str | None = None, **headers: str) -> None:
        super().__init__(stage, **headers)
        self.code_used = ""  # the one that turned one-time codes on
        if role:
            assert self.sign_in(email(role)).status_code == 303

    def sign_in(self, address: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        return self.post("/ops/login", email=address, password=password, **more)

    def post(self, path: str, headers: dict[str, str] | None = None, **form: Any) -> httpx.Response:
        return self.client.post(path, data=form, headers=headers)

    def follow(self, response: httpx.Response) -> Page:
        assert response.status_code == 303, response.text
        return self.get(response.headers["Location"])

    def session(self) -> str | None:
        return self.client.cookies.get("dashboard-session")

    def turn_codes_on(self) -> tuple[pyotp.TOTP, list[str]]:
        """Turn one-time codes on: what makes them, and the recovery codes."""
        assert self.post("/ops/me/codes/offer").status_code == 303
        totp = pyotp.TOTP(_SECRET.search(self.get("/ops/me").html)[1])
        assert self.post("/ops/me/codes/on", code="000000").status_code in (422, 200)
        self.code_used = totp.now()
        page = self.post("/ops/me/codes/on", code=self.code_used)
        assert page.status_code == 200, page.text
        return totp, re.findall(r"<li>([0-9A-Z-]{19})</li>", page.text)
