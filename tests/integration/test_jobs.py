"""`/ops/jobs`: an act on many installations, begun in their list."""

import concurrent.futures
import csv
import io
import re

import pytest

from dashboard.desk import job_work
from tests.support import desk, wait
from tests.support.desk import ACME, OTHER, Desk
from tests.support.visitor import Visitor

PLACES = ("T0ACME001", "T0SAMPLE2", "T0OBRIEN3")
EMPTIED = (
    *("slack_installations", "slack_bots", "dashboard_archived_installations", "dashboard_archived_bots"),
    *("dashboard_installations", "dashboard_installation_notes", "dashboard_changes"),
    *("dashboard_job_rows", "dashboard_jobs", "dashboard_audit"),
)


@pytest.fixture(autouse=True)
def alone(office):
    office.slack.simulator.tokens.clear()
    office.database.execute(*(f"DELETE FROM {table}" for table in EMPTIED))


def confirmed(office, role):
    browser = Desk(office, role)
    browser.post("/ops/confirm", password=desk.PASSWORD)
    return browser


def begin(browser, act, ids=(), **more):
    chosen = {"ids": ",".join(map(str, ids))} if ids else {}
    return browser.post("/ops/installations/bulk", act=act, **chosen, **more)


def ended(office, answer):
    """The job's rows by installation, once it has ended."""
    assert answer.status_code == 303, answer.text
    job_id = int(answer.headers["Location"].rpartition("/")[2])
    find = "SELECT * FROM dashboard_jobs WHERE id = :id AND ended_at IS NOT NULL"
    wait.until(lambda: office.database.rows(find, id=job_id))
    rows = office.database.rows("SELECT * FROM dashboard_job_rows WHERE job_id = :id", id=job_id)
    return {row["installation_id"]: (row["outcome"], row["says"]) for row in rows}


def statuses(office):
    return {row["status"] for row in office.database.rows("SELECT status FROM dashboard_installations")}


def some(office, count=3, client_id=ACME[2]):
    return [desk.installed(office, f"T0SOME{number:03}", client_id, team_name=f"<{number}>") for number in range(count)]


def test_a_note_on_those_that_are_ticked(office, owner):
    ids = some(office, 4)
    page = owner.get(f"/ops/installations/bulk?ids={ids[0]}&ids={ids[1]}&ids={ids[2]}")
    assert page.heading == "3 ticked installations"
    assert "&lt;2&gt;" in page.html
    assert f"T0SOME003 {ids[3]}" not in page.html
    answer = begin(owner, "note", ids[:3], text="Told <them>")
    assert set(ended(office, answer).values()) == {("ok", "Noted.")}
    shown = owner.get(answer.headers["Location"])
    assert "3 of 3 done." in shown.text
    assert "“Told &lt;them&gt;”" in shown.html
    assert "hx-trigger" not in shown.html.partition('id="job"')[2].partition("</p>")[0]
    assert "Told &lt;them&gt;" in owner.get(f"/ops/installations/{ids[0]}").html
    assert "Told &lt;them&gt;" not in owner.get(f"/ops/installations/{ids[3]}").html
    acts = office.database.rows(
        "SELECT verb, client_id, details FROM dashboard_audit WHERE verb LIKE 'installation%' ORDER BY id"
    )
    assert acts[0] == {
        "verb": "installations.bulk",
        "client_id": ACME[2],
        "details": "note on 3 installations: 3 ticked installations",
    }
    assert [row["verb"] for row in acts[1:]] == ["installation.note"] * 3


def test_all_that_a_list_shows_and_nothing_that_came_since(office, owner):
    some(office)
    counts = owner.get("/ops/installations/counts?q=T0SOME&app=acme")
    (address,) = [there for word, there in counts.links.items() if word == "Act on all 3"]
    page = owner.get(address)
    assert page.heading == "All 3 of installations, “T0SOME”, Acme Bot"
    sent = {name: re.search(rf'name="{name}" value="([^"]*)"', page.html)[1] for name in ("query", "count")}
    sent["query"] = sent["query"].replace("&amp;", "&")
    desk.installed(office, "T0SOME900")
    answer = begin(owner, "note", text="x", **sent)
    assert answer.status_code == 422
    assert "There are 4 now; 3 was shown." in answer.text
    assert office.database.rows("SELECT * FROM dashboard_jobs") == []
    sent["count"] = "4"
    assert len(ended(office, begin(owner, "note", text="x", **sent))) == 4


def test_suspended_and_resumed_together(office):
    ids = some(office, 3)
    owner = Desk(office, "owner")
    office.database.execute("UPDATE dashboard_sessions SET confirmed_at = 0")
    assert begin(owner, "suspend", ids).headers["Location"].startswith("/ops/confirm")
    assert statuses(office) == {"active"}
    owner.post("/ops/confirm", password=desk.PASSWORD)
    store = desk.bolt(office, ACME[2])
    where = {"enterprise_id": None, "team_id": "T0SOME001"}
    assert store.find_bot(**where)
    rows = ended(office, begin(owner, "suspend", ids, text="They do not pay"))
    assert {outcome for outcome, _ in rows.values()} == {"ok"}
    assert statuses(office) == {"suspended"}
    assert store.find_bot(**where) is None
    again = ended(office, begin(owner, "suspend", ids))
    assert {outcome for outcome, _ in again.values()} == {"failed"}
    assert "It is suspended now." in again[ids[0]][1]
    ended(office, begin(owner, "resume", ids))
    assert statuses(office) == {"active"}
    assert store.find_bot(**where)
    store.close()


def test_checked_at_slack_each_with_its_own_outcome(office, owner):
    for place in PLACES:
        assert Visitor(office).install(place=place).status == 200
    demands = {"T0SAMPLE2": "auth/account_inactive", "T0OBRIEN3": "auth/500"}
    for token in office.slack.simulator.tokens.values():
        token.demand = demands.get(token.place.team_id, "")
    rows = office.database.rows("SELECT id, team_id FROM dashboard_installations")
    ids = {row["team_id"]: row["id"] for row in rows}
    came = ended(office, begin(owner, "check", ids.values()))
    assert came[ids["T0ACME001"]] == ("ok", "Slack takes 1 of 1 tokens.")
    assert came[ids["T0SAMPLE2"]][1].startswith("Slack takes 0 of 1 tokens")
    assert came[ids["T0OBRIEN3"]][0] == "failed"
    assert "Slack answered" in came[ids["T0OBRIEN3"]][1]
    assert statuses(office) == {"active", "revoked"}


def test_who_may_not_does_not(office):
    ids = some(office, 2)
    (theirs,) = some(office, 1, OTHER[2])
    support = confirmed(office, "support")
    assert begin(support, "suspend", ids).status_code == 403
    assert begin(Desk(office, "viewer"), "note", ids, text="x").status_code == 403
    for id_ in (theirs, 999_999, "x", "-1", 2**40):
        assert begin(support, "note", [*ids, id_], text="x").status_code == 404
        assert support.get(f"/ops/installations/bulk?ids={ids[0]}&ids={id_}").status == 404
    assert begin(support, "revoke", ids).status_code == 404
    assert begin(support, "note", ids, text=" ").status_code == 422
    assert begin(support, "note", text="x").status_code == 422
    assert begin(support, "note", text="x", query="colour=red", count="1").status_code == 400
    assert begin(support, "note", text="x", query="app=other", count="1").status_code == 404
    assert begin(support, "note", text="x", query="q=T0SOME", count="3").status_code == 422  # the other app's is one
    assert office.database.rows("SELECT * FROM dashboard_jobs") == []


def test_a_role_that_reaches_in_one_app_only(office):
    (mine,), (theirs,) = some(office, 1), some(office, 1, OTHER[2])
    operator = office.cast.operators["operator"]
    desk.grant(office, operator, office.cast.other, "viewer")
    rows = ended(office, begin(confirmed(office, "operator"), "suspend", [mine, theirs]))
    assert rows[mine][0] == "ok"
    assert rows[theirs] == ("denied", "Your role does not reach that far in its app.")
    denied = office.database.rows("SELECT verb, client_id, object_id FROM dashboard_audit WHERE outcome = 'denied'")
    assert denied == [{"verb": "installation.suspend", "client_id": OTHER[2], "object_id": str(theirs)}]
    office.database.execute(
        f"DELETE FROM dashboard_memberships WHERE operator_id = {operator} AND app_id = {office.cast.other}"
    )


def waiting(office, role, ids):
    """A job that some other process has said it is at, so that ours leaves it alone."""
    at = "9999999999999"
    office.database.execute(
        "INSERT INTO dashboard_jobs (operator_id, act, text, chosen, total, created_at, worked_at)"
        f" VALUES ({office.cast.operators[role]}, 'note', 'x', 'some', {len(ids)}, 1, {at})"
    )
    job_id = office.database.row("SELECT max(id) AS id FROM dashboard_jobs")["id"]
    for id_ in ids:
        office.database.execute(f"INSERT INTO dashboard_job_rows (job_id, installation_id) VALUES ({job_id}, {id_})")
    return job_id


def go_on(office, job_id):
    """As when the other process has not been heard of for long."""
    office.database.execute(f"UPDATE dashboard_jobs SET worked_at = 1 WHERE id = {job_id}")
    find = "SELECT * FROM dashboard_jobs WHERE id = :id AND ended_at IS NOT NULL"
    return wait.until(lambda: office.database.rows(find, id=job_id))[0]


def test_another_process_goes_on_where_one_ended_and_does_nothing_twice(office, owner):
    ids = some(office)
    job_id = waiting(office, "owner", ids)
    office.database.execute(
        f"UPDATE dashboard_job_rows SET outcome = 'ok', says = 'Noted.', done_at = 1 WHERE installation_id = {ids[0]}"
    )
    page = owner.get(f"/ops/jobs/{job_id}")
    assert "1 of 3 done." in page.text
    assert f'hx-get="/ops/jobs/{job_id}" hx-trigger="every 1s"' in page.html
    assert go_on(office, job_id)["stopped"] is None
    assert len(office.database.rows("SELECT * FROM dashboard_installation_notes")) == 2


def test_two_processes_do_not_take_the_same_job(database):
    """The second reads the job before the first has said that it is at it, and waits for the first on its row."""
    database.execute(
        "INSERT INTO dashboard_operators (id, email, owner, created_at) VALUES (1, 'a@example.com', true, 1)",
        "INSERT INTO dashboard_jobs (operator_id, act, text, chosen, total, created_at, worked_at)"
        " VALUES (1, 'note', 'x', 'some', 0, 1, 0)",
    )
    with concurrent.futures.ThreadPoolExecutor() as pool:
        with database.begin() as first:
            assert job_work.take(first) is not None
            second = pool.submit(_take, database)
            with pytest.raises(TimeoutError):
                second.result(0.5)
        assert second.result() is None


def _take(database):
    with database.begin() as db:
        return job_work.take(db)


def test_stopped_where_it_is(office, owner):
    job_id = waiting(office, "owner", some(office))
    assert owner.post(f"/ops/jobs/{job_id}/stop").status_code == 303
    page = owner.get(f"/ops/jobs/{job_id}")
    assert "owner@example.com stopped it. 3 were left as they are." in page.text
    office.database.execute("UPDATE dashboard_jobs SET worked_at = 0")
    rows = csv.DictReader(io.StringIO(owner.get(f"/ops/jobs/{job_id}/rows.csv").html))
    assert [(row["name"], row["outcome"]) for row in rows] == [(f"<{n}>", "waiting") for n in range(3)]
    assert office.database.rows("SELECT * FROM dashboard_installation_notes") == []


def test_whoever_is_disabled_does_nothing_more(office):
    desk.operator(office, "leaver@example.com", owner=True)
    leaver = office.database.row("SELECT id FROM dashboard_operators WHERE email = 'leaver@example.com'")["id"]
    job_id = waiting(office, "owner", some(office))
    office.database.execute(
        f"UPDATE dashboard_jobs SET operator_id = {leaver}",
        f"UPDATE dashboard_operators SET disabled_at = 1 WHERE id = {leaver}",
    )
    assert go_on(office, job_id)["stopped"] == "Whoever began it may not sign in any more."
    assert office.database.rows("SELECT * FROM dashboard_installation_notes") == []


def test_a_job_is_for_whoever_began_it_and_for_owners(office):
    job_id = waiting(office, "support", some(office))
    for role, status in (("support", 200), ("owner", 200), ("admin", 404), ("stranger", 404), ("viewer", 404)):
        browser = Desk(office, role)
        assert browser.get(f"/ops/jobs/{job_id}").status == status
        assert browser.get(f"/ops/jobs/{job_id}/rows.csv").status == status
        assert (f"/ops/jobs/{job_id}" in browser.get("/ops/jobs").html) == (status == 200)
    assert Desk(office, "admin").post(f"/ops/jobs/{job_id}/stop").status_code == 404


def test_the_export_of_what_is_ticked(office, owner):
    ids = some(office, 3)
    page = owner.get(f"/ops/installations/bulk?ids={ids[0]}&ids={ids[2]}")
    rows = csv.DictReader(io.StringIO(owner.get(page.links["Export CSV"]).html))
    assert {row["team_id"] for row in rows} == {"T0SOME000", "T0SOME002"}
    assert owner.get("/ops/installations.csv?id=x").html.count("\n") == 1


def test_ticks_are_for_those_who_may_act(office):
    some(office, 1)
    assert 'type="checkbox" name="ids"' in Desk(office, "support").get("/ops/installations").html
    viewer = Desk(office, "viewer")
    assert 'name="ids"' not in viewer.get("/ops/installations").html
    assert "Act on all" not in viewer.get("/ops/installations/counts").text
