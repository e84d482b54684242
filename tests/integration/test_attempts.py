"""`/ops/attempts/{reference}`: one attempt. What every list does is in test_lists.py."""

import re

from tests.support import desk


def test_attempts_are_found_by_reference_in_any_spelling(office, owner):
    desk.attempt(office)
    shown = desk.attempt(office, outcome="failed", step="verified", reason="invalid_code", code="bad_client_secret")
    stored = shown.replace("-", "")
    for spelling in (stored, shown.lower(), shown.replace("-", " ")):
        assert shown in owner.client.get("/ops/attempts", params={"q": spelling}).text
    assert owner.client.get(f"/ops/attempts/{stored.lower()}").headers["Location"] == f"/ops/attempts/{shown}"
    page = owner.get(f"/ops/attempts/{shown}")
    assert page.heading == shown
    assert "The app could not identify itself to Slack" in page.text
    assert owner.get("/ops/attempts/nonsense").status == 404
    assert "bad_client_secret" in owner.client.get("/ops/attempts.csv?outcome=failed").text
    counted = owner.get("/ops/attempts/counts?outcome=-succeeded").text
    others = office.database.row("SELECT count(*) AS n FROM dashboard_attempts WHERE outcome != 'succeeded'")["n"]
    assert re.search(r"(\d+) attempts?", counted)[1] == str(others)


def test_a_later_success_at_the_same_place_is_told(office, owner):
    failed = desk.attempt(office, team_id="T0LATER01", outcome="failed", step="verified", code="invalid_code")
    succeeded = desk.attempt(office, team_id="T0LATER01")
    page = owner.get(f"/ops/attempts/{failed}")
    assert page.links[succeeded] == f"/ops/attempts/{succeeded}"
    assert "It succeeded" in page.text
    assert "It succeeded" not in owner.get(f"/ops/attempts/{succeeded}").text
