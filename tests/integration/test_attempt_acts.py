"""What support does about an attempt: notes, ticket, contacted, solved, one-time links."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from dashboard.core.clock import DAY, now
from tests.support import desk
from tests.support.desk import Desk
from tests.support.stage import QUICK, stage
from tests.support.visitor import Visitor, query_of


def failed(office, **columns):
    return desk.attempt(office, outcome="failed", step="verified", code="invalid_code", **columns)


def kept(office, reference):
    find = "SELECT kind, text, who FROM dashboard_attempt_entries WHERE reference = :reference ORDER BY id"
    return [tuple(row.values()) for row in office.database.rows(find, reference=reference.replace("-", ""))]


def test_each_act_is_kept_shown_and_audited(office):
    reference = failed(office)
    support = Desk(office, "support")
    here = f"/ops/attempts/{reference}"
    sent = {
        "note": {"text": "They use <b>Safari</b>\nand will try again"},
        "ticket": {"url": "https://tickets.example/4711"},
        "contacted": {},
        "solved": {},
    }
    for kind, fields in sent.items():
        assert support.client.post(f"{here}/{kind}", data=fields).headers["Location"] == here
    assert kept(office, reference) == [
        ("note", "They use <b>Safari</b>\nand will try again", "support@example.com"),
        ("ticket", "https://tickets.example/4711", "support@example.com"),
        ("contacted", None, "support@example.com"),
        ("solved", None, "support@example.com"),
    ]
    page = support.get(here)
    assert "They use &lt;b&gt;Safari&lt;/b&gt;" in page.html
    assert page.links["https://tickets.example/4711"] == "https://tickets.example/4711"
    assert "support@example.com marked it as solved" in page.text
    verbs = office.database.rows("SELECT verb FROM dashboard_audit WHERE object_id = :reference", reference=reference)
    assert [row["verb"] for row in verbs] == [f"attempt.{kind}" for kind in sent]


@pytest.mark.parametrize(
    ("kind", "fields", "says"),
    [
        ("note", {"text": "  "}, "The note is empty."),
        ("note", {"text": "x" * 2001}, "The text has 2,001 characters."),
        ("ticket", {"url": "javascript:alert(1)"}, "That is no address of a ticket."),
        ("ticket", {"url": "https://[::1"}, "That is no address of a ticket."),
        ("ticket", {"url": "https://x.example/" + "a" * 500}, "That is no address of a ticket."),
    ],
)
def test_what_will_not_do_is_named_and_not_lost(office, kind, fields, says):
    reference = failed(office)
    answer = Desk(office, "support").client.post(f"/ops/attempts/{reference}/{kind}", data=fields)
    assert answer.status_code == 422
    assert says in answer.text
    assert kept(office, reference) == []


def test_a_token_in_a_note_is_not_kept(office):
    reference = failed(office)
    token = "xoxb-" + "1234567890-1234567890-abcdefABCDEF"
    Desk(office, "support").client.post(f"/ops/attempts/{reference}/note", data={"text": f"they sent {token}"})
    assert kept(office, reference)[0][1] == "they sent [token]"


@pytest.mark.parametrize(("role", "status"), [("stranger", 404), ("viewer", 403)])
@pytest.mark.parametrize("kind", ["note", "ticket", "contacted", "solved", "link"])
def test_who_may_not_act(office, role, status, kind):
    reference = failed(office)
    answer = Desk(office, role).client.post(
        f"/ops/attempts/{reference}/{kind}", data={"text": "x", "url": "https://x.y"}
    )
    assert answer.status_code == status
    assert kept(office, reference) == []


def test_there_is_no_other_act(office):
    answer = Desk(office, "owner").client.post(f"/ops/attempts/{failed(office)}/visitor", data={"text": "x"})
    assert answer.status_code == 404


def test_what_was_written_goes_with_its_attempt(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        old, young = failed(running, seen_at=now() - 200 * DAY), failed(running)
        for reference in (old, young):
            Desk(running, "support").client.post(f"/ops/attempts/{reference}/note", data={"text": "x"})
        lost = "INSERT INTO dashboard_attempt_entries (reference, client_id, kind, text, who, at) VALUES"
        running.database.execute(f"{lost} ('ZZZZZZZZZ', '1', 'visitor', 'of no attempt', '', 1)")
        running.run("purge", DASHBOARD_KEEP_ATTEMPTS="180")
        assert kept(running, "ZZZZZZZZZ") == []
        assert kept(running, old) == []
        assert len(kept(running, young)) == 1


@pytest.fixture
def fresh(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        yield running


def link_of(running, reference):
    """The path of a new one-time link for an attempt."""
    answer = Desk(running, "owner").client.post(f"/ops/attempts/{reference}/link")
    assert answer.status_code == 200
    address = re.search(r'id="invited">([^<]+)<', answer.text)[1]
    assert address in answer.text.partition("<textarea")[2].partition("</textarea>")[0]
    assert address.startswith(f"{running.url}/apps/default/invited/")
    return address.removeprefix(running.url)


def start_from(running, path):
    """Open a link as a customer, and press the button: (the visitor, the address at Slack)."""
    visitor = Visitor(running)
    page = visitor.get(path)
    assert page.status == 200, page.text
    return visitor, visitor.start(page.links["Add to Slack"])


def test_a_link_that_is_used_solves_its_attempt_and_works_once(fresh):
    reference = Visitor(fresh).install(demand="exchange/invalid_code").reference
    path = link_of(fresh, reference)
    Visitor(fresh).get(path)  # opening it spends nothing
    visitor, at_slack = start_from(fresh, path)
    installed = visitor.get(visitor.allow(at_slack))
    assert installed.status == 200
    assert kept(fresh, reference)[-1][:2] == ("solved", f"Installed by the one-time link, as {installed.reference}.")
    assert fresh.database.attempt(installed.reference)["source"] == "invited"
    again = Visitor(fresh).get(path)
    assert again.status == 400
    assert "is used or has ended" in again.text


def test_the_link_is_in_the_reply_of_each_language(fresh):
    """It is shown this once: an address for another language could not show it again."""
    reference = Visitor(fresh).install(demand="exchange/invalid_code").reference
    html = Desk(fresh, "owner").client.post(f"/ops/attempts/{reference}/link").text
    link = re.search(r'id="invited">([^<]+)<', html)[1]
    replies = dict(re.findall(r'<textarea readonly lang="(\w+)"[^>]*>([^<]+)</textarea>', html))
    assert sorted(replies) == ["de", "en", "es", "fr", "ja"]
    assert all(link in reply for reply in replies.values())
    assert "hreflang" not in html.partition('id="reply"')[2].partition("</section>")[0]


def test_the_link_is_in_the_reply_whatever_is_to_be_mended(fresh):
    link_of(fresh, Visitor(fresh).install(demand="exchange/bad_client_secret").reference)


def test_another_workspace_is_refused_and_its_token_given_back(fresh):
    first = Visitor(fresh)
    assert first.install(place="T0ACME001").status == 200
    reference = first.install(demand="exchange/invalid_code").reference  # the browser's customer is known
    visitor, at_slack = start_from(fresh, link_of(fresh, reference))
    page = visitor.get(visitor.allow(at_slack, place="T0GLOBEX4"))
    assert (page.status, page.heading) == (401, "This link is for another workspace")
    row = fresh.database.attempt(page.reference)
    assert (row["code"], row["team_id"], row["outcome"]) == ("other_workspace", "T0GLOBEX4", "failed")
    assert fresh.database.rows("SELECT 1 FROM slack_bots WHERE team_id = 'T0GLOBEX4'") == []
    assert ("auth.revoke", None) in fresh.slack.simulator.calls
    verdict = Desk(fresh, "owner").get(f"/ops/attempts/{page.reference}")
    assert "Slack installed it in T0GLOBEX4; their one-time link was made for another customer" in verdict.text
    assert 'data-cause="link_of_another" data-likelihood="likely"' in verdict.html
    assert kept(fresh, reference)[-1][0] == "link"  # not solved, and the link still good
    right, at_slack = start_from(fresh, link_of(fresh, reference))
    assert right.get(right.allow(at_slack, place="T0ACME001")).status == 200


def test_the_token_of_a_workspace_that_has_the_app_is_not_given_back(fresh):
    """Slack may grant the very token that the app works with there."""
    first = Visitor(fresh)
    first.install(place="T0ACME001")
    Visitor(fresh).install(place="T0GLOBEX4")
    reference = first.install(demand="exchange/invalid_code").reference
    visitor, at_slack = start_from(fresh, link_of(fresh, reference))
    assert visitor.get(visitor.allow(at_slack, place="T0GLOBEX4")).status == 401
    status = "SELECT status FROM dashboard_installations WHERE team_id = 'T0GLOBEX4'"
    assert fresh.database.row(status)["status"] == "active"
    assert ("auth.revoke", None) not in fresh.slack.simulator.calls


def begun_by_link(fresh):
    """Two visitors who have opened one link, made for T0ACME001, and are at Slack."""
    first = Visitor(fresh)
    first.install(place="T0ACME001")
    reference = first.install(demand="exchange/invalid_code").reference
    path = link_of(fresh, reference)
    return reference, start_from(fresh, path), start_from(fresh, path)


def test_two_who_began_with_one_link(fresh):
    """The customer's own comes first; the link is spent, and whoever else began with it is still refused."""
    reference, (customer, first), (other, second) = begun_by_link(fresh)
    assert customer.get(customer.allow(first, place="T0ACME001")).status == 200
    assert other.get(other.allow(second, place="T0GLOBEX4")).heading == "This link is for another workspace"
    assert fresh.database.rows("SELECT 1 FROM slack_bots WHERE team_id = 'T0GLOBEX4'") == []
    assert [kind for kind, _, _ in kept(fresh, reference)].count("solved") == 1


def test_two_returns_at_once_of_one_link(fresh):
    """Both are of the customer: both are stored, as an installation and its repetition, and one spends the link."""
    reference, (one, first), (two, second) = begun_by_link(fresh)
    backs = (one, one.allow(first)), (two, two.allow(second))
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda pair: pair[0].get(pair[1]), backs))
    assert [page.status for page in pages] == [200, 200]
    solved = [text for kind, text, _ in kept(fresh, reference) if kind == "solved"]
    assert len(solved) == 1
    assert any(f"as {page.reference}." in solved[0] for page in pages)


@pytest.mark.parametrize(
    "demand", ["revoke/invalid_auth", "revoke/500", "revoke/reset", "revoke/html", "revoke/slow/9"]
)
def test_a_token_that_cannot_be_given_back_is_logged(new_database, demand):
    with stage(new_database("sqlite"), pace=replace(QUICK, call_within=1.5)) as running:
        desk.people(running)
        _, (visitor, at_slack), _ = begun_by_link(running)
        page = visitor.get(visitor.allow(at_slack, place="T0GLOBEX4", demand=demand))
        assert (page.status, page.heading) == (401, "This link is for another workspace")
        (line,) = running.server.log("token.not_given_back")
        assert (line["team_id"], line["level"]) == ("T0GLOBEX4", "error")
        assert "xox" not in running.server.output()
        assert running.database.rows("SELECT 1 FROM slack_bots WHERE team_id = 'T0GLOBEX4'") == []


def test_a_slack_that_says_ok_and_revokes_nothing(fresh):
    _, (visitor, at_slack), _ = begun_by_link(fresh)
    fresh.slack.simulator.odd["auth.revoke"] = {"revoked": False}
    visitor.get(visitor.allow(at_slack, place="T0GLOBEX4"))
    assert [line["error"] for line in fresh.server.log("token.not_given_back")] == ["not_revoked"]


def test_the_database_gone_after_the_link_was_checked(fresh):
    """Slack has granted: the attempt and the log say whose it was, and the link is still good."""
    reference, (visitor, at_slack), _ = begun_by_link(fresh)
    fresh.database.execute("ALTER TABLE slack_bots RENAME TO elsewhere")
    page = visitor.get(visitor.allow(at_slack, place="T0ACME001"))
    fresh.database.execute("ALTER TABLE elsewhere RENAME TO slack_bots")
    assert page.heading == "We could not save the installation"
    row = fresh.database.attempt(page.reference)
    assert (row["code"], row["team_id"]) == ("storage_error", "T0ACME001")
    assert fresh.database.row("SELECT spent_at FROM dashboard_invitations")["spent_at"] is None
    assert [kind for kind, _, _ in kept(fresh, reference)].count("solved") == 0


def test_a_link_ends_after_72_hours_and_is_its_apps_alone(fresh):
    reference = Visitor(fresh).install(demand="exchange/invalid_code").reference
    path = link_of(fresh, reference)
    assert Visitor(fresh).get(path.replace("/apps/default/", "/apps/acme/")).status == 400
    assert Visitor(fresh).get(path[:-1]).status == 400
    fresh.database.execute("UPDATE dashboard_invitations SET expires_at = :at", at=int(time.time() * 1000) - 1)
    assert Visitor(fresh).get(path).status == 400


def test_the_code_is_kept_nowhere(fresh):
    reference = Visitor(fresh).install(demand="exchange/invalid_code").reference
    path = link_of(fresh, reference)
    code = path.rpartition("/")[2]
    visitor, at_slack = start_from(fresh, path)
    assert code not in query_of(at_slack)["state"]
    visitor.get(visitor.allow(at_slack))
    tables = ("dashboard_attempts", "dashboard_attempt_entries", "dashboard_audit", "dashboard_invitations")
    for table in tables:
        assert code not in str(fresh.database.rows(f"SELECT * FROM {table}"))
    assert code not in fresh.server.output()
