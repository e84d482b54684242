"""To which of its workspaces an organization has added an app (how it is asked is in test_enterprises.py)."""

import pytest

from dashboard.bolt import InstallationStore
from dashboard.core.crypto import app_key
from dashboard.slack import organization_workspaces
from dashboard.slack.tenant import Tenant
from tests.conftest import BOTH
from tests.support import desk
from tests.support.at_once import while_another_is_open
from tests.support.stage import CLIENT_ID, SECRET_KEY


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


def test_where_two_are_told_at_once_the_later_is_kept(database):
    store = InstallationStore(database_url=database.url, client_id=CLIENT_ID, token_key=app_key(SECRET_KEY, CLIENT_ID))
    store.save(desk.installation(None, enterprise_id="E1", is_enterprise_install=True))
    store.close()
    organization = Tenant(CLIENT_ID, "E1", None)

    def told(workspaces, at):
        return lambda db: organization_workspaces.keep(db, organization, workspaces, at)

    first, later = told({"T1": "One", "T2": "Two"}, 1), told({"T2": "Two", "T3": "Three"}, 2)
    assert while_another_is_open(database, first, later) is None
    kept = database.rows("SELECT team_id FROM dashboard_organization_workspaces ORDER BY team_id")
    assert [row["team_id"] for row in kept] == ["T2", "T3"]
    assert database.row("SELECT workspaces_at FROM dashboard_installations")["workspaces_at"] == 2
