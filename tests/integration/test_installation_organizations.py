"""What is counted by organization is what the rows would be counted as, whatever was done to them."""

from collections import Counter

import pytest
from alembic import command
from sqlalchemy import insert, select, text

from dashboard.access.permissions import AppAccess, Operator
from dashboard.commands.migrate import configuration, migrate
from dashboard.core import tally
from dashboard.core.clock import now
from dashboard.core.engines import writing
from dashboard.core.models import Installation
from dashboard.desk import counting, enterprises, facets, filters, installation_organizations, lists
from dashboard.desk.conditions import View
from tests.benchmarks.filling import APPS, fill, installations
from tests.conftest import BOTH
from tests.support.command_line import basic_environment, run_dashboard
from tests.support.installation_history import CLIENT_IDS, InstallationHistory

OF_APPS = tuple(AppAccess(0, slug, name, client_id, "viewer") for slug, name, client_id in APPS)
OWNER = Operator(1, "o@example.com", owner=True, apps=OF_APPS)
OF_TWO = Operator(2, "m@example.com", owner=False, apps=OF_APPS[1:])
OF_NONE = Operator(3, "n@example.com", owner=False, apps=())
OPERATORS = (OWNER, OF_TWO, OF_NONE)


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


def by_the_rows(db):
    """The pairs of an app and an organization, and how many installations each has."""
    rows = db.execute(select(Installation.client_id, Installation.enterprise_id, Installation.status)).all()
    return Counter((row.client_id, row.enterprise_id) for row in rows if row.enterprise_id and row.status != "deleted")


def by_organization(db):
    counted = Counter()
    for part in tally.parts(installation_organizations.TALLY):
        for client_id, enterprise_id, many in db.execute(part):
            counted[client_id, enterprise_id] += many
    return {pair: many for pair, many in counted.items() if many}


def latest_by_the_rows(db, client_ids):
    """The id of the latest installation of each pair, and whether it is its organization's, among some apps."""
    columns = Installation.id, Installation.client_id, Installation.enterprise_id, Installation.status
    rows = db.execute(select(*columns).order_by(Installation.installed_at, Installation.id)).all()
    seen = [row for row in rows if row.enterprise_id and row.status != "deleted" and row.client_id in client_ids]
    of_organization = {row.enterprise_id: row.id for row in seen}
    of_pair = {(row.client_id, row.enterprise_id): row.id for row in seen}
    return {id_: id_ == of_organization[enterprise_id] for (_, enterprise_id), id_ in of_pair.items()}


def latest(db, operator, client_id):
    query = installation_organizations.latest(db.dialect.name, select(Installation.id), operator, client_id)
    return {id_: bool(is_latest) for id_, is_latest in db.execute(query)}


def same(db):
    """Whether everybody is told of the rows he may see, and of nothing else."""
    rows = by_the_rows(db)
    assert by_organization(db) == rows
    for operator in OPERATORS:
        client_ids = (
            {client_id for client_id, _ in rows} if operator.owner else {app.client_id for app in operator.apps}
        )
        seen = Counter(client_id for client_id, _ in rows if client_id in client_ids)
        assert installation_organizations.count_by_app(db, operator) == seen
        assert latest(db, operator, None) == latest_by_the_rows(db, client_ids)
        for client_id in CLIENT_IDS:
            assert latest(db, operator, client_id) == latest_by_the_rows(db, client_ids & {client_id})
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_organizations_are_those_of_the_rows_after_each_step(database, seed):
    history = InstallationHistory(seed, installation_organizations.TALLY)
    most = 0
    for _ in range(40):
        with database.begin() as db:
            history.step(db)
        with database.engine.connect() as db:
            most = max(most, len(same(db)))
    assert most > 3


def test_nothing_is_noted_where_the_organization_stays_or_there_is_none(database):
    fill(database.url, "installations", 50)
    database.execute("UPDATE dashboard_installations SET team_name = 'Other', status = 'suspended', installed_at = 1")
    alone = "enterprise_id IS NULL"
    database.execute(f"UPDATE dashboard_installations SET status = 'deleted' WHERE {alone}")
    database.execute(f"UPDATE dashboard_installations SET client_id = 'other' WHERE {alone}")
    database.execute(f"DELETE FROM dashboard_installations WHERE {alone}")
    database.execute("UPDATE dashboard_installations SET enterprise_id = enterprise_id")
    noted = database.rows("SELECT client_id, many FROM dashboard_installation_organization_changes")
    assert [tuple(row.values()) for row in noted] == []
    with database.engine.connect() as db:
        assert len(same(db)) == 2


def test_rows_that_were_there_before_are_counted_by_the_migration(database):
    fill(database.url, "installations", 200)
    database.execute("UPDATE dashboard_installations SET status = 'deleted' WHERE id % 2 = 0")
    database.execute("UPDATE dashboard_installations SET enterprise_id = '' WHERE id % 3 = 0")
    with writing(database.engine).begin() as connection:
        command.downgrade(configuration(connection), "0021")
    migrate(database.url)
    with database.engine.connect() as db:
        assert same(db)


def test_reindex_counts_again_and_says_what_was_wrong(database):
    fill(database.url, "installations", 400)
    database.execute("UPDATE dashboard_installations SET status = 'deleted' WHERE id % 2 = 0")
    database.execute("UPDATE dashboard_installation_organizations SET many = many + 1")
    database.execute("DELETE FROM dashboard_installation_organizations WHERE client_id = '444.111'")
    done = run_dashboard("reindex", environment=basic_environment(DATABASE_URL=database.url))
    assert "numbers were wrong, and are right now" in done.stdout
    with database.engine.connect() as db:
        assert same(db)
        assert not tally.any_noted(db, installation_organizations.TALLY)


def test_each_app_is_counted_to_the_last_however_many_there_are(database, monkeypatch):
    """Beyond those of which a row each is read, only the apps have a number that is exact."""
    monkeypatch.setattr(counting, "MOST_VALUES", 30)
    monkeypatch.setattr(facets, "MOST_OF_A_VALUE", 10)
    monkeypatch.setattr(facets, "WITHIN", 60)  # seconds: every value is read, however busy the machine is
    rows = ({**row, "enterprise_id": f"E{row['id'] % 60:03}"} for row in installations(200))
    with database.begin() as db:
        db.execute(insert(Installation), list(rows))
        assert db.scalar(text("SELECT count(DISTINCT enterprise_id) FROM dashboard_installations")) == 60
    with database.engine.connect() as db:
        view = View(enterprises.LIST, OWNER, filters.parse(enterprises.LIST, OWNER, {}), now())
        known = counting.counted(db, view, 30)
        assert known is None
        whole = facets.Whole(view.filters, lists.count(db, view, 30), is_more=True)
        (apps,) = [facet for facet in facets.counted(db, view, known, whole)[0] if facet.word == "App"]
        of_apps = Counter(client_id for client_id, _ in by_the_rows(db))
    assert [(value.count, value.is_more) for value in apps.values] == [(of_apps[id_], False) for id_ in CLIENT_IDS]
    assert max(of_apps.values()) > 30
