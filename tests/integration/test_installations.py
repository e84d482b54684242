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
