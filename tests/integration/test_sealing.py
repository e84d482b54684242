"""What `dashboard keys` does while the service goes on (what it does alone is in test_moving_in.py)."""

import pytest
from sqlalchemy import insert

from dashboard.apps.app import from_environment
from dashboard.commands import sealing
from dashboard.core.config import Settings
from dashboard.core.models import TokenKey
from tests.conftest import BOTH
from tests.support.at_once import while_another_is_open
from tests.support.stage import CLIENT_ID, SECRET_KEY


@pytest.fixture(params=BOTH)
def database(request, new_database):
    return new_database(request.param)


@pytest.mark.parametrize("mode", [sealing.SEAL, sealing.ROTATE])
def test_a_key_that_an_installation_notes_meanwhile_is_noted_once(database, mode):
    own = {"SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": "secret", "SLACK_SCOPES": "chat:write"}
    settings = Settings.from_env({"DATABASE_URL": database.url, "SECRET_KEY": SECRET_KEY, **own})
    app = from_environment(settings, None)
    newest = app.vault.keyring.active

    def install(db):
        db.execute(insert(TokenKey).values(client_id=CLIENT_ID, key_id=newest))

    def go_through(db):
        sealing.run(lambda work, *given: work(db, *given), settings, [app], mode, lambda _run: None)

    assert while_another_is_open(database, install, go_through) is None
    assert [row["key_id"] for row in database.rows("SELECT key_id FROM dashboard_token_keys")] == [newest]
