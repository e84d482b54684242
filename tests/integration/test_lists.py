"""The lists of the desk: what an address asks for, page by page, counted, exported; two apps' rows mixed."""

import csv
import io
import re
import time
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core.errors import FilterError
from dashboard.desk import counting, facets, filters, views
from tests.conftest import BOTH
from tests.support import desk
from tests.support.desk import ACME, OTHER, Desk
from tests.support.stage import stage
from tests.support.tables import column
from tests.support.visitor import Visitor

LISTS = views.LISTS
OWNER = Operator(1, "o@example.com", owner=True, apps=(AppAccess(1, "acme", "Acme", "1.1", "owner"),))
NAMES = ["Ñandú Straße", "Яндекс", "株式会社サンプル", "O'Brien Labs", "=SUM(A1)", "مثال", "Acme 50% off_"]


def _values(one: filters.Filter):
    plain = st.sampled_from(sorted(one.values)) if one.values else st.from_regex(r"[a-z_:.]{1,12}", fullmatch=True)
    signed = st.builds(lambda minus, value: minus + value, st.sampled_from(["", "-"]), plain)
    return st.lists(signed, min_size=1, max_size=4, unique=True).map(tuple)


def _asked(spec: filters.ListSpec):
    values = st.fixed_dictionaries({}, optional={one.key: _values(one) for one in spec.filters})
    ordered = values.map(lambda found: tuple((one.key, found[one.key]) for one in spec.filters if one.key in found))
    return st.builds(
        filters.Filters,
        text=st.text(max_size=200).map(str.strip),
        app=st.sampled_from(["", "acme"]),
        values=ordered,
        since=st.sampled_from(["", "7d", "24h", "2026-11-01", "2026-11-01T10:00:00Z"]),
        until=st.sampled_from(["", "1d", "2026-11-30"]),
        sort=st.sampled_from(["", *spec.sorts, *(f"-{name}" for name in spec.sorts)]),
    )


@pytest.mark.parametrize("name", LISTS)
def test_an_address_says_what_was_asked_for(name):
    spec = LISTS[name]

    @given(_asked(spec))
    def holds(asked):
        there = filters.address(spec, asked.query())
        assert filters.parse(spec, OWNER, dict(parse_qsl(urlsplit(there).query))) == asked
        for chip in filters.chips(spec, asked, {"acme": "Acme"}):
            without = filters.parse(spec, OWNER, dict(parse_qsl(urlsplit(chip.without).query)))
            assert len(without.query()) == len(asked.query()) - 1
        assert re.fullmatch(r"[\w.-]+\.csv", filters.file_name(spec, asked, 0))

    holds()


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"colour": "red"}, "colour"),
        ({"status": "active,purple"}, "status"),
        ({"since": "yesterday"}, "since"),
        ({"sort": "colour"}, "sort"),
        ({"q": "x" * 201}, "q"),
        ({"scope": "a'b;--"}, "scope"),
    ],
)
def test_what_a_list_does_not_know_is_named_and_can_be_left_out(query, key):
    with pytest.raises(FilterError) as refused:
        filters.parse(LISTS["installations"], OWNER, {**query, "type": "org"})
    assert refused.value.key == key
    assert refused.value.without == "/ops/installations?type=org"


def many():
    for number, name in enumerate(NAMES):
        facts = {"installed_at": 1_700_000_000.0 + number, "user_id": f"U0MANY{number}"}
        yield desk.installation(f"T0MANY{number:03}", team_name=name, **facts)
    for number in range(120):
        facts = {"installed_at": 1_600_000_000.0 + number // 3, "team_name": f"Many {number:03}"}
        yield desk.installation(f"T1MANY{number:03}", bot_scopes="chat:write,commands", **facts)


@pytest.fixture(scope="module", params=BOTH)
def office(request, new_database):
    with stage(new_database(request.param)) as running:
        desk.people(running)
        desk.install_all(running, ACME[2], many())
        desk.installed(running, "T0OTHER01", OTHER[2], team_name="Straße of somebody else")
        org = {"enterprise_id": "E0SAMPLE1", "enterprise_name": "Organization", "is_enterprise_install": True}
        store = desk.bolt(running, ACME[2])
        store.save(desk.installation(None, team_name=None, **org))
        store.delete_all(enterprise_id=None, team_id="T1MANY000")
        store.delete_bot(enterprise_id=None, team_id="T1MANY001")
        store.close()
        Visitor(running).install()
        Visitor(running).install(demand="exchange/bad_client_secret")
        yield running
        assert running.server.errors() == []


@pytest.fixture
def owner(office) -> Desk:
    return Desk(office, "owner")


def ids(html: str) -> list[str]:
    return re.findall(r"<small>([TE]\w+)", html)


def walk(browser, address: str, rel: str = "next") -> list[list[str]]:
    """The ids of each page, following the links to older ones."""
    pages = []
    while address:
        html = browser.get(address).html
        pages.append(ids(html))
        found = re.search(rf'href="([^"]+)" rel="{rel}"', html)
        address = found[1].replace("&amp;", "&") if found else ""
        walk.last = html
    return pages


def test_pages_hold_every_row_once_and_lead_back(office, owner):
    pages = walk(owner, "/ops/installations?app=acme")
    every = [row for page in pages for row in page]
    stored = office.database.rows(
        "SELECT team_id, enterprise_id FROM dashboard_installations WHERE client_id = '333.111'"
    )
    assert [len(page) for page in pages] == [50, 50, 28]
    assert sorted(every) == sorted(row["team_id"] or row["enterprise_id"] for row in stored)

    back = re.search(r'href="([^"]+)" rel="prev"', walk.last)[1].replace("&amp;", "&")
    assert walk(owner, back, "prev") == [pages[1], pages[0]]
    assert [row for page in walk(owner, "/ops/installations?app=acme&sort=installed") for row in page] == every[::-1]


@pytest.mark.parametrize("sort", ["installed", "first", "last_seen", "name"])
def test_every_order_holds_every_row_once_either_way(owner, sort):
    upwards = [row for page in walk(owner, f"/ops/installations?app=acme&sort={sort}") for row in page]
    downwards = [row for page in walk(owner, f"/ops/installations?app=acme&sort=-{sort}") for row in page]
    assert len(set(upwards)) == len(upwards) == 128
    assert downwards == upwards[::-1]


def test_by_name_in_any_script(owner):
    html = owner.get("/ops/installations?app=acme&sort=name&since=2023-01-01").html
    assert re.findall(r"<bdi>([^<]+)</bdi></a><small", html)[:2] == ["=SUM(A1)", "Acme 50% off_"]
    assert 'aria-sort="ascending"><a href="/ops/installations?app=acme&amp;since=2023-01-01&amp;sort=-name">' in html


def test_who_was_last_seen_comes_first(office, owner):
    store = desk.bolt(office, ACME[2])
    assert store.find_bot(enterprise_id=None, team_id="T1MANY077")
    store.close()
    html = owner.get("/ops/installations?app=acme&sort=-last_seen").html
    assert ids(html)[0] == "T1MANY077"
    assert [cell.startswith("<time") for cell in column(html, "Seen")].count(True) == 1


def test_what_came_since_is_counted_and_not_moved_in(office, owner):
    address = re.search(r'hx-get="(/ops/installations/newer[^"]+)"', owner.get("/ops/installations?app=acme").html)[1]
    address = address.replace("&amp;", "&")
    assert "new</a>" not in owner.get(address).html
    desk.installed(office, "T9NEWER01", installed_at=time.time() + 60)
    html = owner.get(address).html
    office.database.execute("DELETE FROM dashboard_installations WHERE team_id = 'T9NEWER01'")
    assert ">1 new</a>" in html
    for other in ("sort=name", "sort=installed"):
        assert "/newer" not in owner.get(f"/ops/installations?app=acme&{other}").html


def test_to_ask_what_is_new_keeps_no_session_alive(office, owner):
    office.database.execute("UPDATE dashboard_sessions SET last_seen_at = last_seen_at - 120000")
    seen = "SELECT sum(last_seen_at) AS at FROM dashboard_sessions"
    before = office.database.row(seen)
    owner.client.get("/ops/installations/newer", headers={"X-Poll": "1"})
    assert office.database.row(seen) == before
    owner.client.get("/ops/installations")
    assert office.database.row(seen) != before


def test_facets_are_what_their_links_lead_to(owner):
    html = owner.get("/ops/installations/counts").html.partition('class="counts"')[2]
    shown = re.findall(r'<a href="([^"]+)">([^<]+?) ([\d,]+)</a>', html)
    assert {word for _, word, _ in shown} >= {"Active", "Uninstalled", "Workspace", "Organization", "Acme Bot"}
    assert {word for _, word, _ in shown} >= {"chat:write", "Other Bot"}
    for address, word, count in shown:
        if "/bulk?" in address:
            continue
        path, _, query = address.replace("&amp;", "&").partition("?")
        said = owner.get(f"{path}/counts?{query}").text
        assert re.search(r"([\d,]+) installations", said)[1] == count, word


def test_what_is_too_many_to_be_counted_is_said(owner, monkeypatch):
    """What was installed when is not counted by kinds: those rows have to be read."""
    monkeypatch.setattr("dashboard.desk.lists.MOST_COUNTED", 100)
    monkeypatch.setattr(facets, "MOST_READ", 0)
    page = owner.get("/ops/installations/counts?app=acme&since=2000-01-01")
    assert "Too many rows match for all their values to be counted" in page.text
    (active,) = re.findall(r">Active (\d+)\+<", page.html)
    assert 50 < int(active) <= 101
    assert "100+ installations" in page.text
    assert "128 installations" in owner.get(page.links["count all"]).text


@pytest.mark.parametrize("query", ["", "?app=acme", "?app=other", "?since=2023-01-01", "?until=2023-01-01"])
@pytest.mark.parametrize(("address", "noun"), [("workspaces", "workspaces"), ("enterprises", "organizations")])
def test_workspaces_and_organizations_are_counted_as_they_are_listed(owner, address, noun, query):
    listed = sum(len(page) for page in walk(owner, f"/ops/{address}{query}"))
    assert listed > 0 or query
    said = owner.get(f"/ops/{address}/counts{query}").text
    assert re.search(rf"([\d,]+) {noun}", said)[1] == str(listed)


def test_each_value_is_counted_where_there_are_not_many_rows_in_all(owner, monkeypatch):
    monkeypatch.setattr("dashboard.desk.lists.MOST_COUNTED", 100)
    monkeypatch.setattr(facets, "WITHIN", 60.0)
    page = owner.get("/ops/installations/counts?app=acme&since=2000-01-01")
    assert "Too many rows" not in page.text
    assert {">Active 126<", ">Uninstalled 1<", ">Acme Bot 100+<"} <= set(re.findall(r">[^<>]+ [\d,]+\+?<", page.html))
    monkeypatch.setattr(facets, "MOST_OF_A_VALUE", 50)
    assert re.search(r">Active (\d+)\+<", owner.get("/ops/installations/counts?app=acme&since=2000-01-01").html)


def test_what_others_have_does_not_make_a_list_a_long_one(office, owner, monkeypatch):
    monkeypatch.setattr("dashboard.desk.lists.MOST_COUNTED", 100)
    monkeypatch.setattr(facets, "WITHIN", 60.0)
    of_acme = "SELECT count(*) AS many FROM dashboard_installations WHERE client_id = :client_id"
    monkeypatch.setattr(facets, "MOST_READ", office.database.row(of_acme, client_id=ACME[2])["many"])
    address = "/ops/installations/counts?since=2000-01-01"
    assert re.search(r">Active \d+\+<", owner.get(address).html)
    assert re.search(r">Active \d+<", Desk(office, "viewer").get(address).html)


def words_of(page):
    return re.findall(r">([^<>]+?) [\d,]+\+?</a>", page.html)


def test_values_for_which_there_was_no_time_are_left_out_and_that_is_said(owner, monkeypatch):
    monkeypatch.setattr(facets, "WITHIN", 60.0)
    assert {"Active", "Acme Bot"} <= set(words_of(owner.get("/ops/workspaces/counts")))
    monkeypatch.setattr(facets, "WITHIN", -1.0)
    page = owner.get("/ops/workspaces/counts")
    assert "Too many rows match for all their values to be counted" in page.text
    assert "Active" in words_of(page)  # that is known of the rows by which all were counted
    assert "Acme Bot" not in words_of(page)


@pytest.mark.parametrize("query", ["", "?app=acme"])
def test_organizations_are_counted_at_once_unless_there_are_many(owner, monkeypatch, query):
    def counts():
        return owner.get(f"/ops/enterprises/counts{query}").html.partition('class="counts"')[2]

    monkeypatch.setattr(facets, "WITHIN", 60.0)
    at_once = counts()
    assert ">Active 1<" in at_once
    assert ">Acme Bot 1<" in at_once
    monkeypatch.setattr(counting, "MOST_VALUES", 0)
    assert counts() == at_once


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=active", 126),
        ("status=uninstalled", 1),
        ("status=revoked,uninstalled", 2),
        ("status=-active", 2),
        ("type=org", 1),
        ("type=workspace", 127),
        ("scope=commands", 120),
        ("scope=-commands", 8),
        ("scope=chat", 0),
        ("drift=1", 0),
        ("drift=-1", 128),
        ("since=2023-01-01", 8),
        ("until=2023-01-01", 120),
        ("team=t0many004", 1),
        ("enterprise=E0SAMPLE1", 1),
        ("q=many&status=active&since=2023-01-01", 7),
    ],
)
def test_filters_and_their_counts(owner, query, count):
    counted = owner.get(f"/ops/installations/counts?app=acme&{query}").text
    assert re.search(r"([\d,]+) installations", counted)[1] == str(count)
    assert sum(len(page) for page in walk(owner, f"/ops/installations?app=acme&{query}")) == count


@pytest.mark.parametrize("after", ["x", "bnVsbA", "WyJvIiwxLCJ4Il0", "WyJvIiwxZTMwLDFd", "A" * 300])
def test_a_cursor_of_nobodys_is_refused(owner, after):
    page = owner.get(f"/ops/installations?after={after}")
    assert (page.status, page.heading.startswith("This list knows no after")) == (400, True)
    assert owner.get("/ops/attempts?after=WyJvIiwieCIsIngiXQ").status == 400


def test_an_unknown_filter_is_400_with_the_list_without_it_one_click_away(owner):
    page = owner.get("/ops/installations?status=purple&type=org")
    assert page.status == 400
    assert "purple" in page.heading
    assert page.links["Show it without that"] == "/ops/installations?type=org"


ODD = ("'", "’ '", '"', '" "', "\\", "%", "* OR", "NEAR(a b)", "^ab", "ab*", "{a b}:c", "search:ab", "( ab", "a" * 200)
ODD += (" ".join("abcdefghij" * 9), "a\0b", "ก็", "東\u0301和", "\u202e ab", "🙂", "🙂🙂", "ﬁ", "ß", "İ")


@pytest.mark.parametrize("text", ODD, ids=ascii)
@pytest.mark.parametrize("address", ["installations", "workspaces", "enterprises", "attempts"])
def test_any_words_can_be_searched_for(owner, address, text):
    for ending in ("", "/counts"):
        page = owner.get(f"/ops/{address}{ending}?q={quote(text)}")
        assert page.status == 200
    assert owner.get(f"/ops/lookup?q={quote(text)}").status == 200


@pytest.mark.parametrize("address", ["installations", "workspaces", "enterprises", "attempts"])
@pytest.mark.parametrize(
    ("text", "is_said"), [("zq", True), ("bakery q", True), ("zqzq", False), ("京", False), ("京和", False)]
)
def test_a_search_without_result_says_what_short_words_mean(owner, address, text, is_said):
    page = owner.get(f"/ops/{address}?q={quote(text)}")
    assert "Nothing matches" in page.text
    assert ("Two letters are looked for where a word begins" in page.text) == is_said


def test_a_mixed_list_shows_each_only_his_own(office):
    stranger, viewer = Desk(office, "stranger"), Desk(office, "viewer")
    assert set(ids(stranger.get("/ops/installations").html)) == {"T0OTHER01"}
    assert ids(viewer.get("/ops/installations?q=somebody").html) == []
    assert ids(stranger.get("/ops/installations?q=T0MANY001").html) == []
    assert stranger.get("/ops/installations?app=acme").status == 404
    assert "T0MANY" not in stranger.client.get("/ops/installations.csv").text
    assert "1 installations" in stranger.get("/ops/installations/counts").text


def test_an_export_is_the_list_and_harmless_to_spreadsheets(office, owner):
    answer = owner.client.get("/ops/installations.csv?app=acme&since=2023-01-01")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["X-Total-Count"] == str(len(rows)) == "8"
    assert re.search(
        r'filename="installations_app-acme_since-2023-01-01_[\dT-]+Z\.csv"', answer.headers["Content-Disposition"]
    )
    assert {row["workspace"] for row in rows} >= {"'=SUM(A1)", "株式会社サンプル"}
    assert "xox" not in answer.text
    every = list(csv.DictReader(io.StringIO(owner.client.get("/ops/installations.csv?app=acme").text)))
    assert len({row["team_id"] or row["enterprise_id"] for row in every}) == len(every) == 128
    said = office.database.rows("SELECT details FROM dashboard_audit WHERE verb = 'installations.export' ORDER BY id")
    assert "8 rows: installations, Acme Bot, since 2023-01-01" in {row["details"] for row in said}


def test_until_a_day_reaches_to_its_end(office, owner):
    """The rows of the fixture are of 2020 and 2023."""
    assert "7 installations" in owner.get("/ops/installations/counts?since=2023-11-14&until=2023-11-14").text
    assert "0 installations" in owner.get("/ops/installations/counts?since=2023-11-14&until=2023-11-14T00:00:00Z").text
