"""`/ops/installations/{id}`: one installation. What every list does is in test_lists.py."""

import csv
import io
import itertools
import time
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from dashboard.core.engines import writing
from dashboard.core.models import Installation
from dashboard.desk import attention
from dashboard.desk.attention import Required
from tests.support import desk
from tests.support.desk import ACME, OTHER, Desk


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
    blank = desk.installed(office, "T0BLANK01", team_name=" \u200b\u202e")
    assert owner.get(f"/ops/installations/{blank}").heading == "T0BLANK01"
    assert "<bdi>T0BLANK01</bdi></a>" in owner.get("/ops/installations?q=T0BLANK01").html
    assert owner.get("/ops/workspaces/T0BLANK01").heading == "T0BLANK01"


def test_a_name_that_turns_text_round_is_shown_for_what_it_is(office, owner):
    there = desk.installed(
        office, "T0TURN001", team_name="Acme \u202egpj.exe", enterprise_name="\u2066E", enterprise_id="E0TURN001"
    )
    desk.attempt(
        office,
        team_id="T0TURN001",
        outcome="failed",
        step="verified",
        code="access_denied",
        slack_error="x",
        slack_description="a\u202eb",
    )
    for path in (
        f"/ops/installations/{there}",
        "/ops/installations?q=T0TURN001",
        "/ops/workspaces/T0TURN001",
        "/ops/enterprises/E0TURN001",
        "/ops/lookup?q=T0TURN001",
    ):
        page = owner.get(path)
        assert "Acme [U+202E]gpj.exe" in page.text, path
        assert "<bdi>Acme [U+202E]gpj.exe</bdi>" in page.html, path
        assert not set(page.html) & set("\u202e\u2066"), path
    searched = owner.get("/ops/installations?q=Acme+%E2%80%AEgpj")
    assert 'value="Acme \u202egpj"' in searched.html  # what was asked for is sent again as it was


def _exported(browser: Desk, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.client.get(f"/ops/installations.csv?{query}").text)))


def test_who_may_not_see_people_does_not_find_them_either(office, owner):
    """The stranger administers the other app; given a look at this one he sees none of its people."""
    desk.installed(office, "T0PEOPLE1", user_id="U0SECRET1")
    desk.installed(office, "T0PEOPLE2", OTHER[2], user_id="U0SECRET1")
    viewer, both = Desk(office, "viewer"), Desk(office, "stranger")
    desk.grant(office, office.cast.operators["stranger"], office.cast.acme, "viewer")
    try:
        for search in ("U0SECRET1", "u0secret1", "secret1", "T0PEOPLE U0SECRET1", "eople1 secret1"):
            of_viewer, of_both = (_exported(browser, f"q={search}") for browser in (viewer, both))
            assert of_viewer == [], search
            assert "T0PEOPLE1" not in {row["team_id"] for row in of_both}, search
        assert {row["team_id"] for row in _exported(both, "q=U0SECRET1")} == {"T0PEOPLE2"}
        assert {row["team_id"] for row in _exported(owner, "q=U0SECRET1")} == {"T0PEOPLE1", "T0PEOPLE2"}
        assert "T0PEOPLE1" not in viewer.get("/ops/lookup?q=U0SECRET1").text
        assert [row["installer_id"] for row in _exported(viewer, "q=T0PEOPLE1")] == [""]
        assert {row["team_id"]: row["installer_id"] for row in _exported(both, "q=T0PEOPLE")} == {
            "T0PEOPLE1": "",
            "T0PEOPLE2": "U0SECRET1",
        }
        assert "U0SECRET1" not in viewer.get("/ops/installations?q=T0PEOPLE1").html
    finally:
        desk.grant(office, office.cast.operators["stranger"], office.cast.acme, None)


def test_attention_means_the_same_everywhere(office, owner):
    """Missing a scope, a user scope, or the check of its token. An optional scope that was declined is no lack."""
    changed = ("--scopes", "chat:write,files:read", "--optional-scopes", "files:read,users:read", "--user-scopes")
    assert office.run("app", "edit", "acme", *changed, "search:read,users:read").returncode == 0
    try:
        made = {
            "T0ATTENT1": ("chat:write", "search:read", False, "active"),
            "T0ATTENT2": ("files:read", "search:read", False, "attention"),
            "T0ATTENT3": ("chat:write,files:read", "users:read", False, "attention"),
            "T0ATTENT4": ("chat:write,search:read", None, False, "attention"),
            "T0ATTENT5": ("chat:write", "search:read", True, "attention"),
        }
        for team_id, (bot, user, to_check, status) in made.items():
            there = desk.installed(office, team_id, bot_scopes=bot, user_scopes=user, user_token=user and "xoxp-1")
            sql = "UPDATE dashboard_installations SET to_check = :to_check WHERE id = :there"
            office.database.execute(sql, to_check=to_check, there=there)
            (exported,) = _exported(owner, f"q={team_id}")
            assert exported["status"] == status, team_id
            word = {"active": "Active", "attention": "Attention"}[status]
            for path in (f"/ops/installations/{there}", f"/ops/workspaces/{team_id}", f"/ops/lookup?q={team_id}"):
                html = owner.get(path).html
                assert f'">{word}</span>' in html, (team_id, path)
        for status in ("active", "attention"):
            teams = {row["team_id"] for row in _exported(owner, f"q=T0ATTENT&status={status}")}
            assert teams == {team for team, (*_, expected) in made.items() if expected == status}
            counted = owner.get("/ops/installations/counts?q=T0ATTENT").html
            assert f"status={status}" in counted
        assert "1 of 2" in owner.get("/ops/installations?q=T0ATTENT2").text
        assert "2 of 2" in owner.get("/ops/installations?q=T0ATTENT1").text
    finally:
        office.run("app", "edit", "acme", "--scopes", "chat:write", "--optional-scopes", "", "--user-scopes", "")


SCOPES = (None, "", "a", "b", "a,b", "ab", "a,ab", "b,c")
WANTED = [Required(("a",)), Required((), ("a", "b")), Required(("ab",), ("b",)), Required(("a", "b"), ("c",))]


def test_what_is_missing_is_the_same_in_the_database_and_in_words(office):
    """Every combination of what may be required and be granted."""
    there = desk.installed(office, "T0COMBINE")
    here = Installation.id == there
    with writing(office.database.engine).begin() as db:
        for bot, user in itertools.product(SCOPES, SCOPES):
            db.execute(update(Installation).where(here).values(bot_scopes=bot, user_scopes=user))
            for wanted in WANTED:
                lacks = db.scalar(select(attention.lacks(wanted)).where(here))
                assert bool(lacks) == bool(attention.missing(wanted, bot, user)), (wanted, bot, user)


def test_what_is_not_known_to_work_is_not_called_well(office, owner):
    """An expired token; an organization, of whose workspaces nothing is known; and one of which nothing is wrong."""
    hour = 3_600
    expiring = {
        "T0EXPIRE1": ({"bot_token_expires_at": int(time.time()) - hour}, "There is no refresh token"),
        "T0EXPIRE2": (
            {"bot_token_expires_at": int(time.time()) - hour, "bot_refresh_token": "xoxe-1-refresh-of-the-desk"},
            "There is a refresh token",
        ),
        "T0EXPIRE3": ({"bot_token_expires_at": int(time.time()) + hour}, "Nothing is known to be wrong"),
    }
    for team_id, (more, sentence) in expiring.items():
        page = owner.get(f"/ops/installations/{desk.installed(office, team_id, **more)}")
        assert sentence in page.text, team_id
        assert ("Its bot token has expired" in page.text) == (team_id != "T0EXPIRE3")
        assert "as it should be" not in page.text
    store = desk.bolt(office, ACME[2])
    store.save(desk.installation(None, enterprise_id="E0WHOLE01", enterprise_name="Globex", is_enterprise_install=True))
    store.close()
    found = "SELECT id FROM dashboard_installations WHERE enterprise_id = 'E0WHOLE01'"
    page = owner.get(f"/ops/installations/{office.database.row(found)['id']}")
    assert "which these are Slack says when it is checked" in page.text
    assert "Nothing is known to be wrong" not in page.text


def test_an_app_is_not_found_by_its_own_name(office, owner):
    """Else whoever looks for a customer called like it gets everybody."""
    desk.installed(office, "T0UNLIKE1", team_name="Nordwind")
    assert _exported(owner, "q=Acme+Bot") == []
    assert _exported(owner, f"q={ACME[2]}") == []
    assert [row["team_id"] for row in _exported(owner, "q=nordwind")] == ["T0UNLIKE1"]


FOLDED = {"T0FOLDED1": "Łódź Ødegård", "T0FOLDED2": "O’Kelly & Söhne", "T0FOLDED3": "São Paulo", "T0FOLDED4": "がぎ"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("lodz", "T0FOLDED1"),
        ("LODZ odegard", "T0FOLDED1"),
        ("łódź", "T0FOLDED1"),
        ("okelly", "T0FOLDED2"),
        ("O'Kelly sohne", "T0FOLDED2"),
        ("O’KELLY", "T0FOLDED2"),
        ("sao paulo", "T0FOLDED3"),
        ("がぎ", "T0FOLDED4"),
        ("https://folded.slack.com/archives/C012345/p1", "T0FOLDED3"),
        ("folded.slack.com", "T0FOLDED3"),
        ("https://app.slack.com/client/T0FOLDED4/C012345", "T0FOLDED4"),
    ],
)
def test_a_name_is_found_without_its_accents_and_a_workspace_by_its_address(office, owner, typed, found):
    for team_id, name in FOLDED.items():
        if not office.database.rows("SELECT 1 FROM dashboard_installations WHERE team_id = :id", id=team_id):
            desk.installed(office, team_id, team_name=name)
    office.database.execute(
        "UPDATE dashboard_installations SET search = search || ' https://folded.slack.com/' WHERE team_id = 'T0FOLDED3'"
        " AND search NOT LIKE '%folded.slack%'"
    )
    page = owner.get("/ops/installations.csv?" + urlencode({"q": typed}))
    assert {row["team_id"] for row in csv.DictReader(io.StringIO(page.html))} == {found}


@pytest.mark.parametrize("typed", ["かき", "https://[", "https://other.slack.com/x", "https://acme.example/T0FOLDED4"])
def test_what_is_another_name_or_address(owner, typed):
    page = owner.get("/ops/installations.csv?" + urlencode({"q": typed}))
    assert page.html.count("\n") == 1


def test_the_way_up_leads_to_the_list_as_it_was_filtered(office, owner):
    there = desk.installed(office, "T0FILTER1")
    here, filtered = f"/ops/installations/{there}", "/ops/installations?status=active&q=%3Cx%3E"

    def up(referer):
        return owner.get(here, Referer=referer).links["‹ Installations"]

    assert up(f"{office.url}{filtered}") == filtered
    for elsewhere in ("", "https://evil.example/ops/installations?x", f"{office.url}/ops/attempts?q=x", "https://["):
        assert up(elsewhere) == "/ops/installations"
