"""The triggers that note what others write are no burden to them."""

import pytest
from sqlalchemy import text

from dashboard.bolt import InstallationStore
from dashboard.core.crypto import Keyring, Vault
from dashboard.slack import store
from tests.support.logs import LOG
from tests.support.summaries import (
    CLIENT_ID,
    KEY,
    TENANTS,
    catch_up,
    installation,
    reindex,
    slack_sdks,
    summary_row,
    where,
)


@pytest.mark.parametrize("conflict", ["ABORT", "FAIL", "ROLLBACK", "REPLACE", "IGNORE"])
def test_a_statement_with_its_own_conflict_rule_goes_through(on_sqlite, conflict):
    insert = (
        f"INSERT OR {conflict} INTO slack_bots (client_id, app_id, team_id, is_enterprise_install, installed_at)"
        " VALUES ('1.1', 'A1', 'T1', 0, '2026-01-01 00:00:00.000000')"
    )
    on_sqlite.execute(insert, insert, f"UPDATE OR {conflict} slack_bots SET bot_token = 'xoxb-2'")
    assert len(on_sqlite.rows("SELECT * FROM slack_bots")) == 2
    assert len(on_sqlite.rows("SELECT * FROM dashboard_changes")) == 1


@pytest.mark.postgresql
def test_a_role_without_rights_on_our_tables_goes_through(on_postgresql):
    on_postgresql.execute(
        "CREATE ROLE bolt LOGIN",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON slack_installations, slack_bots TO bolt",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bolt",
    )
    with slack_sdks(on_postgresql, username="bolt") as store:
        store.save(installation())
    catch_up(on_postgresql)
    assert summary_row(on_postgresql)["status"] == "active"


@pytest.mark.postgresql
def test_a_note_that_cannot_be_written_does_not_refuse_the_row(on_postgresql):
    """On SQLite a trigger cannot catch; there nothing in the notes' table can refuse a row."""
    on_postgresql.execute("ALTER TABLE dashboard_changes RENAME TO elsewhere")
    with slack_sdks(on_postgresql) as store:
        store.save(installation())
    on_postgresql.execute("ALTER TABLE elsewhere RENAME TO dashboard_changes")
    assert len(on_postgresql.rows("SELECT * FROM slack_installations")) == 1
    assert reindex(on_postgresql) == 1
    assert summary_row(on_postgresql)["status"] == "active"


@pytest.mark.postgresql
@pytest.mark.parametrize("tenant", TENANTS)
def test_what_a_transaction_sums_up_itself_is_not_noted(on_postgresql, tenant):
    vault = Vault(CLIENT_ID, Keyring([KEY]))
    other = TENANTS[TENANTS.index(tenant) - 1]
    with on_postgresql.begin() as db:
        store.save(db, vault, installation(other))
        store.save(db, vault, installation(tenant))
        store.save(db, vault, installation(tenant, number=8))
        assert _noted(db) == []
        db.execute(text("UPDATE slack_bots SET bot_scopes = 'chat:write'"))
        assert _noted(db) == [f"{other[0] or ''}/{other[1] or ''}"]
        db.execute(text("DELETE FROM dashboard_changes"))
    with on_postgresql.begin() as db:  # on the same connection: it is said of one transaction
        db.execute(text("UPDATE slack_bots SET bot_scopes = 'commands'"))
        assert len(_noted(db)) == 2


def _noted(db):
    return list(db.scalars(text("SELECT enterprise_id || '/' || team_id FROM dashboard_changes")))


def test_an_unreadable_row_holds_up_nobody_else(on_sqlite):
    """PostgreSQL lets nobody write what is not a time."""
    ours = InstallationStore(database_url=on_sqlite.url, client_id=CLIENT_ID, token_key=KEY)
    with slack_sdks(on_sqlite) as theirs:
        theirs.save(installation())
        on_sqlite.execute("UPDATE slack_installations SET installed_at = 'yesterday'")
        theirs.save(installation(TENANTS[1]))
    catch_up(on_sqlite)
    assert summary_row(on_sqlite) is None
    assert summary_row(on_sqlite, TENANTS[1])["status"] == "active"
    assert "summary.unreadable" in LOG.take()
    ours.save(installation(number=8))  # what Slack granted is stored all the same
    assert ours.find_bot(**where(TENANTS[0])).bot_token == "xoxb-8"
    ours.close()
