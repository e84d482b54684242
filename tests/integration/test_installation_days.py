"""What is counted by the day is what the rows would be counted as, whatever was done to them."""

from collections import Counter

import pytest
from alembic import command
from sqlalchemy import select

from dashboard.commands.migrate import configuration, migrate
from dashboard.core import tally
from dashboard.core.clock import DAY
from dashboard.core.engines import writing
from dashboard.core.models import Installation
from dashboard.desk import installation_days
from tests.benchmarks.filling import fill
from tests.conftest import BOTH
from tests.support.command_line import basic_environment, run_dashboard
from tests.support.installation_history import BEGAN, CLIENT_IDS, InstallationHistory


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


def by_the_rows(db, first=0):
    rows = db.execute(select(Installation.client_id, Installation.installed_at, Installation.status)).all()
    days = ((row.client_id, row.installed_at // DAY * DAY) for row in rows if row.status != "deleted")
    return Counter(day for day in days if day[1] >= first)


def by_the_day(db, first=0):
    counted = installation_days.since(db, CLIENT_IDS, first)
    return {(client_id, day): many for client_id, days in counted.items() for day, many in days.items()}


@pytest.mark.parametrize("seed", range(4))
def test_days_are_those_of_the_rows_after_each_step(database, seed):
    history = InstallationHistory(seed, installation_days.TALLY)
    for _ in range(40):
        with database.begin() as db:
            history.step(db)
        with database.engine.connect() as db:
            assert by_the_day(db) == by_the_rows(db)
            assert by_the_day(db, BEGAN + DAY) == by_the_rows(db, BEGAN + DAY)
    with database.engine.connect() as db:
        assert len(by_the_day(db)) > 2


def test_nothing_is_noted_where_the_day_stays(database):
    fill(database.url, "installations", 50)
    database.execute("UPDATE dashboard_installations SET team_name = 'Other', status = 'suspended'")
    assert database.rows("SELECT 1 FROM dashboard_installation_day_changes") == []


def test_only_apps_that_are_asked_for_are_counted(database):
    fill(database.url, "installations", 50)
    with database.engine.connect() as db:
        assert list(installation_days.since(db, CLIENT_IDS[:1], 0)) == [CLIENT_IDS[0]]
        assert installation_days.since(db, [], 0) == {}


def test_rows_that_were_there_before_are_counted_by_the_migration(database):
    fill(database.url, "installations", 200)
    database.execute("UPDATE dashboard_installations SET status = 'deleted' WHERE id % 10 = 0")
    with writing(database.engine).begin() as connection:
        command.downgrade(configuration(connection), "0020")
    migrate(database.url)
    with database.engine.connect() as db:
        assert by_the_day(db) == by_the_rows(db)
        assert sum(by_the_day(db).values()) == 180


def test_reindex_counts_again_and_says_what_was_wrong(database):
    fill(database.url, "installations", 100)
    database.execute("UPDATE dashboard_installations SET status = 'deleted' WHERE id % 10 = 0")
    database.execute("UPDATE dashboard_installation_days SET many = many + 1")
    database.execute("DELETE FROM dashboard_installation_days WHERE client_id = '444.111'")
    done = run_dashboard("reindex", environment=basic_environment(DATABASE_URL=database.url))
    assert "numbers were wrong, and are right now" in done.stdout
    with database.engine.connect() as db:
        assert by_the_day(db) == by_the_rows(db) != {}
        assert not tally.any_noted(db, installation_days.TALLY)
