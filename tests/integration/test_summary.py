"""The summary follows slack_sdk's rows, whoever writes them, on both databases."""

import itertools

import pytest
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore

from dashboard.slack import deciding
from dashboard.slack.tenant import scope_set
from tests.support.summaries import (
    CLIENT_ID,
    START,
    TABLES,
    TENANTS,
    all_summaries,
    catch_up,
    installation,
    reindex,
    summary_row,
    where,
)


def test_what_slack_sdk_saves_and_deletes_is_caught_up_with(emptied, theirs):
    theirs.save(installation())
    assert summary_row(emptied) is None
    catch_up(emptied)
    found = summary_row(emptied)
    assert (found["status"], found["removed_at"], found["installer_id"]) == ("active", None, "U1")
    assert (found["client_id"], found["app_id"], found["team_id"]) == (CLIENT_ID, "A1", "T1")
    assert (found["team_name"], found["enterprise_id"]) == ("株式会社 7", None)
    assert (found["bot_scopes"], found["user_scopes"]) == ("chat:write", "search:read,users:read.U1")
    assert found["installed_at"] == found["first_installed_at"] == (START + 7) * 1000 + 500
    assert (found["to_check"], found["url"]) in [(False, None), (0, None)]

    theirs.save(installation(user="U2", number=9))
    catch_up(emptied)
    again = summary_row(emptied)
    assert (again["installer_id"], again["installed_at"]) == ("U2", (START + 9) * 1000 + 500)
    assert again["first_installed_at"] == found["first_installed_at"]

    theirs.delete_all(**where(TENANTS[0]))
    catch_up(emptied)
    gone = summary_row(emptied)
    assert gone["status"] == "uninstalled"
    assert gone["removed_at"] > again["installed_at"]
    assert {**gone, "status": "active", "removed_at": None} == again  # the tombstone keeps what was known

    theirs.save(installation(number=11))
    catch_up(emptied)
    back = summary_row(emptied)
    assert (back["status"], back["removed_at"], back["id"]) == ("active", None, found["id"])


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("kind", ["bot", "user", "both"])
def test_each_kind_of_tenant_and_installation(emptied, ours, theirs, tenant, kind):
    ours.save(installation(tenant, kind=kind))
    kept = summary_row(emptied, tenant)
    assert kept["status"] == "active"
    assert (kept["bot_scopes"] is None, kept["user_scopes"] is None) == (kind == "user", kind == "bot")
    assert bool(kept["is_enterprise_install"]) == (tenant[1] is None)

    emptied.execute(*(f"DELETE FROM {table}" for table in TABLES))
    theirs.save(installation(tenant, kind=kind))
    catch_up(emptied)
    assert {**summary_row(emptied, tenant), "id": 0} == {**kept, "id": 0}


def test_rows_without_a_token_are_revoked_then_uninstalled_when_they_go(emptied, theirs):
    theirs.save(installation())
    catch_up(emptied)
    emptied.execute(
        "UPDATE slack_installations SET bot_token = NULL, user_token = NULL", "UPDATE slack_bots SET bot_token = NULL"
    )
    catch_up(emptied)
    revoked = summary_row(emptied)
    assert (revoked["status"], revoked["bot_scopes"]) == ("revoked", "chat:write")

    theirs.delete_all(**where(TENANTS[0]))
    catch_up(emptied)
    assert summary_row(emptied)["status"] == "uninstalled"
    assert summary_row(emptied)["removed_at"] == revoked["removed_at"]


def test_several_that_lost_their_tokens_at_once_are_caught_up_with(emptied, theirs):
    workspaces = [(None, f"T{number}") for number in range(3)]
    for workspace in workspaces:
        theirs.save(installation(workspace))
    catch_up(emptied)
    emptied.execute(
        "UPDATE slack_installations SET bot_token = NULL, user_token = NULL", "UPDATE slack_bots SET bot_token = NULL"
    )
    catch_up(emptied)
    assert [summary_row(emptied, workspace)["status"] for workspace in workspaces] == ["revoked"] * 3


def test_a_bots_row_alone_leaves_the_installer_to_be_found(emptied, ours):
    ours.save(installation(kind="bot"))
    ours.delete_installation(**where(TENANTS[0]), user_id="U1")
    found = summary_row(emptied)
    assert (found["status"], found["installer_id"], found["search"]) == (
        "active",
        "U1",
        "株式 式会 会社 株式会社 7 t1 a1 u1",
    )


def test_an_older_row_changes_only_the_first_time(emptied, theirs):
    theirs.save(installation(user="U2", number=900))
    catch_up(emptied)
    newer = summary_row(emptied)
    theirs.save(installation(user="U1", number=3, team_name="Old"))
    catch_up(emptied)
    assert summary_row(emptied) == {**newer, "first_installed_at": (START + 3) * 1000 + 500}


def test_what_only_we_know_survives(emptied, ours, theirs):
    ours.save(installation())
    emptied.execute(
        "UPDATE dashboard_installations SET to_check = (1 = 1), url = 'https://t1.slack.com/', first_installed_at = 5"
    )
    theirs.save(installation(number=30))
    catch_up(emptied)
    reindex(emptied)
    found = summary_row(emptied)
    assert (bool(found["to_check"]), found["url"]) == (True, "https://t1.slack.com/")
    assert (found["first_installed_at"], found["installed_at"]) == (5, (START + 30) * 1000 + 500)


def test_another_apps_rows_are_summed_up_apart(emptied, ours):
    stranger = SQLAlchemyInstallationStore("9.9", emptied.engine)
    stranger.save(installation())
    ours.save(installation(number=8))
    catch_up(emptied)
    found = emptied.rows("SELECT client_id, installed_at FROM dashboard_installations ORDER BY client_id")
    assert [row["client_id"] for row in found] == [CLIENT_ID, "9.9"]
    stranger.delete_all(**where(TENANTS[0]))
    catch_up(emptied)
    found = emptied.rows("SELECT status FROM dashboard_installations ORDER BY client_id")
    assert [row["status"] for row in found] == ["active", "uninstalled"]


def test_an_older_installation_after_an_uninstall_is_one(emptied, ours):
    ours.save(installation(number=900))
    ours.delete_all(**where(TENANTS[0]))
    ours.save(installation(number=3))  # another machine's clock, or an import
    assert (summary_row(emptied)["status"], summary_row(emptied)["removed_at"]) == ("active", None)


def test_a_bot_that_rotates_while_it_is_uninstalled_has_a_row_and_says_so(emptied, ours):
    ours.save(installation())
    ours.delete_all(**where(TENANTS[0]))
    ours.save_bot(installation().to_bot())
    assert summary_row(emptied)["status"] == "active"
    ours.delete_bot(**where(TENANTS[0]))
    assert summary_row(emptied)["status"] != "active"


def test_an_empty_id_is_the_same_tenant_and_goes_with_it(emptied, ours, theirs):
    theirs.save(installation(("", "T1")))
    ours.save(installation(number=8))
    catch_up(emptied)
    assert len(all_summaries(emptied)) == 1
    assert summary_row(emptied)["enterprise_id"] is None
    assert summary_row(emptied)["first_installed_at"] == (START + 7) * 1000 + 500

    ours.delete_all(**where(TENANTS[0]))
    assert emptied.rows("SELECT * FROM slack_installations") == []
    assert emptied.rows("SELECT * FROM slack_bots") == []
    assert summary_row(emptied)["status"] == "uninstalled"


def test_a_row_that_moves_to_another_tenant_is_noticed_at_both(emptied, theirs):
    theirs.save(installation())
    catch_up(emptied)
    for table in ("slack_installations", "slack_bots"):
        emptied.execute(f"UPDATE {table} SET enterprise_id = 'E1', team_id = 'T2'")
    catch_up(emptied)
    assert summary_row(emptied)["status"] == "uninstalled"
    assert summary_row(emptied, ("E1", "T2"))["status"] == "active"


def test_what_is_deleted_at_once_is_noticed_at_once(emptied, theirs):
    for number in range(120):
        theirs.save(installation((None, f"T{number}")))
    catch_up(emptied)
    everything = "TRUNCATE" if emptied.kind == "postgresql" else "DELETE FROM"
    emptied.execute(f"{everything} slack_installations", f"{everything} slack_bots")
    catch_up(emptied)
    assert {row["status"] for row in all_summaries(emptied).values()} == {"uninstalled"}
    assert len(all_summaries(emptied)) == 120


def test_our_own_writes_leave_no_note(emptied, ours, theirs):
    ours.save(installation())
    ours.delete_bot(**where(TENANTS[0]))
    ours.save(installation(number=8))
    ours.save_bot(installation(number=8).to_bot())
    assert emptied.rows("SELECT * FROM dashboard_changes") == []
    theirs.save(installation(TENANTS[1]))
    ours.delete_installation(**where(TENANTS[0]))
    ours.delete_all(**where(TENANTS[0]))
    (note,) = {row["enterprise_id"] for row in emptied.rows("SELECT * FROM dashboard_changes")}
    assert note == "E1"  # another tenant's note is not ours to take


def test_a_bot_that_rotates_alone_keeps_the_summary(emptied, ours):
    ours.save(installation())
    before = summary_row(emptied)
    bot = installation().to_bot()
    bot.bot_token, bot.bot_scopes = "xoxb-rotated", ["chat:write", "commands"]
    ours.save_bot(bot)
    scopes = "chat:write,commands"
    known_by = scope_set(scopes, before["user_scopes"])
    assert summary_row(emptied) == {**before, "bot_scopes": scopes, "scope_set": known_by}


def test_the_history_is_not_read(on_sqlite):
    """However long it is, each row that decides is found by index."""
    for form in itertools.product((True, False), (True, False)):
        query = deciding.query(*form).compile(on_sqlite.engine)
        with on_sqlite.engine.connect() as connection:
            statement = f"EXPLAIN QUERY PLAN {query}"
            plan = connection.exec_driver_sql(statement, tuple("x" for _ in query.positiontup)).all()
        steps = [step for *_, step in plan]
        assert not [step for step in steps if step.startswith("SCAN slack_")]
        assert not [step for step in steps if "TEMP B-TREE" in step]
