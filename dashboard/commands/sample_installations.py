"""Three thousand sample installations for the demo, in two apps: by the verbs that the flow, the Bolt app and operators
use, with times set back. Installed again, lacking a scope, removed, revoked, suspended, forgotten, not yet checked."""

import random
from dataclasses import dataclass

from sqlalchemy import Connection, update

from dashboard.access.permissions import Operator
from dashboard.apps.app import App
from dashboard.core.clock import DAY, MINUTE, now
from dashboard.core.models import Installation as Summary
from dashboard.desk import installation_acts
from dashboard.simulator import Place
from dashboard.slack import lookups, store
from dashboard.slack.api import Installation
from dashboard.slack.summary import Facts
from dashboard.slack.tenant import Tenant, summary_of

DAYS = 700
ORGANIZATIONS = 12
NAMES = (
    *("Nordwind", "Süd & Söhne", "Café Olé", "O'Brien Labs", "Łódź Motors", "Ñandú", "Åström", "Crème Brûlée"),
    *("株式会社サンプル", "有限会社みどり", "北京示例科技", "서울 예제", "Яндексия", "Пример Плюс", "Παράδειγμα"),
    *("مثال للتجارة", "דוגמה בע״מ", "उदाहरण", "ตัวอย่าง", "Ví Dụ", "Örnek A.Ş.", "Initech", "Umbrella", "Hooli"),
)
PARTS = (
    *("Design", "Sales", "Engineering", "Support", "Europe", "Tokyo", "Research", "Legal", "Finance", "Field"),
    *("Studio", "Logistics", "Museum", "Clinic", "School", "Robotics", "Kitchen", "Press", "Travel", "Games"),
)
WHY = ("They do not pay.", "Their security team asked us to.", "It floods a channel with messages.")
NOTES = ("Asked for an invoice.", "Moves to the organization in spring.", "Their admin is Ana; write to her first.")


@dataclass(frozen=True)
class Sample:
    """A sample installation that the simulated Slack is to know: its token, and where it is good."""

    token: str
    client_id: str
    place: Place
    scopes: str


class SampleInstallations:
    """Those of one app, some at a time. The same every time but for the day."""

    def __init__(self, app: App, operator: Operator) -> None:
        self._app = app
        self._operator = operator
        self._chance = random.Random(app.client_id)
        self._now = now()

    def write(self, db: Connection, numbers: range) -> list[Sample]:
        """Write those of these numbers."""
        samples = []
        for number in numbers:
            place = self._place(number)
            at = self._now - int(DAYS * DAY * self._chance.random() ** 2) - 5 * MINUTE
            samples.append(self._install(db, number, place, at))
            self._afterwards(db, place, at)
        return samples

    def _place(self, number: int) -> Place:
        """A workspace; some are part of an organization, and each organization has the app as a whole, too."""
        name = f"{NAMES[number % len(NAMES)]} {PARTS[number // len(NAMES) % len(PARTS)]}"
        turn = number // (len(NAMES) * len(PARTS))
        name = f"{name} {turn + 1}" if turn else name
        organization = number % 97 if number % 97 < ORGANIZATIONS else None
        if organization is None:
            return Place(name, f"T0MANY{number:05}", domain=f"many-{number}")
        id_, whole = f"E0MANY{organization:03}", f"{NAMES[-1 - organization]} Group"
        if number < 97:
            return Place(whole, None, id_, whole, domain=f"group-{organization}")
        return Place(name, f"T0MANY{number:05}", id_, whole, domain=f"many-{number}")

    def _install(self, db: Connection, number: int, place: Place, at: int) -> Sample:
        token = f"xoxb-demo-many-{self._app.slug}-{number}"
        scopes = list(self._app.requested_scopes)
        if self._chance.random() < 0.15:  # of a time when the app asked for more
            self._save(db, place, at - 90 * DAY, token, [*scopes, "files:read"])
        if self._chance.random() < 0.04 and len(scopes) > 1:
            scopes.pop()
        self._save(db, place, at, token, scopes)
        return Sample(token, self._app.client_id, place, ",".join(scopes))

    def _save(self, db: Connection, place: Place, at: int, token: str, scopes: list[str]) -> None:
        installation = Installation(
            app_id="A0DEMO",
            enterprise_id=place.enterprise_id,
            enterprise_name=place.enterprise_name,
            enterprise_url=place.url if place.team_id is None else None,
            team_id=place.team_id,
            team_name=place.name if place.team_id else None,
            is_enterprise_install=place.team_id is None,
            user_id=f"U0MANY{self._chance.randrange(1000):03}",
            bot_token=token,
            bot_id="B0DEMO",
            bot_user_id="U0DEMOBOT",
            bot_scopes=",".join(scopes),
            installed_at=at / 1000,
        )
        facts: Facts = {"url": place.url, "to_check": self._chance.random() < 0.01}
        store.save(db, self._app.vault, installation, facts)

    def _afterwards(self, db: Connection, place: Place, at: int) -> None:
        """What became of it."""
        tenant = Tenant(self._app.client_id, place.enterprise_id, place.team_id)
        if self._chance.random() < 0.8:
            seen = min(self._now, at + int((self._now - at) * self._chance.random() ** 0.1))
            lookups.keep(db, tenant.client_id, tenant.key, seen)
        draw = self._chance.random()
        removed = self._now - int((self._now - at) * self._chance.random())
        if draw < 0.09:
            store.delete_all(db, self._app.vault, place.enterprise_id, place.team_id)
            self._set_removed(db, tenant, removed)
        elif draw < 0.12:
            store.delete_bot(db, self._app.vault, place.enterprise_id, place.team_id)
            self._set_removed(db, tenant, removed)
        elif draw < 0.125:
            self._act(db, "suspend", tenant, self._chance.choice(WHY))
        elif draw < 0.128:
            self._act(db, "forget", tenant, "")
        elif draw < 0.14:
            self._act(db, "note", tenant, self._chance.choice(NOTES))

    def _set_removed(self, db: Connection, tenant: Tenant, at: int) -> None:
        """The verb notes the moment at which it removes."""
        here = Summary.client_id == tenant.client_id, Summary.tenant == tenant.key
        db.execute(update(Summary).where(*here, Summary.removed_at.is_not(None)).values(removed_at=at))

    def _act(self, db: Connection, name: str, tenant: Tenant, text: str) -> None:
        summary = summary_of(db, tenant)
        if summary:
            installation_acts.HERE[name](db, self._operator, summary.id, text)
