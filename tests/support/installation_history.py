"""Installations to which things happen at random: what is counted beside the rows has to be theirs after each."""

import random

from sqlalchemy import delete, insert, update

from dashboard.core import tally
from dashboard.core.clock import DAY
from dashboard.core.models import Installation
from tests.benchmarks.filling import APPS, installations

BEGAN = 1_790_000_000_000 - 1_790_000_000_000 % DAY
CLIENT_IDS = tuple(client_id for *_, client_id in APPS)
ORGANIZATIONS = (None, None, "", "E0FIRST", "E0SECOND", "E0THIRD")


class InstallationHistory:
    """Each step is one statement, about several installations or one."""

    def __init__(self, seed, counted):
        self.chance = random.Random(seed)
        self.rows = installations(2_000)
        self.counted = counted  # a Tally, which is added up now and then

    def step(self, db):
        installs = self.install, self.install, self.install_again
        verbs = (*installs, self.hold, self.move, self.join, self.remove, self.add_up)
        self.chance.choice(verbs)(db)

    def moment(self):
        return BEGAN + self.chance.choice((self.chance.randrange(3 * DAY), DAY, DAY - 1))

    def some(self):
        return Installation.id % self.chance.choice((1, 2, 7)) == 0

    def organization(self):
        return self.chance.choice(ORGANIZATIONS)

    def row(self):
        return {**next(self.rows), "installed_at": self.moment(), "enterprise_id": self.organization()}

    def install(self, db):
        db.execute(insert(Installation), [self.row() for _ in range(self.chance.choice((1, 1, 9)))])

    def install_again(self, db):
        db.execute(update(Installation).where(self.some()).values(installed_at=self.moment()))

    def hold(self, db):
        status = self.chance.choice(("deleted", "suspended", "active"))
        db.execute(update(Installation).where(self.some()).values(status=status, installed_at=self.moment()))

    def move(self, db):
        there = Installation.id % 20 == self.chance.randrange(20)
        db.execute(update(Installation).where(there).values(client_id=self.chance.choice(CLIENT_IDS)))

    def join(self, db):
        there = Installation.id % 5 == self.chance.randrange(5)
        db.execute(update(Installation).where(there).values(enterprise_id=self.organization()))

    def remove(self, db):
        db.execute(delete(Installation).where(Installation.id % 30 == self.chance.randrange(30)))

    def add_up(self, db):
        tally.fold(db, self.counted)
