"""`/ops/codes`: every code, how often it was met, and those that nobody wrote down."""

import re

import pytest

from dashboard.access import permissions
from dashboard.desk import code_notes
from tests.conftest import BOTH
from tests.support import desk
from tests.support.at_once import while_another_is_open


def test_codes_are_counted_and_what_nobody_wrote_down_is_said(office, owner):
    desk.attempt(office, outcome="failed", step="returned", code="never_heard_of_it")
    desk.attempt(office, outcome="failed", step="verified", code="bad_client_secret")
    page = owner.get("/ops/codes")
    assert "Met, and not in the catalogue" in page.text
    assert "never_heard_of_it" in page.text
    assert re.search(r'bad_client_secret</a>.*?class="number">1<', page.html, re.DOTALL)
    assert owner.get("/ops/codes/bad_client_secret").heading == "bad_client_secret"
    assert owner.get("/ops/codes/never_heard_of_it").heading == "never_heard_of_it"
    assert owner.get("/ops/codes/made_up_entirely").status == 404


def test_codes_are_counted_in_the_app_that_is_chosen(office, owner):
    desk.attempt(office, outcome="failed", step="returned", code="met_at_acme_alone")
    assert "met_at_acme_alone" in owner.get("/ops/codes?app=acme").text
    assert "met_at_acme_alone" not in owner.get("/ops/codes?app=other").text
    assert owner.get("/ops/codes/met_at_acme_alone?app=acme").status == 200
    assert owner.get("/ops/codes/met_at_acme_alone?app=other").status == 404


def test_a_code_says_what_support_knows(owner):
    page = owner.get("/ops/codes/bad_client_secret")
    for words in (
        "who configures the app at Slack",
        "A regenerated secret",
        "Copy the client secret anew",
        "never right",
    ):
        assert words in page.text
    assert "who configures the app at Slack" in owner.get("/ops/codes").text


def test_an_apps_own_note_stands_on_its_attempts_alone(office):
    alike = {"outcome": "failed", "step": "verified", "code": "invalid_client_id"}
    (ours,) = desk.attempts(office, alike)
    (theirs,) = desk.attempts(office, {**alike, "client_id": desk.OTHER[2]})
    support, owner = desk.Desk(office, "support"), desk.Desk(office, "owner")
    sent = {"app": "acme", "text": "Ask <Ben>,\nhe has the list"}
    assert support.client.post("/ops/codes/invalid_client_id", data=sent).status_code == 303
    assert "Ask &lt;Ben&gt;,\nhe has the list" in owner.get(f"/ops/attempts/{ours}").html
    assert "Ask &lt;Ben&gt;" not in owner.get(f"/ops/attempts/{theirs}").html
    assert "Ask &lt;Ben&gt;" in support.get("/ops/codes/invalid_client_id").html
    assert "Ask &lt;Ben&gt;" not in desk.Desk(office, "stranger").get("/ops/codes/invalid_client_id").html
    assert support.client.post("/ops/codes/invalid_client_id", data={**sent, "text": "x" * 2001}).status_code == 422
    assert support.client.post("/ops/codes/invalid_client_id", data={**sent, "text": " "}).status_code == 303
    assert "Ask &lt;Ben&gt;" not in owner.get(f"/ops/attempts/{ours}").html
    assert desk.Desk(office, "viewer").client.post("/ops/codes/invalid_client_id", data=sent).status_code == 403
    assert desk.Desk(office, "stranger").client.post("/ops/codes/invalid_client_id", data=sent).status_code == 404


@pytest.mark.parametrize("kind", BOTH)
def test_of_two_notes_written_at_once_the_later_stays(new_database, kind):
    database = new_database(kind)

    def write(text):
        return lambda db: code_notes.write(db, permissions.command_line(), "333.111", "invalid_scope", text)

    assert while_another_is_open(database, write("Ask Ann"), write("Ask Bob")) is None
    assert database.rows("SELECT text, who FROM dashboard_code_notes") == [{"text": "Ask Bob", "who": "command line"}]
