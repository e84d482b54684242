"""`/ops/enterprises`: every organization, and one of them, with its workspaces."""

import re

from dashboard.desk import workspaces
from tests.support import desk
from tests.support.desk import ACME, Desk
from tests.support.tables import column
from tests.support.visitor import ORGANIZATION, Visitor


def test_an_organization_shows_its_own_installation_and_those_of_its_workspaces(office, owner):
    org = {"enterprise_id": "E0SAMPLE1", "enterprise_name": "Organization"}
    store = desk.bolt(office, ACME[2])
    store.save(desk.installation(None, team_name=None, is_enterprise_install=True, **org))
    store.save(desk.installation("T0PART001", team_name="A part of it", **org))
    store.close()
    page = owner.get("/ops/enterprises/E0SAMPLE1")
    assert (page.status, page.heading) == (200, "Organization")
    assert "A part of it" in page.html.split('id="workspaces"')[1]
    assert "A part of it" not in page.html.split('id="workspaces"')[0]
    assert Desk(office, "stranger").get("/ops/enterprises/E0SAMPLE1").status == 404


def test_the_list_has_each_organization_once(office, owner):
    org = {"enterprise_id": "E0LISTED1", "enterprise_name": "Zeta of many"}
    store = desk.bolt(office, ACME[2])
    for number in range(3):
        store.save(desk.installation(f"T0LISTED{number}", **org))
    store.save(desk.installation("T0LONELY1", enterprise_id="E0LISTED2", enterprise_name="alpha <of> one"))
    store.close()
    html = owner.get("/ops/enterprises?sort=name").html
    assert html.count("E0LISTED1</small>") == 1
    assert html.index("alpha &lt;of&gt; one") < html.index("Zeta of many")
    assert column(html, "Active")[-1] == "3"
    assert "E0LISTED1,Zeta of many,1,3,active" in owner.get("/ops/enterprises.csv").html
    assert "E0LISTED" not in Desk(office, "stranger").get("/ops/enterprises").html
    assert "1 organizations" in owner.get("/ops/enterprises/counts?q=E0LISTED1").text


def test_where_an_organization_added_the_app_is_asked_of_slack(office, owner):
    office.slack.simulator.not_added.clear()
    Visitor(office).install(place=ORGANIZATION)
    find = "SELECT id FROM dashboard_installations WHERE enterprise_id = 'E0GLOBEX1' AND team_id IS NULL"
    there = f"/ops/installations/{office.database.row(find)['id']}"
    assert "Slack was not asked yet" in owner.get("/ops/enterprises/E0GLOBEX1").text
    assert owner.get("/ops/workspaces/T0GLOBEX4").status == 404
    checked = owner.follow(owner.post(f"{there}/check"))
    assert "Slack takes 1 of 1 tokens; the app is added to 1 workspace." in checked.text
    page = owner.get("/ops/enterprises/E0GLOBEX1")
    assert page.links["Globex Research"] == "/ops/workspaces/T0GLOBEX4"
    assert "Globex Corporation" in owner.get("/ops/workspaces/T0GLOBEX4").html
    assert Desk(office, "viewer").get("/ops/workspaces/T0GLOBEX4").status == 404
    assert 'data-cause="no_workspace_added" data-likelihood="unlikely"' in owner.get(there).html

    office.slack.simulator.not_added.add("T0GLOBEX4")
    assert "added to 0 workspaces" in owner.follow(owner.post(f"{there}/check")).text
    assert "To no workspace" in owner.get("/ops/enterprises/E0GLOBEX1").text
    assert 'data-cause="no_workspace_added" data-likelihood="likely"' in owner.get(there).html
    assert owner.get("/ops/workspaces/T0GLOBEX4").status == 404

    for token in office.slack.simulator.tokens.values():  # what Slack does not say leaves what it said
        token.demand = "teams/missing_scope"
    assert "Slack takes 1 of 1 tokens." in owner.follow(owner.post(f"{there}/check")).text
    assert "To no workspace" in owner.get("/ops/enterprises/E0GLOBEX1").text


def test_everything_that_happened_is_in_one_order_of_time(office, owner):
    org = {"enterprise_id": "E0ORDER01", "enterprise_name": "In order"}
    first = desk.installed(office, "T0ORDER01", installed_at=1_700_000_000.0, **org)
    desk.installed(office, "T0ORDER02", installed_at=1_700_000_200.0, **org)
    attempt = {"enterprise_id": "E0ORDER01", "outcome": "failed", "code": "invalid_code", "step": "verified"}
    reference = desk.attempt(office, seen_at=1_700_000_100_000, **attempt)
    owner.post(f"/ops/installations/{first}/note", text="A <note>")
    html = owner.get("/ops/enterprises/E0ORDER01").html.partition('id="timeline"')[2].partition("</ol>")[0]
    words = re.findall(r"<strong>(\w+)</strong>", html)
    assert words == ["Note", "Installed", "Attempt", "Installed"]
    assert html.index("A &lt;note&gt;") < html.index(reference) < html.rindex(f"/ops/installations/{first}")
    viewer = Desk(office, "viewer").get("/ops/enterprises/E0ORDER01").html
    assert reference not in viewer
    assert "A &lt;note&gt;" not in viewer


def test_what_is_not_shown_is_said(office, owner):
    ids = [f"T0CUT{number:04}" for number in range(workspaces.MOST_INSTALLATIONS + 1)]
    named = {"enterprise_id": "E0CUTTED1", "enterprise_name": "Cut"}
    desk.install_all(office, ACME[2], [desk.installation(id_, team_name=id_, **named) for id_ in ids])
    desk.attempts(office, *[{"enterprise_id": "E0CUTTED1"}] * workspaces.MOST_ATTEMPTS)
    page = owner.get("/ops/enterprises/E0CUTTED1")
    assert "The first 200 by name are shown" in page.text
    assert "The newest 50 are shown" in page.text
    assert "What happened in the first 20 installations is shown" in page.text
    counted = owner.get("/ops/installations/counts?q=E0CUTTED1").text
    assert "201 installations" in counted
    few = owner.get("/ops/workspaces/T0CUT0001")
    assert "are shown" not in few.text
