"""`/ops/workspaces`: every workspace, and one of them, whichever apps it has."""

import csv
import io
import re

from tests.support import desk
from tests.support.desk import ACME, OTHER, Desk


def test_a_workspace_is_one_page_across_the_apps_one_may_see(office, owner):
    desk.installed(office, "T0MANY002", team_name="株式会社サンプル")
    desk.installed(office, "T0OTHER01", OTHER[2], team_name="Straße of somebody else")
    tried = desk.attempt(office, team_id="T0MANY002")
    page = owner.get("/ops/workspaces/t0many002")
    assert (page.status, page.heading) == (200, "株式会社サンプル")
    assert tried in page.html
    stranger = Desk(office, "stranger")
    assert stranger.get("/ops/workspaces/T0MANY002").status == 404
    assert stranger.get("/ops/workspaces/T0OTHER01").heading == "Straße of somebody else"


def listed(browser, query=""):
    rows = csv.DictReader(io.StringIO(browser.get(f"/ops/workspaces.csv{query}").html))
    return {row["team_id"]: row for row in rows if row["team_id"].startswith("T0EACH")}


def test_each_workspace_is_one_row_among_the_apps_one_may_see(office, owner):
    office.store = desk.bolt(office, ACME[2])
    desk.installed(office, "T0EACH001", team_name="Both", installed_at=1_700_000_000.0)
    desk.installed(office, "T0EACH001", OTHER[2], team_name="Both", installed_at=1_700_000_500.0)
    desk.installed(office, "T0EACH002", team_name="One", installed_at=1_700_000_200.0)
    desk.installed(office, "T0EACH003", OTHER[2], team_name="Theirs", installed_at=1_700_000_300.0)
    office.store.delete_all(enterprise_id=None, team_id="T0EACH002")
    office.store.close()
    every = listed(owner)
    assert {id_: (row["apps"], row["active_installations"]) for id_, row in every.items()} == {
        "T0EACH001": ("2", "2"),
        "T0EACH002": ("1", "0"),
        "T0EACH003": ("1", "1"),
    }
    assert every["T0EACH001"]["latest_installed_at"].startswith("2023-11-14T22:21:40")
    seen = {id_: (row["apps"], row["latest_installed_at"][:19]) for id_, row in listed(Desk(office, "viewer")).items()}
    assert seen == {"T0EACH001": ("1", "2023-11-14T22:13:20"), "T0EACH002": ("1", "2023-11-14T22:16:40")}
    assert set(listed(Desk(office, "stranger"))) == {"T0EACH001", "T0EACH003"}
    assert set(listed(owner, "?app=acme")) == {"T0EACH001", "T0EACH002"}
    assert set(listed(owner, "?app=acme&status=uninstalled")) == {"T0EACH002"}
    assert set(listed(owner, "?q=theirs")) == {"T0EACH003"}


def test_the_list_counts_what_it_shows_and_leads_to_each(office, owner):
    desk.installed(office, "T0LISTED1", team_name="Listed <i>here</i>")
    desk.installed(office, "T0LISTED2")
    html = owner.get("/ops/workspaces?q=T0LISTED1").html
    assert '<a href="/ops/workspaces/T0LISTED1"><bdi>Listed &lt;i&gt;here&lt;/i&gt;</bdi></a>' in html
    assert "1 workspaces" in owner.get("/ops/workspaces/counts?q=T0LISTED1").text
    for order in ("name", "-name", "installed", "-installed"):
        every = re.findall(r'href="/ops/workspaces/(T\w+)"', owner.get(f"/ops/workspaces?sort={order}").html)
        assert len(every) == len(set(every)) > 1


def test_one_that_was_forgotten_is_no_workspace(office, owner):
    there = desk.installed(office, "T0FORGOT1")
    owner.post("/ops/confirm", password=desk.PASSWORD)
    assert owner.post(f"/ops/installations/{there}/forget").status_code == 303
    assert "T0FORGOT1" not in owner.get("/ops/workspaces.csv").html
