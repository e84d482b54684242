"""What is counted by the hour is what the rows would be counted as: whatever was done to them, at any time."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from sqlalchemy import delete, select, update

from dashboard.core import reference, tally
from dashboard.core.clock import DAY, HOUR
from dashboard.core.engines import writing
from dashboard.core.models import Attempt, FailureGroup
from dashboard.core.steps import small_transactions
from dashboard.desk import hours
from dashboard.desk.ends import Ends
from dashboard.desk.grouping import is_code
from dashboard.install import attempt_columns, attempts
from dashboard.install.attempts import STEPS
from dashboard.install.state import new_attempt_id
from tests.conftest import BOTH
from tests.support.command_line import basic_environment, run_dashboard

BEGAN = 1_790_000_000_000 - 1_790_000_000_000 % DAY
APPS = ("333.111", "444.111")


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


def start(chance):
    """The columns of an attempt that begins some time in three days."""
    at = BEGAN + chance.choice((chance.randrange(3 * DAY), HOUR, HOUR - 1, DAY))
    return {
        "id": new_attempt_id(at),
        "reference": reference.new(),
        "client_id": chance.choice(APPS),
        "verified": True,
        "release": "test",
        "step": "started",
        "seen_at": at,
        "started_at": at,
        "source": chance.choice(("page", "direct", None)),
    }


def returned(chance, code):
    return {
        "returned_at": BEGAN + 3 * DAY,
        "last_returned_at": BEGAN + 3 * DAY,
        "returns": 1,
        "cookie": "same",
        "return_ip_hash": None,
        "detail": None,
        "code": code,
        "outcome": attempts.outcome_of(code),
    }


class History:
    """Attempts to which things happen, by the verbs of the flow, its chores and its operators."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.known = []

    def step(self, db):
        verbs = (self.begin, self.begin, self.junk, self.give_up, self.spend, self.fail, self.succeed, self.interrupt)
        verb = self.chance.choice((*verbs, self.purge, self.move, self.add_up))
        return verb(db)

    def any(self):
        return self.chance.choice(self.known)

    def begin(self, db):
        rows = [start(self.chance) for _ in range(self.chance.randrange(1, 8))]
        attempts.write_started(db, rows)
        attempts.write_started(db, rows[:1])  # written again, it changes nothing
        self.known += rows

    def junk(self, db):
        row = attempt_columns.unverified_columns(self.chance.choice(APPS), BEGAN + self.chance.randrange(DAY))
        attempts.write_unverified(db, [{**row, "release": "test", "outcome": "failed", "code": "no_state"}] * 2)

    def give_up(self, db):
        code = self.chance.choice(("access_denied", "state_expired", "made_up"))
        attempts.note_return(db, self.any(), returned(self.chance, code))

    def spend(self, db):
        columns = returned(self.chance, "")
        attempts.spend(db, self.any(), {name: columns[name] for name in ("returned_at", "last_returned_at", "returns")})

    def fail(self, db):
        attempts.close_failed(db, self.any()["id"], {"code": "invalid_code", "reason": "invalid_code"}, BEGAN + 4 * DAY)

    def succeed(self, db):
        attempts.close_succeeded(db, self.any()["id"], {"team_id": "T1"}, BEGAN + 4 * DAY)

    def interrupt(self, db):
        attempts.close_interrupted(db, 2**52)

    def purge(self, db):
        db.execute(delete(Attempt).where(Attempt.seen_at < BEGAN + self.chance.randrange(HOUR)))

    def add_up(self, db):
        tally.fold(db, hours.TALLY)

    def move(self, db):
        attempt = self.any()
        other = {"333.111": "444.111", "444.111": "333.111"}[attempt["client_id"]]
        db.execute(update(Attempt).where(Attempt.id == attempt["id"]).values(client_id=other))


def by_the_rows(db, since, until):
    rows = db.execute(select(Attempt.__table__).where(Attempt.seen_at >= since, Attempt.seen_at < until))
    return Counter(
        (
            row.client_id,
            row.seen_at // HOUR * HOUR,
            row.verified,
            row.source or "",
            row.step,
            row.outcome or "",
            row.code or "",
        )
        for row in rows
    )


def by_the_hour(db, since, until):
    counted, values = hours.within(since, until, by_the_hour=True)
    key = [counted.c[name] for name in hours.TALLY.key]
    found = db.execute(select(*key, tally.total(counted)).group_by(*key), values)
    return Counter({tuple(key): count for *key, count in found if count})


def in_all(counts):
    """By all but the hour."""
    sums = Counter()
    for (client_id, _, *others), many in counts.items():
        sums[client_id, *others] += many
    return sums


def by_days_and_hours(db, since, until):
    counted, values = hours.within(since, until)
    key = [counted.c[name] for name in hours.TALLY.key if name != "begins_at"]
    found = db.execute(select(*key, tally.total(counted)).group_by(*key), values)
    return Counter({tuple(key): count for *key, count in found if count})


@pytest.mark.parametrize("seed", range(6))
def test_any_history_is_counted_as_its_rows(database, seed):
    history = History(seed)
    with database.begin() as db:
        history.begin(db)
    for _ in range(60):
        with database.begin() as db:
            history.step(db)
        with database.engine.connect() as db:
            ends = [BEGAN + history.chance.randrange(-HOUR, 4 * DAY) for _ in range(2)]
            for since, until in (sorted(ends), (BEGAN, BEGAN + 4 * DAY), (ends[0], ends[0] + 5)):
                rows = by_the_rows(db, since, until)
                assert by_the_hour(db, since, until) == rows
                assert by_days_and_hours(db, since, until) == in_all(rows)


GROUPS = [
    FailureGroup(client_id=client_id, step=step, code=code)
    for client_id, step, code in product(
        APPS, STEPS, ("invalid_code", "access_denied", "state_expired", "uncatalogued")
    )
]


def ended_by_the_rows(db, since, until):
    """How many ended: of each app, and of each group."""
    ended = [
        (client_id, outcome, step, code, many)
        for (client_id, _, verified, _, step, outcome, code), many in by_the_rows(db, since, until).items()
        if verified and outcome in ("succeeded", "failed")
    ]
    of_apps = [sum(many for client_id, *_, many in ended if client_id == app) for app in APPS]
    of_groups = [
        sum(
            many
            for client_id, outcome, step, code, many in ended
            if (client_id, outcome, step) == (group.client_id, "failed", group.step) and is_code(code, group.code)
        )
        for group in GROUPS
    ]
    return of_apps, of_groups


@pytest.mark.parametrize("seed", range(3))
def test_what_ended_is_counted_as_the_rows_at_any_moment(database, seed):
    history = History(seed)
    with database.begin() as db:
        history.begin(db)
    for number in range(80):
        with database.begin() as db:
            history.step(db)
        # What it counts is bounded 1, 7, 8 and 14 days before: among the rows, at midnight and at noon.
        now = BEGAN + history.chance.choice((1, 3, 7, 8, 9, 14, 16)) * DAY
        now += (history.chance.randrange(-DAY, DAY), 0, DAY // 2, DAY // 2 - 1)[number % 4]
        with database.engine.connect() as db:
            ends = Ends(db, APPS, now)
            for ended, since, until in (
                (ends.today, now - DAY, 2**52),
                (ends.before, now - 8 * DAY, now - DAY),
                (ends.week, now - 7 * DAY, 2**52),
                (ends.shown, now - 14 * DAY, 2**52),
            ):
                counted = [ended.of_app[app] for app in APPS], [ended.failed_as(group) for group in GROUPS]
                assert counted == ended_by_the_rows(db, since, until)


def test_adding_up_changes_nothing_and_leaves_no_empty_hours(database):
    history = History(7)
    with database.begin() as db:
        for _ in range(20):
            history.begin(db)
        before = by_the_hour(db, BEGAN, BEGAN + 4 * DAY)
    with database.begin() as db:
        assert tally.any_noted(db, hours.TALLY)
        while tally.fold(db, hours.TALLY):
            pass
        assert not tally.any_noted(db, hours.TALLY)
        assert by_the_hour(db, BEGAN, BEGAN + 4 * DAY) == before
    with database.begin() as db:
        assert db.execute(delete(Attempt)).rowcount == sum(before.values())
        tally.fold(db, hours.TALLY)
    assert database.rows("SELECT * FROM dashboard_attempt_counts") == []


def test_what_was_taken_back_was_never_counted(database):
    with database.engine.connect() as db:  # which nobody commits
        History(8).begin(db)
        assert by_the_hour(db, BEGAN, BEGAN + 4 * DAY) != Counter()
    with database.engine.connect() as db:
        assert by_the_hour(db, BEGAN, BEGAN + 4 * DAY) == Counter()


def test_wrong_counts_are_mended(database):
    history = History(9)
    with database.begin() as db:
        for _ in range(20):
            history.begin(db)
        tally.fold(db, hours.TALLY)
    database.execute(
        "UPDATE dashboard_attempt_counts SET many = many + 3 WHERE step = 'started' AND source = 'page'",
        "DELETE FROM dashboard_attempt_counts WHERE source = 'direct'",
        "UPDATE dashboard_attempt_counts SET many = 100 WHERE span = 86400000",
        f"INSERT INTO dashboard_attempt_changes ({', '.join(hours.TALLY.key)}, many)"
        f" VALUES ('9.9', {BEGAN}, true, '', 'started', '', '', 7)",
    )
    told = []
    with small_transactions(database.url) as step:
        assert hours.recount(step, lambda *done: told.append(done)) > 0
        assert told[-1][0] == told[-1][1] == len(told)
        assert hours.recount(step) == 0
    with database.engine.connect() as db:
        assert by_the_hour(db, BEGAN, BEGAN + 4 * DAY) == by_the_rows(db, BEGAN, BEGAN + 4 * DAY)
        assert by_days_and_hours(db, BEGAN, BEGAN + 4 * DAY) == in_all(by_the_rows(db, BEGAN, BEGAN + 4 * DAY))
        assert not tally.any_noted(db, hours.TALLY)


@pytest.mark.postgresql
def test_writers_adders_and_a_recount_at_once_lose_nothing(on_postgresql):
    engine = writing(on_postgresql.engine)

    def write(seed):
        history = History(seed)
        for _ in range(30):
            with engine.begin() as db:
                history.begin(db)
            with engine.begin() as db:
                history.give_up(db)

    def add_up(_seed):
        for _ in range(60):
            with engine.begin() as db:
                tally.fold(db, hours.TALLY)

    def count_again(_seed):
        with small_transactions(on_postgresql.url) as step:
            for _ in range(5):
                hours.recount(step)

    with ThreadPoolExecutor(5) as pool:
        works = [(write, 1), (write, 2), (add_up, 0), (add_up, 0), (count_again, 0)]
        for done in [pool.submit(work, seed) for work, seed in works]:
            done.result()
    with on_postgresql.engine.connect() as db:
        assert by_the_hour(db, BEGAN, BEGAN + 4 * DAY) == by_the_rows(db, BEGAN, BEGAN + 4 * DAY)


def test_reindex_counts_again_and_says_what_was_wrong(database):
    with database.begin() as db:
        History(10).begin(db)
        tally.fold(db, hours.TALLY)
    environment = basic_environment(DATABASE_URL=database.url)
    assert "wrong" not in run_dashboard("reindex", environment=environment).stdout
    database.execute("DELETE FROM dashboard_attempt_counts")
    assert "numbers were wrong, and are right now" in run_dashboard("reindex", environment=environment).stdout
    with database.engine.connect() as db:
        assert by_the_hour(db, BEGAN, BEGAN + 4 * DAY) == by_the_rows(db, BEGAN, BEGAN + 4 * DAY)
