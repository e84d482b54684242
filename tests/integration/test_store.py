"""The store against slack_sdk's own, on the same rows: what one finds, the other finds."""

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from sqlalchemy import text

from dashboard.bolt import InstallationStore
from tests.support.summaries import CLIENT_ID, KEY, TABLES

TENANTS = [(None, "T1"), ("E1", "T2"), ("E1", None), ("E2", None)]

saves = st.tuples(
    st.sampled_from(TENANTS),
    st.sampled_from(["U1", "U2"]),
    st.sampled_from(["bot", "user", "both"]),
    st.integers(0, 10_000),
    st.sampled_from(["ours", "theirs"]),
)


@pytest.fixture
def plain(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY, seal=False)
    yield store
    store.close()


def _installation(tenant, user, kind, number) -> Installation:
    enterprise_id, team_id = tenant
    bot = {"bot_token": f"xoxb-{number}", "bot_id": "B1", "bot_user_id": "U0BOT", "bot_scopes": ["chat:write"]}
    person = {"user_token": f"xoxp-{number}", "user_scopes": "search:read,users:read"}
    rotating = {"bot_refresh_token": f"xoxe-{number}", "bot_token_expires_at": 1_800_000_000 + number}
    return Installation(
        app_id="A1",
        enterprise_id=enterprise_id,
        team_id=team_id,
        team_name=team_id and "株式会社",
        user_id=user,
        is_enterprise_install=team_id is None,
        incoming_webhook_url=f"https://hooks.slack.com/services/{number}",
        installed_at=1_700_000_000 + number + 0.123456,
        **(bot | rotating if kind != "user" else {}),
        **(person if kind != "bot" else {}),
    )


@pytest.mark.slow("thirty histories of two stores with a hundred questions each")
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(saves, min_size=1, max_size=8, unique_by=lambda save: save[3]))
def test_what_slack_sdk_finds_we_find_and_the_other_way_round(emptied, plain, history):
    emptied.execute(*(f"DELETE FROM {table}" for table in TABLES))
    ours, theirs = plain, SQLAlchemyInstallationStore(CLIENT_ID, emptied.engine)
    for tenant, user, kind, number, whose in history:
        {"ours": ours, "theirs": theirs}[whose].save(_installation(tenant, user, kind, number))

    for enterprise_id, team_id in [*TENANTS, (None, "T9")]:
        for organization in (False, True):
            which = {"enterprise_id": enterprise_id, "team_id": team_id, "is_enterprise_install": organization}
            assert _same(ours.find_bot(**which), theirs.find_bot(**which))
            for user in (None, "U1", "U2", "U9"):
                assert _same(
                    ours.find_installation(**which, user_id=user), theirs.find_installation(**which, user_id=user)
                )


def _same(ours, theirs) -> bool:
    return (ours and ours.to_dict()) == (theirs and theirs.to_dict())


@pytest.mark.parametrize("kind", ["bot", "user", "both"])
@pytest.mark.parametrize("tenant", TENANTS)
def test_every_field_comes_back_from_a_sealed_row(emptied, tenant, kind):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    saved = _installation(tenant, "U1", kind, 7)
    store.save(saved)

    found = store.find_installation(enterprise_id=tenant[0], team_id=tenant[1])

    assert found.to_dict() == saved.to_dict()
    assert found.installed_at == saved.installed_at
    rows = emptied.rows("SELECT * FROM slack_installations") + emptied.rows("SELECT * FROM slack_bots")
    assert not any(str(value).startswith(("xox", "https://hooks")) for row in rows for value in row.values())
    store.close()


def test_a_rotation_updates_in_place_and_keeps_other_peoples_tokens(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    saved = _installation(TENANTS[0], "U1", "both", 7)
    store.save(saved)

    rotated = _installation(TENANTS[0], "U1", "bot", 7)
    rotated.bot_token = "xoxb-new"
    store.save(rotated)

    found = store.find_installation(enterprise_id=None, team_id="T1")
    assert (found.bot_token, found.user_token) == ("xoxb-new", "xoxp-7")
    assert len(emptied.rows("SELECT id FROM slack_installations")) == 1
    assert store.find_bot(enterprise_id=None, team_id="T1").bot_token == "xoxb-new"
    store.close()


def test_two_people_of_the_same_moment_are_two_rows(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    for user in ("U1", "U2"):
        store.save(_installation(TENANTS[0], user, "user", 7))
    assert len(emptied.rows("SELECT id FROM slack_installations")) == 2
    store.close()


def test_a_revoked_bot_is_found_nowhere(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    store.save(_installation(TENANTS[0], "U1", "both", 7))

    store.delete_bot(enterprise_id=None, team_id="T1")
    found = store.find_installation(enterprise_id=None, team_id="T1")
    assert (found.bot_token, found.user_token) == (None, "xoxp-7")
    assert _status(emptied) == "active"  # the person's token is left

    store.delete_installation(enterprise_id=None, team_id="T1", user_id="U1")
    assert store.find_installation(enterprise_id=None, team_id="T1") is None
    assert _status(emptied) == "revoked"
    store.close()


def test_a_delete_touches_its_own_tenant_only(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    other = InstallationStore(database_url=emptied.url, client_id="9.9", token_key=KEY)
    for number, tenant in enumerate(TENANTS):
        store.save(_installation(tenant, "U1", "both", number))
    other.save(_installation(TENANTS[1], "U1", "both", 9))

    store.delete_all(enterprise_id="E1", team_id="T2")

    assert store.find_bot(enterprise_id="E1", team_id="T2") is None
    assert store.find_bot(enterprise_id="E1", team_id=None) is not None
    assert other.find_bot(enterprise_id="E1", team_id="T2") is not None
    assert len(emptied.rows("SELECT 1 FROM dashboard_installations WHERE status = 'uninstalled'")) == 1
    store.close()
    other.close()


def test_an_older_save_does_not_make_the_past_the_present(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    store.save(_installation(TENANTS[0], "U2", "both", 900))
    store.save(_installation(TENANTS[0], "U1", "both", 7))
    summary = emptied.row("SELECT * FROM dashboard_installations")
    assert summary["installer_id"] == "U2"
    store.close()


def test_times_are_naive_utc_whatever_the_clock_of_the_machine(emptied):
    before = os.environ.get("TZ")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    try:
        store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
        store.save(_installation(TENANTS[0], "U1", "bot", 0))
        with emptied.engine.connect() as connection:
            stored = connection.execute(text("SELECT CAST(installed_at AS TEXT) FROM slack_installations")).scalar()
        found = store.find_installation(enterprise_id=None, team_id="T1")
        store.close()
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()
    assert stored.startswith("2023-11-14 22:13:20.123456")
    assert found.installed_at == 1_700_000_000.123456


def _status(database) -> str:
    return database.row("SELECT status FROM dashboard_installations")["status"]
