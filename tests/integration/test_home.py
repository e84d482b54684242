"""`/ops`: the desk's first page."""

import re

from dashboard.core.clock import now
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import stage
from tests.support.tables import column, columns
from tests.support.visitor import Visitor


def test_home_shows_each_app_i_may_see_and_no_other(office):
    viewer = Desk(office, "viewer").get("/ops")
    assert "Acme Bot" in viewer.text
    assert "Other Bot" not in viewer.text
    assert Desk(office, "viewer").get("/ops?app=other").status == 404
    assert "Other Bot" in Desk(office, "owner").get("/ops?app=other").text


def test_the_number_of_active_installations_is_that_of_the_list_it_leads_to(office):
    for number in range(3):
        desk.installed(office, f"T0HOME{number:03}")
    office.database.execute("UPDATE dashboard_installations SET to_check = true WHERE team_id = 'T0HOME001'")
    owner = Desk(office, "owner")
    page = owner.get("/ops?app=acme")
    shown = re.search(r'href="(/ops/installations\?app=acme&amp;status=[^"]+)"[^>]*>(\d+)<', page.html)
    address, count = shown[1].replace("&amp;", "&"), int(shown[2])
    assert f"{count} installations" in owner.get(address.replace("/installations?", "/installations/counts?")).text
    assert count >= 3


def test_each_bar_of_the_trend_leads_to_the_installations_of_its_day(office):
    desk.installed(office, "T0TREND01")
    two_days_ago = now() - 2 * 86_400_000
    older = desk.installed(office, "T0TREND02")
    office.database.execute(f"UPDATE dashboard_installations SET installed_at = {two_days_ago} WHERE id = {older}")
    owner = Desk(office, "owner")
    chart = owner.get("/ops?app=acme").html.partition("Installed in the last 14 days")[2].partition("</svg>")[0]
    bars = re.findall(r'<a href="([^"]+)" aria-label="(\d+), ', chart)
    assert len(bars) >= 2
    for address, count in bars:
        there = address.replace("&amp;", "&").replace("/ops/installations?", "/ops/installations.csv?")
        assert owner.get(there).html.count("\n") - 1 == int(count)


LINKED = re.compile(r'<a href="(/ops/(?:installations|attempts)\?[^"]+)"[^>]*>(?:<[^>]+>)*([\d,]+)</a>')
ATTEMPT = re.compile(r'<a href="(/ops/attempts/[^"]+)"')
BAR = re.compile(r'<a href="(/ops/installations[^"]+)" aria-label="(\d+), ')
STAGE = re.compile(r'<th scope="row"><a href="([^"]+)">[^<]*</a></th><td class="number">([\d,]+)</td>')


def test_a_number_that_is_a_link_leads_to_that_many_rows(office):
    """Attempts of which some prove nothing, some are of another app, and some of long ago."""
    client_id, day = desk.ACME[2], 86_400_000
    failed = {"outcome": "failed", "step": "returned", "code": "no_state"}
    wrong = {"outcome": "failed", "step": "verified", "code": "bad_client_secret"}
    old = now() - 3 * day
    desk.attempts(
        office,
        *[{"client_id": client_id}] * 3,
        *[{"client_id": client_id, "verified": False, "started_at": None, "spent_at": None, **failed}] * 4,
        *[wrong] * 2,
        {**wrong, "verified": False},
        {**wrong, "client_id": desk.OTHER[2]},
        {**wrong, "seen_at": old, "started_at": old},
    )
    gone = {f"T0LEFT{number:03}": age for number, age in enumerate((1, 3, 9))}
    for team_id, age in gone.items():
        there = desk.installed(office, team_id)
        office.database.execute(
            "UPDATE dashboard_installations SET status = 'uninstalled', removed_at = :at WHERE id = :id",
            at=now() - age * day,
            id=there,
        )
    held = desk.installed(office, "T0HELD001")  # its tokens were revoked, and then an operator suspended it
    office.database.execute(
        "UPDATE dashboard_installations SET status = 'suspended', removed_at = :at WHERE id = :id", at=now(), id=held
    )
    noticed = wait.until(
        lambda: office.database.rows(
            "SELECT id FROM dashboard_failure_groups WHERE code = 'bad_client_secret' AND client_id = :app",
            app=client_id,
        )
    )
    owner = Desk(office, "owner")
    checked = 0
    for path in (
        "/ops",
        "/ops?app=acme",
        "/ops/codes/no_state",
        "/ops/codes/no_state?app=other",
        "/ops/codes/bad_client_secret?app=acme",
        f"/ops/failures/{noticed[0]['id']}",
        "/ops/funnel?app=acme&since=7d",
    ):
        html = owner.get(path).html
        losses = columns(html, "What lost them", "Attempts")
        assert losses or "funnel" not in path
        numbers = [(re.search('<a href="([^"]+)"', what)[1], number) for what, number in losses]
        for pattern in (LINKED, STAGE):
            numbers += pattern.findall(html)
        for address, number in numbers:
            if address.startswith("/ops/failures"):
                shown = len(column(owner.get(address.replace("&amp;", "&")).html, "What failed"))
                assert str(shown) == number, (path, address)
                continue
            counts = address.replace("&amp;", "&").replace("?", "/counts?", 1)
            listed = re.search(r"data-announce>\s*([\d,]+)", owner.get(counts).html)[1]
            assert listed == number, (path, address)
            checked += 1
    assert checked > 20
    assert "60 %, 50 % in 7 days" in owner.get("/ops?app=acme").text
    assert ">4<" in owner.get("/ops/codes/no_state?app=acme").html


def _steps(owner: Desk) -> dict[str, bool]:
    """The steps of the checklist of the default app, and whether each is ticked."""
    html = owner.get("/ops?app=default").html
    return {word: bool(done) for done, word in re.findall(r'<li( class="done")?><div><strong>([^<]+)</strong>', html)}


def test_the_checklist_ticks_itself(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        owner, visitor = Desk(running, "owner"), Visitor(running)
        done = {"Credentials": True, "Redirect URL": False, "Brand": False, "A test installation": False}
        assert _steps(owner) == done
        visitor.get("/slack/oauth_redirect?error=access_denied")  # anybody can make that up
        assert _steps(owner) == done
        visitor.get(visitor.cancel(visitor.start()))  # and that, with a state of one's own
        visitor.install(demand="exchange/bad_redirect_uri")
        assert _steps(owner) == done
        visitor.install(demand="exchange/500")
        assert _steps(owner) == done
        visitor.install()
        assert _steps(owner) == {**done, "Redirect URL": True, "A test installation": True}
        assert running.run("app", "edit", "default", "--sentence", "Answers.").returncode == 0
        wait.until(lambda: _steps(owner) == {})


def test_among_others_an_app_has_the_figures_that_it_has_by_itself(office):
    """They are asked for together."""
    desk.installed(office, "T0BOTH001")
    desk.installed(office, "T0BOTH002", desk.OTHER[2])
    desk.attempts(office, *[{"client_id": desk.ACME[2]}] * 3, {"client_id": desk.OTHER[2]})
    owner = Desk(office, "owner")
    together = owner.get("/ops").html
    for pattern in (LINKED, BAR, ATTEMPT):
        of_apps = [sorted(pattern.findall(owner.get(f"/ops?app={app}").html)) for app in ("acme", "other")]
        assert all(of_apps)
        assert of_apps[0] != of_apps[1]
        for shown in of_apps:
            assert set(shown) <= set(pattern.findall(together))
