"""Random sequences of what operators (one by one, or by a job), customers and Bolt apps do to one installation: after
each step the bot, the list, its facets, the CSV, the page and the audit say the same."""

import csv
import io
import random
import re

import pytest

from tests.conftest import BOTH
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import CLIENT_ID, stage
from tests.support.visitor import Visitor

STEPS = 20
PLACE = {"enterprise_id": None, "team_id": "T0ACME001"}
STATUSES = ("active", "suspended", "revoked", "uninstalled", "deleted")
# What each step makes of a status; where it is not named, the step cannot be taken.
STEP = {
    "check": {"active": "active"},
    "suspend": {"active": "suspended", "revoked": "suspended"},
    "resume": {"suspended": "as before"},
    "forget": {"active": "deleted", "revoked": "deleted", "uninstalled": "deleted"},
    "restore": {"deleted": "as before"},
    "revoke": {"active": "revoked"},
    "uninstall": {"active": "uninstalled"},
}
TWICE = ("revoke", "uninstall")  # that it was begun is in the audit, too
BY_A_JOB = ("check", "suspend", "resume")


class World:
    """The installation as it ought to be."""

    def __init__(self, office) -> None:
        self.office = office
        self.owner = Desk(office, "owner")
        self.owner.post("/ops/confirm", password=desk.PASSWORD)
        self.status, self.before, self.audited = "active", "active", 0
        self.id = office.database.row("SELECT id FROM dashboard_installations")["id"]

    def act(self, name: str) -> None:
        """An operator's act: done where it can be, else refused and nothing changed."""
        answer = self.owner.post(f"/ops/installations/{self.id}/{name}")
        becomes = STEP[name].get(self.status)
        assert answer.status_code == (303 if becomes else 422), (name, self.status, answer.text)
        self._becomes(name, becomes)

    def act_by_a_job(self, name: str) -> None:
        """The same for all that the list shows, which is this one, unless it is forgotten."""
        chosen = {"query": "q=T0ACME001", "count": "0" if self.status == "deleted" else "1"}
        answer = self.owner.post("/ops/installations/bulk", act=name, **chosen)
        assert answer.status_code == (422 if self.status == "deleted" else 303), answer.text
        if self.status == "deleted":
            return
        job = {"id": int(answer.headers["Location"].rpartition("/")[2])}
        find = "SELECT * FROM dashboard_jobs WHERE id = :id AND ended_at IS NOT NULL"
        wait.until(lambda: self.office.database.rows(find, **job))
        row = self.office.database.row("SELECT * FROM dashboard_job_rows WHERE job_id = :id", **job)
        becomes = STEP[name].get(self.status)
        assert row["outcome"] == ("ok" if becomes else "failed"), (name, self.status, row)
        self._becomes(name, becomes)

    def _becomes(self, name: str, becomes: str | None) -> None:
        if not becomes:
            return
        self.audited += 2 if name in TWICE else 1
        if becomes in ("suspended", "deleted"):
            self.before = self.status
        self.status = self.before if becomes == "as before" else becomes

    def install(self) -> None:
        """The customer installs it, or installs it again."""
        assert Visitor(self.office).install().status == 200
        if self.status == "suspended":
            self.before = "active"
        else:
            self.status = "active"

    def remove(self) -> None:
        """The customer takes it out at Slack, which tells the Bolt app."""
        self.office.store.delete_all(**PLACE)
        if self.status == "deleted":
            self.before = "uninstalled"
        else:
            self.status = "uninstalled"

    def check(self) -> None:
        """Everything that says something of it says the same."""
        finds = [self.office.store.find_bot(**PLACE), self.office.store.find_installation(**PLACE)]
        assert [found is not None for found in finds] == [self.status == "active"] * 2 or self.status == "revoked"
        assert finds[0] is None or self.status == "active"
        assert f"> {self.status.capitalize()}" in f"> {self._shown_on_its_page()}"
        shown = [status for status in STATUSES if self._rows(f"?status={status}")]
        assert shown == [self.status]
        assert len(self._rows("")) == (self.status != "deleted")
        assert self._facets() == {self.status.capitalize(): 1}
        acts = "SELECT count(*) AS n FROM dashboard_audit WHERE object_type = 'installation' AND outcome = 'ok'"
        assert self.office.database.row(acts)["n"] == self.audited

    def _shown_on_its_page(self) -> str:
        html = self.owner.get(f"/ops/installations/{self.id}").html
        return re.search(r'</h1><span class="status [\w ]+">(\w+)</span>', html)[1]

    def _rows(self, query: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.owner.get(f"/ops/installations.csv{query}").html)))

    def _facets(self) -> dict[str, int]:
        """What the list offers as statuses, with how many there are of each."""
        html = self.owner.get("/ops/installations/counts").html.partition(">Status</span>")[2].partition("</p>")[0]
        return {word: int(count) for word, count in re.findall(r'<a href="[^"]*">(\w+) (\d+)</a>', html)}


@pytest.mark.slow("twenty steps, and after each all that says something of the installation")
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", BOTH)
def test_everything_agrees_after_every_step(new_database, kind, seed):
    chance = random.Random(seed)
    with stage(new_database(kind)) as office:
        desk.people(office)
        Visitor(office).install()
        office.store = desk.bolt(office, CLIENT_ID)
        world = World(office)
        world.check()
        for _ in range(STEPS):
            step = chance.choice([*STEP, *BY_A_JOB, "install", "install", "remove"])
            if step in BY_A_JOB and chance.random() < 0.5:
                world.act_by_a_job(step)
            elif step in STEP:
                world.act(step)
            else:
                getattr(world, step)()
            world.check()
        office.store.close()
        assert office.server.errors() == []
