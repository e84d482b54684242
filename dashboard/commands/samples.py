"""Sample attempts and installations for the demo: thirty days of them, by the writers that the flow uses, with times
set back. Every code of the catalogue is there, an incident, abandoned starts, and failures that were solved later."""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, update

from dashboard.apps.app import App
from dashboard.core import reference
from dashboard.core.clock import DAY, HOUR, MINUTE, WEEK, now
from dashboard.core.models import Attempt
from dashboard.desk.codes import NEVER_STORED
from dashboard.install import attempt_columns, attempts, catalogue
from dashboard.install.attempt_columns import AttemptColumns
from dashboard.install.state import State, new_attempt_id
from dashboard.slack import store
from dashboard.slack.api import Installation

DAYS = 30
ORDINARY = 420  # attempts, beside one for each code and the incident
INCIDENT = 7  # browsers, in the last hours

_PLACES = ("Nordwind Reederei", "Süd & Söhne", "Globex", "Initech", "株式会社サンプル", "Café Olé", "Umbrella", "Hooli")
_BROWSERS = (("Chrome", "Windows"), ("Chrome", "macOS"), ("Safari", "iOS"), ("Firefox", "Linux"), ("Edge", "Windows"))
_UNVERIFIED = ("no_state", "state_unknown", "invalid_browser", "invalid_state")
_ON_RETURN = ("no_cookie", "cookie_mismatch", "state_expired", "missing_code", "database_unavailable")
_OF_TOKEN = ("account_inactive", "token_revoked", "token_expired", "invalid_auth")
_COMMON = ("no_cookie", "state_expired", "access_denied_unexplained", "invalid_code", "no_permission", "timeout")


@dataclass(frozen=True)
class Pasted:
    """What three customers sent, to be pasted into the look-up."""

    mail: str
    sentence: str
    memory: str


class Samples:
    """Writes them for one app. The same every time but for references, keys and the day."""

    def __init__(self, db: Connection, app: App, release: str) -> None:
        self._db = db
        self._app = app
        self._release = release
        self._chance = random.Random(7)
        self._now = now()

    def write(self) -> Pasted:
        for at in self._times():
            self._ordinary(at)
        codes = [code for code in catalogue.ENTRIES if code not in NEVER_STORED]
        for number, code in enumerate(codes):
            self.failed(code, self._now - DAY - number * 8 * HOUR)
        for number in range(INCIDENT):
            last = self.failed("bad_client_secret", self._now - (number + 1) * 20 * MINUTE)
        expired = self._now - DAY
        self.failed("state_expired", expired, browser=("Safari", "iOS"))
        clock = datetime.fromtimestamp(expired / 1000, UTC).strftime("%Y-%m-%d, about %H:%M UTC")
        return Pasted(
            mail=f"Hi, it does not work. The page says {reference.display(last).lower().replace('-', ' ')} Ana",
            sentence="redirect_uri did not match any configured URIs. We are Nordwind Reederei.",
            memory=f"{clock}, on an iPhone, and it said that the link had expired",
        )

    def _times(self) -> Iterator[int]:
        for _ in range(ORDINARY):
            yield self._now - DAY // 2 - self._chance.randrange(DAYS * DAY - DAY)

    def _ordinary(self, at: int) -> None:
        """One of the usual mix: most succeed, some never come back, some cancel, some fail and try again."""
        draw = self._chance.random()
        if draw < 0.62:
            self.succeeded(at)
        elif draw < 0.76:
            self._begin(at)
        elif draw < 0.84:
            self.failed("access_denied", at)
        else:
            browser = secrets.token_hex(16)
            self.failed(self._chance.choice(_COMMON), at, digest=browser)
            if self._chance.random() < 0.6:
                self.succeeded(at + self._chance.randrange(MINUTE, 3 * HOUR), digest=browser)

    def succeeded(self, at: int, digest: str = "") -> None:
        start, came = self._begin(at, digest), at + self._chance.randrange(5_000, 90_000)
        number = self._chance.randrange(len(_PLACES))
        whose: AttemptColumns = {"app_id": "A0DEMO", "team_id": f"T0DEMO{number:03}", "user_id": f"U0DEMO{number:03}"}
        attempts.spend(self._db, start, self._came_back(start, came))
        times: AttemptColumns = {"exchanged_at": came + 300, "token_verified_at": came + 420}
        attempts.close_succeeded(self._db, start["id"], {**whose, **times}, came + 450)
        self._set_back(start["id"], came)
        installation = Installation(
            app_id="A0DEMO",
            team_id=whose["team_id"],
            team_name=_PLACES[number],
            user_id=whose["user_id"] or "",
            bot_token=f"xoxb-demo-{number}",
            bot_id="B0DEMO",
            bot_scopes=",".join(self._app.requested_scopes),
            installed_at=came / 1000,
        )
        store.save(self._db, self._app.vault, installation)

    def failed(self, code: str, at: int, digest: str = "", browser: tuple[str, str] | None = None) -> str:
        """An attempt that ended with this code. Its reference as it is stored."""
        came = at + (40 * MINUTE if code == "state_expired" else self._chance.randrange(5_000, 90_000))
        ended: AttemptColumns = {**_reasons(code), "outcome": attempts.outcome_of(code)}
        if code in _UNVERIFIED:
            return self._unverified(came, ended)
        start = self._begin(at, digest, browser)
        returned = self._came_back(start, came)
        entry_module = next(m for m in catalogue.MODULES if any(entry.code == code for entry in m.ENTRIES))
        if code in _ON_RETURN or entry_module is catalogue.slack_page:
            lost = {"no_cookie": "missing", "cookie_mismatch": "other"}
            attempts.note_return(self._db, start, {**returned, **ended, "cookie": lost.get(code, "same")})
            return start["reference"]
        attempts.spend(self._db, start, returned)
        attempts.close_failed(self._db, start["id"], {**ended, **_steps(code, came)}, came + 500)
        self._set_back(start["id"], came)
        return start["reference"]

    def _unverified(self, at: int, ended: AttemptColumns) -> str:
        row: AttemptColumns = {
            **attempt_columns.unverified_columns(self._app.client_id, at),
            **self._process(at),
            **ended,
            "returned_at": at,
            "last_returned_at": at,
            "returns": 1,
            "return_referrer_host": "acme.slack.com",
            "state_length": 36,
            "state_like_ours": False,
        }
        attempts.write_unverified(self._db, [row])
        return row["reference"]

    def _begin(self, at: int, digest: str = "", browser: tuple[str, str] | None = None) -> AttemptColumns:
        state = State(
            client_id=self._app.client_id,
            attempt_id=new_attempt_id(at),
            reference=reference.new(),
            issued_at=at,
            browser=digest or secrets.token_hex(16),
            redirect_uri=self._app.redirect_uri,
            team=None,
            source=self._chance.choice(("page", "page", "direct")),
            metadata=None,
            metadata_signed=False,
        )
        family, system = browser or self._chance.choice(_BROWSERS)
        start: AttemptColumns = {
            **attempt_columns.start_columns(state, self._app.requested_scopes, self._app.user_scopes),
            **self._process(at),
            "browser": family,
            "system": system,
            "locale": self._chance.choice(("en-US", "de-DE", "fr-FR", "ja", "es-ES")),
        }
        attempts.write_started(self._db, [start])
        return start

    def _came_back(self, start: AttemptColumns, at: int) -> AttemptColumns:
        return {
            "returned_at": at,
            "last_returned_at": at,
            "returns": 1,
            "cookie": "same",
            "state_limit": 600,
            "return_browser": start["browser"],
            "return_system": start["system"],
            **self._process(at),
        }

    def _process(self, at: int) -> AttemptColumns:
        """The one that was at work: a new one each week."""
        return {"release": self._release, "process_started_at": at - (at - self._now) % WEEK, "key_id": "0badcafe"}

    def _set_back(self, attempt_id: str, at: int) -> None:
        """The writer notes the moment at which it writes."""
        self._db.execute(update(Attempt).where(Attempt.id == attempt_id).values(spent_at=at))


def _reasons(code: str) -> AttemptColumns:
    """What an attempt keeps of a failure, as the flow would have it."""
    ours = code in (*_UNVERIFIED, *_ON_RETURN) or code in catalogue.OURS
    if code == "access_denied":
        return {"reason": code, "detail": code, "code": code, "slack_error": code, "slack_description": "denied"}
    if ours:
        return {"reason": "internal_error", "detail": code, "code": code}
    return {"reason": "invalid_code", "detail": None, "code": code, "slack_error": code.removeprefix("slack_")}


def _steps(code: str, came: int) -> AttemptColumns:
    """How far an attempt came that Slack was asked for."""
    call: AttemptColumns = {"slack_method": "oauth.v2.access", "slack_ms": 240, "slack_status": 200}
    if code in _OF_TOKEN:
        return {**call, "slack_method": "auth.test", "step": "exchanged", "exchanged_at": came + 250}
    if code == "storage_error":
        return {**call, "step": "token_verified", "exchanged_at": came + 250, "database_error": "disk_full"}
    return call
