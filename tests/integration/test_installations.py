"""`/ops/installations/{id}`: one installation. What every list does is in test_lists.py."""

from tests.support import desk
from tests.support.desk import ACME


def test_an_installation_shows_everything_but_its_tokens(office, owner):
    shown = desk.installed(office, "T0SHOWN01", team_name="株式会社サンプル")
    page = owner.get(f"/ops/installations/{shown}")
    assert page.heading == "株式会社サンプル"
    assert "xoxb-…1234" in page.text
    assert "xoxb-of-the-desk" not in page.html


def test_an_uninstalled_one_says_so(office, owner):
    gone = desk.installed(office, "T0GONE001")
    store = desk.bolt(office, ACME[2])
    store.delete_all(enterprise_id=None, team_id="T0GONE001")
    store.close()
    assert "The app was uninstalled" in owner.get(f"/ops/installations/{gone}").text


def test_the_attempts_there_are_shown(office, owner):
    there = desk.installed(office, "T0TRIED01")
    tried = desk.attempt(office, team_id="T0TRIED01", outcome="failed", step="verified", code="bad_client_secret")
    elsewhere = desk.attempt(office, team_id="T0ELSE001")
    html = owner.get(f"/ops/installations/{there}").html
    assert tried in html
    assert elsewhere not in html


def test_a_name_of_nothing_but_spaces_is_shown_as_the_id(office, owner):
    blank = desk.installed(office, "T0BLANK01", team_name="  ")
    assert owner.get(f"/ops/installations/{blank}").heading == "T0BLANK01"
    assert ">T0BLANK01</a>" in owner.get("/ops/installations?q=T0BLANK01").html
    assert owner.get("/ops/workspaces/T0BLANK01").heading == "T0BLANK01"
