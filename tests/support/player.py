"""Plays the circumstances of a case through the flow: every attempt is begun, allowed or refused by the simulated
Slack, and comes back. Then the times are put back to where the case has them.

What the flow has left must be what the case says. Only this is taken from the case as it is: times; what another
release, process, key or database would have left (`AS_IF`); and what is said to be missing, as it is in old attempts.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from sqlalchemy import delete, select, update

from dashboard.apps import registry
from dashboard.core.clock import HOUR, now
from dashboard.core.config import Settings
from dashboard.core.models import App, Attempt
from dashboard.desk import attempt_verdict
from dashboard.desk.verdict import Verdict
from dashboard.install.state import State, StateSigner
from dashboard.simulator import Place, SimulatedApp
from tests.support import demands, wait
from tests.support.circumstances import AT, SECRET, Case, Row, alike, as_left_by, member_of
from tests.support.stage import SECRET_KEY, Stage
from tests.support.visitor import Visitor, changed, query_of

DRAWN = ("slack_request_id",)  # at random
AS_IF = ("release", "process_started_at", "key_id", "database_error", "database_columns", "error_class", "state_limit")
PEOPLE = ("browser_digest", "return_browser_digest", "ip_hash", "return_ip_hash", "repeat_ip_hash", "user_agent")
TIMES = tuple(column.name for column in Attempt.__table__.columns if column.name.endswith("_at"))
TODAY = {"scopes": "chat:write", "user_scopes": "", "redirect_uri": ""}  # what the app asks for, and its own address
_SIGNER = StateSigner((SECRET_KEY,))


def played(stage: Stage, number: int, code: str, case: Case) -> Verdict:
    """Play a case for a code with an app of its own, and ask for the verdict."""
    player = Player(stage, number)
    for place in case.places:
        player.place(place)
    asked_about = {**as_left_by(code), **case.this}
    rows = [(asked_about, 1), *((alike(row, code), 1) for row in case.others), *((row, 2) for row in case.elsewhere)]
    made = [(player.attempt(row, app_id), row) for row, app_id in sorted(rows, key=lambda pair: _at(pair[0]))]
    player.settings_of_today(case.app)
    return player.verdict(next(attempt_id for attempt_id, row in made if row is asked_about), case.read)


def register(stage: Stage, numbers: range) -> None:
    """The apps of so many cases, all at once: the service has to look for them only once."""
    settings = Settings.from_env(stage.environment)
    with stage.database.begin() as db:
        for number in numbers:
            for slug, app_id in ((f"app{number}", 1), (f"other{number}", 2)):
                facts = {"name": "Acme", "client_id": f"{number}.{app_id}", "client_secret": SECRET}
                registry.add(db, settings, slug, {**facts, "scopes": "chat:write"})
    last = f"/apps/other{numbers[-1]}/install"
    wait.until(lambda: Visitor(stage).client.get(last).status_code == 200, 30)


def unregister(stage: Stage, numbers: range) -> None:
    with stage.database.begin() as db:
        for number in numbers:
            for slug in (f"app{number}", f"other{number}"):
                db.execute(delete(App).where(App.slug == slug))


def _at(row: Row) -> int:
    return int(row.get("last_returned_at") or row["seen_at"])


def _state(text: str) -> State:
    state = _SIGNER.read(text)
    assert state
    return state


class Player:
    """The two apps of a case, the people who install them, and what they do."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.number = number
        self._people: dict[str, Visitor] = {}
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._counted = count(1)
        self._asked = TODAY
        for app_id in (1, 2):
            redirect_uris = (
                f"{stage.url}/apps/{self._slug(app_id)}/oauth_redirect",
                "http://intranet.example/callback",
            )
            stage.slack.simulator.apps[self._client_id(app_id)] = SimulatedApp(
                self._client_id(app_id), SECRET, redirect_uris, app_id=f"A{number}{app_id}"
            )

    # What a case has

    def place(self, columns: Row) -> None:
        """An installation whose attempt retention has removed."""
        app_id = 2 if "elsewhere" in columns else 1
        team_id, enterprise_id = columns.get("team_id"), columns.get("enterprise_id")
        self._names[team_id or enterprise_id] = columns.get("team_name") or columns.get("enterprise_name") or "x"
        app = self.stage.slack.simulator.apps[self._client_id(app_id)]
        app.app_id, kept = columns.get("app_id", app.app_id), app.app_id
        visitor = Visitor(self.stage)
        at_slack = visitor.start(f"/apps/{self._slug(app_id)}/start")
        page = visitor.get(visitor.allow(at_slack, self._at_place(columns)))
        assert page.status == 200, page.text
        app.app_id = kept
        state = _state(query_of(at_slack)["state"])
        self._wait(state.attempt_id, "succeeded")
        self.stage.database.execute("DELETE FROM dashboard_attempts WHERE id = :id", id=state.attempt_id)

    def attempt(self, row: Row, app_id: int = 1) -> str:
        """The id of an attempt that was made as the row says, at the row's times."""
        self._configure(row, app_id)
        if row.get("code") in ("no_state", "invalid_browser", "state_unknown", "invalid_state"):
            attempt_id = self._made_up(row, app_id)
        else:
            attempt_id = self._begun(row, app_id)
        self._put_back(attempt_id, row)
        return attempt_id

    def settings_of_today(self, columns: Row | None) -> None:
        """The app's settings as they are when the verdict is asked for; None: it is no longer registered."""
        slug = self._slug(1)
        with self.stage.database.begin() as db:
            if columns is None:
                registry.remove(db, slug)
                return
            given = {name: value for name, value in columns.items() if name in registry.SECRETS}
            registry.edit(db, self._settings(), slug, {**TODAY, "redirect_uri": None, **given})
            changed_at = AT + columns.get("client_secret_changed_at", -365 * 24 * HOUR)
            db.execute(update(App).where(App.slug == slug).values(client_secret_changed_at=changed_at))

    def verdict(self, attempt_id: str, read: frozenset[str]) -> Verdict:
        with self.stage.database.begin() as db:
            attempt = db.execute(select(Attempt).where(Attempt.id == attempt_id)).one()
            member = member_of(self.number)
            return attempt_verdict.of_attempt(db, member, self._settings(), attempt, now=now(), read=read)

    # The flow

    def _begun(self, row: Row, app_id: int) -> str:
        visitor = self._visitor(row.get("browser_digest"))
        headers = self._headers(row.get("browser"), row.get("ip_hash"))
        query = {"team": row["team"]} if row.get("team") else None
        answer = visitor.client.get(f"/apps/{self._slug(app_id)}/start", headers=headers, params=query)
        assert answer.status_code == 302, answer.text
        at_slack = answer.headers["Location"]
        state = _state(query_of(at_slack)["state"])
        self._wait(state.attempt_id, None)
        if row["outcome"] is None:
            return state.attempt_id
        back = self._back(visitor, at_slack, row, app_id)
        with self._trouble(row.get("code")):
            reference = self._return(visitor, back, row)
        if not row.get("verified", True):
            return self._id_of(reference)
        if row.get("code") == "interrupted":
            self._interrupt(state.attempt_id)
        self._wait(state.attempt_id, row["outcome"], row["returns"], bool(row.get("repeat_cookie")))
        return state.attempt_id

    def _back(self, visitor: Visitor, at_slack: str, row: Row, app_id: int) -> str:
        """What Slack sends the browser back to."""
        code = row.get("code")
        if code == "access_denied":
            back = visitor.cancel(at_slack)
        else:
            back = visitor.allow(at_slack, self._at_place(row), demands.demand(row))
        callback = f"{self.stage.url}/apps/{self._slug(app_id)}/oauth_redirect"
        back = f"{callback}?{back.partition('?')[2]}"  # also where it has another one: a proxy brings it here
        if code == "missing_code":
            return changed(back, code=None)
        if code == "state_expired":
            state = _state(query_of(back)["state"])
            return changed(back, state=_SIGNER.sign(replace(state, issued_at=state.issued_at - HOUR)))
        return back

    def _return(self, visitor: Visitor, back: str, row: Row) -> str:
        """Come back as often as the row says, and as whom. Gives the last return's reference."""
        headers = self._headers(row.get("return_browser"), row.get("return_ip_hash"))
        if row.get("return_referrer_host"):
            headers["Referer"] = f"https://{row['return_referrer_host']}/x"
        visitor = self._returning(visitor, row)
        before = row["returns"] - 1 if row.get("spent_at") and (row["returned_at"] or 0) < row["spent_at"] - 1000 else 0
        for _ in range(before):  # what comes without the cookie spends nothing
            Visitor(self.stage).get(back)
        page = visitor.get(back, **headers)
        if row.get("repeat_cookie"):
            repeating = self._returning(visitor, {"cookie": row["repeat_cookie"]})
            repeating.get(back, **self._headers(row.get("return_browser"), row.get("repeat_ip_hash")))
            return page.reference
        for _ in range(row["returns"] - 1 - before):
            visitor.get(back, **headers)
        return page.reference

    def _returning(self, visitor: Visitor, row: Row) -> Visitor:
        code = row.get("code")
        if row.get("cookie") == "other" or code == "cookie_mismatch":
            other = Visitor(self.stage)
            other.start()  # of another app
            return other
        if row.get("cookie") == "missing" or code == "no_cookie" or row.get("verified") is False:
            return Visitor(self.stage)
        return visitor

    def _made_up(self, row: Row, app_id: int) -> str:
        """A return that belongs to no start of this service."""
        headers = self._headers(row.get("return_browser"), None)
        if row.get("return_referrer_host"):
            headers["Referer"] = f"https://{row['return_referrer_host']}/x"
        query = {"code": "x"}
        if row.get("code") in ("state_unknown", "invalid_state"):
            query["state"] = demands.state(row)
        label = row.get("return_browser_digest")
        visitor = self._people.get(label) or Visitor(self.stage)
        answer = visitor.client.get(f"/apps/{self._slug(app_id)}/oauth_redirect", params=query, headers=headers)
        return self._id_of(answer.headers["X-Install-Reference"])

    @contextlib.contextmanager
    def _trouble(self, code: str | None) -> Iterator[None]:
        """A database that takes no installations, where that is what went wrong."""
        if code != "storage_error":
            yield
            return
        self.stage.database.execute("ALTER TABLE slack_installations RENAME TO elsewhere")
        try:
            yield
        finally:
            self.stage.database.execute("ALTER TABLE elsewhere RENAME TO slack_installations")

    def _interrupt(self, attempt_id: str) -> None:
        """As a process leaves it that ends in the middle; the service closes it."""
        self.stage.database.execute(
            "UPDATE dashboard_attempts SET closed_at = NULL, outcome = NULL, code = NULL, reason = NULL, detail = NULL,"
            " spent_at = spent_at - 3600000 WHERE id = :id",
            id=attempt_id,
        )

    # Whose browser, from where

    def _visitor(self, label: str | None) -> Visitor:
        if label is None or label.startswith("browser-"):
            return Visitor(self.stage)
        return self._people.setdefault(label, Visitor(self.stage))

    def _headers(self, browser: str | None, address: str | None) -> dict[str, str]:
        label = address or f"somewhere {next(self._counted)}"
        number = len(self._addresses) + 1
        return {
            "User-Agent": demands.AGENTS.get(browser or "", "Mozilla/5.0"),
            "X-Forwarded-For": self._addresses.setdefault(label, f"198.51.{number // 250}.{number % 250 + 1}"),
        }

    def _at_place(self, columns: Row) -> str:
        """Where at Slack: the place that is named, else one where nobody else is."""
        team_id, enterprise_id = columns.get("team_id"), columns.get("enterprise_id")
        if not team_id and not enterprise_id:
            team_id = f"T0NEW{self.number}N{next(self._counted)}"
        name = self._names.get(team_id or enterprise_id or "", f"Workspace {team_id}")
        place = Place(name, team_id, enterprise_id, columns.get("enterprise_name") or enterprise_id)
        self.stage.slack.simulator.places[place.id] = place
        return place.id

    # The app

    def _slug(self, app_id: int) -> str:
        return f"app{self.number}" if app_id == 1 else f"other{self.number}"

    def _client_id(self, app_id: int) -> str:
        return f"{self.number}.{app_id}"

    def _settings(self) -> Settings:
        return Settings.from_env(self.stage.environment)

    def _configure(self, row: Row, app_id: int) -> None:
        """Let the app ask for what the row asks for, and wait until the service has seen it."""
        asked = {name: row.get(name, default) or "" for name, default in TODAY.items()}
        if app_id != 1 or asked == self._asked:
            return
        self._asked = asked
        name = f"Acme {next(self._counted)}"
        columns = {**asked, "redirect_uri": asked["redirect_uri"] or None, "name": name}
        with self.stage.database.begin() as db:
            registry.edit(db, self._settings(), self._slug(1), columns)
        visitor = Visitor(self.stage)
        wait.until(lambda: name in visitor.get(f"/apps/{self._slug(1)}/install").text)

    # What is stored

    def _id_of(self, reference: str | None) -> str:
        assert reference
        stored = reference.replace("-", "")
        find = "SELECT id FROM dashboard_attempts WHERE reference = :r"
        return str(wait.until(lambda: self.stage.database.rows(find, r=stored))[0]["id"])

    def _wait(self, attempt_id: str, outcome: str | None, returns: int = 0, repeated: bool = False) -> None:
        """Until what is written behind the answer is."""
        is_ours = "outcome = :outcome" if outcome else "user_agent IS NOT NULL"
        come = "AND repeat_cookie IS NOT NULL" if repeated else ""
        find = f"SELECT 1 FROM dashboard_attempts WHERE id = :id AND {is_ours} AND returns >= :returns {come}"
        wait.until(lambda: self.stage.database.rows(find, id=attempt_id, outcome=outcome, returns=returns))

    def _put_back(self, attempt_id: str, row: Row) -> None:
        """Hold what the flow left against the row; then give it the row's times, and what cannot be played."""
        made = self.stage.database.row("SELECT * FROM dashboard_attempts WHERE id = :id", id=attempt_id)
        said = {
            name: row[name] for name in row if name not in (*TIMES, *PEOPLE, *AS_IF, *DRAWN) and row[name] is not None
        }
        other = {name: (made[name], said[name]) for name in said if made[name] != said[name]}
        assert not other, f"The flow leaves something else: {other}"
        back = row["seen_at"] - made["seen_at"]
        columns = {name: made[name] + back for name in TIMES if made[name] is not None}
        columns |= {name: row[name] for name in TIMES if made[name] is not None and row.get(name) is not None}
        columns |= {name: row[name] for name in AS_IF if row.get(name) is not None}
        columns |= {name: None for name, value in row.items() if value is None and name not in PEOPLE}
        with self.stage.database.begin() as db:
            db.execute(update(Attempt).where(Attempt.id == attempt_id).values(columns))
