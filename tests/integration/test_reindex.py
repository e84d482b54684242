"""`dashboard reindex`: the whole summary anew."""

from dashboard.core.engines import writing
from dashboard.core.steps import in_one_transaction
from dashboard.slack import catching_up
from tests.support.summaries import TENANTS, all_summaries, installation, reindex, summary_row, where


def test_reindex_finds_what_nobody_noted(emptied, ours, theirs):
    ours.save(installation(TENANTS[2]))
    theirs.save(installation(TENANTS[0]))
    theirs.save(installation(TENANTS[1]))
    ours.delete_all(**where(TENANTS[1]))
    emptied.execute(
        "DELETE FROM slack_installations WHERE team_id IS NULL", "DELETE FROM slack_bots WHERE team_id IS NULL"
    )
    emptied.execute("DELETE FROM dashboard_changes")
    tombstone = summary_row(emptied, TENANTS[1])

    assert reindex(emptied) == 2
    assert summary_row(emptied, TENANTS[0])["status"] == "active"
    assert summary_row(emptied, TENANTS[1]) == tombstone
    assert summary_row(emptied, TENANTS[2])["status"] == "uninstalled"
    before = all_summaries(emptied)
    assert reindex(emptied) == 1
    assert all_summaries(emptied) == before


def test_reindex_in_one_transaction_of_the_caller(emptied, theirs):
    for number in range(120):
        theirs.save(installation((None, f"T{number}")))
    emptied.execute("DELETE FROM dashboard_changes")
    heard = []
    with writing(emptied.engine).begin() as connection:
        assert catching_up.reindex(in_one_transaction(connection), lambda *so_far: heard.append(so_far)) == 120
    assert heard[-1] == (120, 120)
    assert len(all_summaries(emptied)) == 120


def test_reindex_goes_on_over_more_rows_than_a_chunk(emptied, theirs, monkeypatch):
    monkeypatch.setattr(catching_up, "CHUNK", 7)
    for number in range(20):
        theirs.save(installation((None, f"T{number}")))
    emptied.execute("DELETE FROM dashboard_changes")
    assert reindex(emptied) == 20
    assert len(all_summaries(emptied)) == 20
