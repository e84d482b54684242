"""What operators do about an installation: here, and at the simulated Slack."""

import re
import threading
from dataclasses import replace

import pytest

from dashboard.core.clock import DAY
from tests.conftest import BOTH
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import CLIENT_ID, QUICK, stage
from tests.support.visitor import ORGANIZATION, Visitor

TABLES = ("slack_installations", "slack_bots")
KNOWN = (
    "dashboard_installations",
    "dashboard_installation_notes",
    "dashboard_changes",
    "dashboard_audit",
    "dashboard_sessions",
)
HELD = ("dashboard_archived_installations", "dashboard_archived_bots")
SUMMARY = "SELECT * FROM dashboard_installations WHERE team_id = :team_id"
CONFIRMED = {"password": desk.PASSWORD}


@pytest.fixture(scope="module", params=BOTH)
def open_office(request, new_database):
    with stage(new_database(request.param), SLACK_USER_SCOPES="search:read") as running:
        desk.people(running)
        yield running
        assert running.server.errors() == []


@pytest.fixture
def office(open_office):
    """A service whose default app somebody has just installed, with a person's token, too, and nobody anything else."""
    open_office.slack.simulator.tokens.clear()
    open_office.slack.simulator.calls.clear()
    open_office.database.execute(*(f"DELETE FROM {table}" for table in (*TABLES, *HELD, *KNOWN)))
    Visitor(open_office).install()
    open_office.store = desk.bolt(open_office, CLIENT_ID)
    yield open_office
    open_office.store.close()


def summary(office, team_id="T0ACME001"):
    return office.database.row(SUMMARY, team_id=team_id)


def rows(office, tables=TABLES):
    """What is stored, but for ids: they change on the way to the archive and back."""
    found = [office.database.rows(f"SELECT * FROM {table} ORDER BY id") for table in tables]
    return [[{name: value for name, value in row.items() if name != "id"} for row in table] for table in found]


def found(office, team_id="T0ACME001"):
    """What a running Bolt app finds."""
    where = {"enterprise_id": None, "team_id": team_id}
    return office.store.find_bot(**where), office.store.find_installation(**where)


def here(office, team_id="T0ACME001"):
    return f"/ops/installations/{summary(office, team_id)['id']}"


def owner(office):
    """An owner who has just given the password."""
    browser = Desk(office, "owner")
    assert browser.post("/ops/confirm", **CONFIRMED).status_code == 303
    return browser


def act(office, name, browser=None, **form):
    """Do it, and the page afterwards: where it leads to, or the one that says why not."""
    browser = browser or owner(office)
    answer = browser.post(f"{here(office)}/{name}", **form)
    return browser.follow(answer) if answer.status_code == 303 else answer


def audited(office):
    find = "SELECT verb, outcome, details FROM dashboard_audit WHERE object_type = 'installation' ORDER BY id"
    return [
        (row["verb"].removeprefix("installation."), row["outcome"], row["details"])
        for row in office.database.rows(find)
    ]


def test_suspended_and_resumed_is_exactly_as_before(office):
    before, known = rows(office), summary(office)
    assert all(found(office))
    page = act(office, "suspend", text="They do not pay <b>us</b>")
    assert "Suspended. No Bolt app finds it until it is resumed." in page.text
    assert found(office) == (None, None)  # in the process that ran before, at once
    assert rows(office) == [[], []]
    assert rows(office, HELD) == before
    assert summary(office)["status"] == "suspended"
    assert 'data-cause="held_by_operator" data-likelihood="likely"' in page.html
    assert "They do not pay &lt;b&gt;us&lt;/b&gt;" in page.html
    wait.until(lambda: office.database.rows("SELECT 1 FROM dashboard_changes") == [])
    assert summary(office)["status"] == "suspended"  # the notes of the triggers bury nothing

    assert "Resumed, as it was." in act(office, "resume").text
    assert rows(office) == before
    assert rows(office, HELD) == [[], []]
    assert {**summary(office), "search": ""} == {**known, "search": ""}
    assert all(found(office))
    assert [(verb, outcome) for verb, outcome, _ in audited(office)] == [("suspend", "ok"), ("resume", "ok")]


def test_what_is_stored_while_it_is_suspended_waits_for_the_resume(office):
    act(office, "suspend")
    visitor = Visitor(office)
    assert visitor.install().status == 200  # the customer installs again
    bot, _ = found(office)
    assert bot is None
    assert rows(office) == [[], []]
    assert summary(office)["status"] == "suspended"
    act(office, "resume")
    assert all(found(office))
    assert len(rows(office)[0]) == 2


def test_slack_sdks_own_class_writes_it_back_and_ours_does_not_find_it(office):
    kept = rows(office)[1][0]
    act(office, "suspend")
    names, values = ", ".join(kept), ", ".join(f":{name}" for name in kept)
    office.database.execute(f"INSERT INTO slack_bots ({names}) VALUES ({values})", **kept)
    assert found(office)[0] is None
    wait.until(lambda: office.database.rows("SELECT 1 FROM dashboard_changes") == [])
    assert summary(office)["status"] == "suspended"


def test_an_uninstall_at_slack_while_it_is_suspended(office):
    act(office, "suspend")
    office.store.delete_all(enterprise_id=None, team_id="T0ACME001")
    assert summary(office)["status"] == "uninstalled"
    assert rows(office, HELD) == [[], []]


def test_forgotten_and_restored_is_exactly_as_before(office):
    before, known = rows(office), summary(office)
    browser = owner(office)
    assert "Forgotten. It can be restored for 30 days." in act(office, "forget", browser).text
    assert found(office) == (None, None)
    for path in ("/ops/installations", "/ops/installations.csv", "/ops/installations?q=T0ACME001"):
        assert "Acme Europe" not in browser.get(path).html
    assert "Acme Europe" in browser.get("/ops/installations?status=deleted").html
    assert "Acme Europe" in browser.get("/ops/installations.csv?status=deleted").html
    assert "Acme Europe" in browser.client.post("/ops/lookup", data={"q": "T0ACME001"}).text  # support finds it
    assert "Restored, as it was." in act(office, "restore", browser).text
    assert rows(office) == before
    assert {**summary(office), "search": ""} == {**known, "search": ""}


def test_forgotten_and_installed_anew_by_the_customer(office):
    act(office, "forget")
    assert Visitor(office).install().status == 200
    assert summary(office)["status"] == "active"
    assert summary(office)["held_at"] is None
    assert rows(office, HELD) == [[], []]
    assert all(found(office))


def test_what_is_forgotten_is_destroyed_after_thirty_days(office):
    act(office, "note", text="They left.")
    act(office, "forget")
    assert "Destroyed" not in office.run("purge").stdout
    office.database.execute("UPDATE dashboard_installations SET held_at = held_at - :days", days=31 * DAY)
    assert "Destroyed 1 installations" in office.run("purge").stdout
    assert rows(office, HELD) == [[], []]
    assert office.database.rows(SUMMARY, team_id="T0ACME001") == []
    assert office.database.rows("SELECT * FROM dashboard_installation_notes") == []


def test_a_check_brings_it_up_to_what_slack_says(office):
    office.database.execute("UPDATE dashboard_installations SET to_check = TRUE, url = NULL")
    office.database.execute("UPDATE slack_bots SET bot_scopes = 'chat:write'")
    assert "Slack takes 2 of 2 tokens." in act(office, "check", Desk(office, "owner")).text
    row = summary(office)
    assert (row["to_check"] in (False, 0), row["url"]) == (True, "https://acme-europe.slack.com/")
    assert row["bot_scopes"] == "chat:write,commands"
    assert row["checked_at"]


def test_a_check_of_a_bot_alone_that_is_gone(office):
    """A Bolt app stored the bot and no installation: its row goes, and it was no uninstall."""
    office.database.execute("DELETE FROM slack_installations")
    wait.until(lambda: not office.database.rows("SELECT 1 FROM dashboard_changes"))  # else it may be noticed afterwards
    for token in office.slack.simulator.tokens.values():
        token.demand = "auth/token_revoked"
    act(office, "check")
    assert summary(office)["status"] == "revoked"


def test_a_check_of_what_was_removed_at_slack(office):
    for token in office.slack.simulator.tokens.values():
        token.demand = "auth/account_inactive"
    assert "Slack takes 0 of 2 tokens: it was revoked or removed there." in act(office, "check").text
    assert summary(office)["status"] == "revoked"
    assert found(office)[0] is None


@pytest.fixture(scope="module")
def impatient(new_database):
    """A service that waits a second for Slack."""
    with stage(new_database("sqlite"), pace=replace(QUICK, call_within=1.0)) as running:
        desk.people(running)
        yield running


@pytest.mark.parametrize("fault", ["500", "reset", "html", "429", "slow/9", "invalid_auth", "fatal_error"])
@pytest.mark.parametrize("name", ["check", "revoke", "uninstall"])
def test_what_slack_refuses_or_does_not_answer_changes_nothing(impatient, name, fault):
    """`invalid_auth` too: it is what an address gets that the app's list of allowed ones lacks."""
    Visitor(impatient).install()
    method = {"check": "auth", "revoke": "revoke", "uninstall": "uninstall"}[name]
    for token in impatient.slack.simulator.tokens.values():
        token.demand = f"{method}/{fault}"
    before, known = rows(impatient), summary(impatient)
    answer = act(impatient, name)
    assert answer.status_code == 422
    assert "It was not done" in answer.text
    assert "Slack answered" in answer.text
    assert (rows(impatient), summary(impatient)) == (before, known)
    assert audited(impatient)[-1][:2] == (name, "failed")
    assert "xox" not in f"{impatient.server.output()}{audited(impatient)}"
    assert re.findall(r"xox[bp]-(?!…)", answer.text) == []
    assert "client-secret" not in impatient.server.output()


def test_revoked(office):
    assert "Revoked. The app can do nothing there" in act(office, "revoke").text
    assert summary(office)["status"] == "revoked"
    assert office.slack.simulator.tokens == {}
    assert [row["user_token"] for row in rows(office)[0]] == [None]
    assert rows(office)[1] == []
    assert [entry[:2] for entry in audited(office)] == [("revoke", "ok"), ("revoke", "ok")]  # begun, and done
    assert audited(office)[0][2] == "Acme Europe: begun, with 2 tokens"


def test_uninstalled(office):
    assert "Uninstalled." in act(office, "uninstall").text
    assert summary(office)["status"] == "uninstalled"
    assert office.slack.simulator.tokens == {}
    assert rows(office) == [[], []]


def test_slack_lets_no_bot_uninstall_and_says_what_to_do(new_database):
    with stage(new_database("sqlite")) as office:
        desk.people(office)
        Visitor(office).install(demand="uninstall/no_permission")
        answer = act(office, "uninstall")
        assert answer.status_code == 422
        assert "Slack answered no_permission. It lets only a person" in answer.text
        assert summary(office)["status"] == "active"


def _install_again(office, _browser):
    assert Visitor(office).install().status == 200


def _suspend(office, browser):
    assert "Suspended." in act(office, "suspend", browser, text="asked to").text


@pytest.mark.parametrize(("meanwhile", "status"), [(_install_again, "active"), (_suspend, "suspended")])
def test_what_changes_while_slack_is_asked_is_left_as_it_is(office, monkeypatch, meanwhile, status):
    browser = owner(office)
    path = f"{here(office)}/revoke"
    answers = []
    asking = threading.Thread(target=lambda: answers.append(browser.post(path)))
    monkeypatch.setitem(office.slack.simulator.late, "auth.revoke", 0.5)
    asking.start()
    wait.until(lambda: ("auth.revoke", None) in office.slack.simulator.calls)
    meanwhile(office, owner(office))
    before = rows(office, (*TABLES, *HELD))
    asking.join()
    assert "What is stored of it is no longer what Slack was asked about" in browser.follow(answers[0]).text
    assert summary(office)["status"] == status
    assert rows(office, (*TABLES, *HELD)) == before
    assert audited(office)[-1][2].endswith("no longer what it was asked about, and was left")


def test_a_link_is_for_exactly_this_workspace(office):
    answer = Desk(office, "owner").post(f"{here(office)}/link")
    path = re.search(r'id="invited">([^<]+)<', answer.text)[1].removeprefix(office.url)
    visitor = Visitor(office)
    at_slack = visitor.start(visitor.get(path).links["Add to Slack"])
    assert visitor.get(visitor.allow(at_slack, place="T0SAMPLE2")).heading == "This link is for another workspace"
    visitor = Visitor(office)
    at_slack = visitor.start(visitor.get(path).links["Add to Slack"])
    assert visitor.get(visitor.allow(at_slack)).status == 200
    assert Visitor(office).get(path).status == 400


@pytest.mark.parametrize("role", desk.ROLES)
def test_who_may_do_what(office, role):
    """At an app that the roles are given in. Whoever may not is told so, and it is put down."""
    office.database.execute("DELETE FROM dashboard_audit")
    desk.installed(office, "T0ROLES01")
    browser = Desk(office, role)
    browser.post("/ops/confirm", **CONFIRMED)
    acts = {"note": "support", "link": "support", "check": "support"}
    acts |= dict.fromkeys(("suspend", "resume", "forget", "restore"), "operator")
    order = ("viewer", "support", "operator", "admin", "owner")
    for name, needed in acts.items():
        answer = browser.post(f"{here(office, 'T0ROLES01')}/{name}", text="x")
        if role == "stranger":
            assert answer.status_code == 404
        elif order.index(role) < order.index(needed):
            assert answer.status_code == 403
            assert audited(office)[-1][1] == "denied"
        else:
            # The check has no app at the simulated Slack to ask for.
            assert answer.status_code == {"link": 200, "check": 422}.get(name, 303), name


def test_a_dangerous_act_says_what_it_does_and_wants_to_know_who_it_is(office):
    browser = Desk(office, "owner")
    asked = browser.get(f"{here(office)}/uninstall")
    for words in ("At Slack", "Here", "The customer", "The app is taken out of the workspace"):
        assert words in asked.text
    office.database.execute("UPDATE dashboard_sessions SET confirmed_at = 0")
    answer = browser.post(f"{here(office)}/uninstall")
    assert answer.headers["Location"].startswith("/ops/confirm")
    assert summary(office)["status"] == "active"
    confirmed = browser.post("/ops/confirm", act=f"{here(office)}/uninstall", **CONFIRMED)
    assert (confirmed.status_code, confirmed.headers["Location"]) == (307, f"{here(office)}/uninstall")
    assert browser.post(confirmed.headers["Location"]).status_code == 303
    assert summary(office)["status"] == "uninstalled"
    assert browser.get(f"{here(office)}/note").status == 404  # asks for nothing
    assert browser.post(f"{here(office)}/made_up").status_code == 404


def test_a_stale_form_does_nothing(office):
    browser = owner(office)
    act(office, "suspend", browser)
    answer = act(office, "suspend", browser)
    assert answer.status_code == 422
    assert "It is suspended now. Somebody was quicker" in answer.text
    assert browser.get(f"{here(office)}/suspend").status == 409


@pytest.mark.parametrize(
    ("text", "says"), [(" ", "The note is empty."), ("x" * 2001, "The text has 2,001 characters.")]
)
def test_a_note_that_will_not_do_comes_back(office, text, says):
    answer = Desk(office, "owner").post(f"{here(office)}/note", text=text)
    assert answer.status_code == 422
    assert says in answer.text
    assert f">{text}</textarea>" in answer.text


def test_the_timeline_is_for_those_who_may_read_it(office):
    desk.installed(office, "T0LINE001", bot_scopes="chat:write", installed_at=1_790_000_000.0)
    desk.installed(office, "T0LINE001", bot_scopes="chat:write,im:read", installed_at=1_790_100_000.0)
    support = Desk(office, "support")
    support.post(f"{here(office, 'T0LINE001')}/note", text="They asked <twice>")
    page = support.get(here(office, "T0LINE001"))
    for words in ("Installed again", "added im:read", "U0ANA", "They asked <twice>", "support@example.com"):
        assert words in page.text
    owner(office).post(f"{here(office, 'T0LINE001')}/suspend", text="They asked us to")
    viewer = Desk(office, "viewer").get(here(office, "T0LINE001"))
    assert "Installed again" in viewer.text
    assert "Suspended" in viewer.text
    assert [word for word in ("U0ANA", "They asked", "support@", "owner@") if word in viewer.text] == []


def test_an_organization_is_held_and_given_back(office):
    Visitor(office).install(place=ORGANIZATION)
    (row,) = office.database.rows("SELECT id FROM dashboard_installations WHERE enterprise_id = 'E0GLOBEX1'")
    browser = owner(office)
    where = {"enterprise_id": "E0GLOBEX1", "team_id": "T0GLOBEX4", "is_enterprise_install": True}
    assert office.store.find_bot(**where)
    browser.post(f"/ops/installations/{row['id']}/suspend")
    assert office.store.find_bot(**where) is None
    browser.post(f"/ops/installations/{row['id']}/resume")
    assert office.store.find_bot(**where)
