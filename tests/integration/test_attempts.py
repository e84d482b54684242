"""`/ops/attempts/{reference}`: one attempt. What every list does is in test_lists.py."""

import re

from dashboard.core.clock import now
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import stage
from tests.support.tables import columns
from tests.support.visitor import Visitor


def test_what_solved_it_is_of_the_same_browser_or_customer(new_database):
    """The customer of a refusal is known by what its browser was stored for before, and by nothing weaker."""
    with stage(new_database("sqlite")) as running:
        ana = Visitor(running)
        ana.install(place="T0ACME001")
        refused = ana.install(demand="exchange/user_email_unverified").reference
        desk.people(running)
        owner = Desk(running, "owner")
        Visitor(running).install(place="T0SAMPLE2")  # somebody else's
        assert "It succeeded" not in owner.get(f"/ops/attempts/{refused}").text
        solved = Visitor(running).install(place="T0ACME001").reference  # a colleague of Ana's
        wait.until(lambda: "It succeeded" in owner.get(f"/ops/attempts/{refused}").text)
        page = owner.get(f"/ops/attempts/{refused}")
        assert solved in page.links
        assert "same workspace" in page.text


def test_a_success_without_a_check_says_so(office, owner):
    unchecked, checked = (
        desk.attempt(office, team_id="T0CHECKED", token_verified_at=at) for at in (None, 1_700_000_000_000)
    )
    sentence = "Slack did not answer when its token was checked"
    assert sentence in owner.get(f"/ops/attempts/{unchecked}").text
    assert sentence not in owner.get(f"/ops/attempts/{checked}").text


def test_attempts_are_found_by_reference_in_any_spelling(office, owner):
    desk.attempt(office)
    shown = desk.attempt(office, outcome="failed", step="verified", reason="invalid_code", code="bad_client_secret")
    stored = shown.replace("-", "")
    for spelling in (stored, shown.lower(), shown.replace("-", " ")):
        assert shown in owner.client.get("/ops/attempts", params={"q": spelling}).text
    assert owner.client.get(f"/ops/attempts/{stored.lower()}").headers["Location"] == f"/ops/attempts/{shown}"
    page = owner.get(f"/ops/attempts/{shown}")
    assert page.heading == shown
    assert "Slack refused the exchange of the code: bad_client_secret." in page.text
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


def test_the_same_browser_is_one_that_holds_the_same_secret(office, owner):
    """An office behind one address, with one browser for all, is many people."""
    alike = {"ip_hash": "a" * 32, "user_agent": "Mozilla/5.0", "ip_prefix": None}
    failed = desk.attempt(office, outcome="failed", step="verified", code="invalid_code", browser_digest="d1", **alike)
    desk.attempt(office, browser_digest="d2", **alike)
    assert "It succeeded" not in owner.get(f"/ops/attempts/{failed}").text
    same = desk.attempt(office, browser_digest="d1", ip_hash="b" * 32, user_agent="another")
    assert owner.get(f"/ops/attempts/{failed}").links[same] == f"/ops/attempts/{same}"


def test_a_cancelled_attempt_did_not_fail(office, owner):
    cancelled = desk.attempt(office, outcome="cancelled", step="returned", code="access_denied", reason="access_denied")
    text = owner.get(f"/ops/attempts/{cancelled}").text
    assert "Cancelled at Slack" in text
    assert "Failed" not in text


def test_an_expired_link_is_told_with_the_ages_of_this_attempt_and_deployment(new_database):
    with stage(new_database("sqlite"), DASHBOARD_STATE_TTL="1800") as running:
        desk.people(running)
        minute = 60_000
        at = now()
        times = {"started_at": at - 90 * minute, "returned_at": at - 45 * minute, "last_returned_at": at}
        late = desk.attempt(running, outcome="failed", step="returned", code="state_expired", **times)
        text = " ".join(Desk(running, "owner").get(f"/ops/attempts/{late}").text.split())
        assert "You came back after 1 hour; links work for 30 minutes." in text


def test_what_is_only_possibly_related_says_why_it_is_shown(office, owner):
    here = {
        "outcome": "failed",
        "step": "verified",
        "code": "invalid_code",
        "browser_digest": "r1",
        "ip_prefix": "9.9.9.0/24",
    }
    reference = desk.attempt(office, team_id="T0RELATED", **here)
    same_browser = desk.attempt(office, browser_digest="r1", ip_prefix=None)
    same_place = desk.attempt(office, team_id="T0RELATED", browser_digest="r2", ip_prefix=None)
    same_network = desk.attempt(office, browser_digest="r3", ip_prefix="9.9.9.0/24")
    html = owner.get(f"/ops/attempts/{reference}").html
    related = columns(html, "Reference", "Why it is shown")
    reasons = {re.search(r"/ops/attempts/([0-9A-Z-]{11})", attempt)[1]: why for attempt, why in related}
    assert reasons == {
        same_browser: "same browser",
        same_place: "same workspace",
        same_network: "possibly: same network within the hour",
    }


def test_the_network_is_all_that_is_known_of_some_returns(office, owner):
    reference = desk.attempt(
        office, outcome="failed", verified=False, code="state_unknown", return_ip_prefix="9.8.7.0/24"
    )
    near = desk.attempt(office, ip_prefix="9.8.7.0/24")
    desk.attempt(office, ip_prefix="9.8.7.0/24", seen_at=now() - 2 * 3_600_000)
    related = columns(owner.get(f"/ops/attempts/{reference}").html, "Reference", "Why it is shown")
    assert [(near in attempt, why) for attempt, why in related] == [(True, "possibly: same network within the hour")]


def test_another_account_of_the_vendors_is_said(office, owner):
    signed = {"team_id": "T0ACCOUNT", "metadata_signed": True}
    first, same, other = (
        desk.attempt(office, link_metadata=f"account-{number}", seen_at=now() - ago * 1000, **signed)
        for number, ago in ((1, 9), (1, 6), (2, 3))
    )
    page = owner.get(f"/ops/attempts/{other}")
    assert "connected before as another account" in page.text
    assert "account-1" in page.text
    assert "connected before" not in owner.get(f"/ops/attempts/{first}").text
    assert "connected before" not in owner.get(f"/ops/attempts/{same}").text
    installation = desk.installed(office, "T0ACCOUNT")
    history = owner.get(f"/ops/installations/{installation}").text
    assert f"account-2, by {other}" in history
    assert f"Before asaccount-1, by {same}" in history
    assert "account-2" not in Desk(office, "viewer").get(f"/ops/installations/{installation}").text


def test_who_sees_the_person_the_address_and_the_note(office):
    reference = desk.attempt(office, outcome="failed", step="verified", code="invalid_code", user_id="U0PERSON1")
    written = {"reference": reference.replace("-", ""), "client_id": desk.ACME[2], "at": 1}
    said = {**written, "kind": "visitor", "text": "I saw nothing", "who": "ana@customer.example"}
    insert = "INSERT INTO dashboard_attempt_entries (reference, client_id, at, kind, text, who)"
    office.database.execute(f"{insert} VALUES (:reference, :client_id, :at, :kind, :text, :who)", **said)
    Desk(office, "support").client.post(f"/ops/attempts/{reference}/note", data={"text": "noted by us"})
    secrets = ("U0PERSON1", "ana@customer.example", "I saw nothing", "noted by us")
    for role in ("support", "operator", "admin", "owner"):
        text = Desk(office, role).get(f"/ops/attempts/{reference}").text
        assert all(secret in text for secret in secrets), role
    for role, status in (("viewer", 403), ("stranger", 404)):
        page = Desk(office, role).get(f"/ops/attempts/{reference}")
        assert page.status == status
        assert not any(secret in page.text for secret in secrets), role
