"""Kinds of rows: by them lists are counted, and what is rare is found by index. Both ways say the same."""

import itertools
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from sqlalchemy import text

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core import tally
from dashboard.core.clock import now
from dashboard.core.models import Installation
from dashboard.core.steps import small_transactions
from dashboard.desk import attempts, counting, filters, installation_kinds, installations, kinds, lists
from dashboard.desk.conditions import View
from dashboard.desk.views import LISTS
from tests.benchmarks import desk
from tests.benchmarks.filling import APPS, fill
from tests.conftest import BOTH

OWNER = Operator(
    1,
    "o@example.com",
    owner=True,
    apps=tuple(AppAccess(0, slug, name, client_id, "owner") for slug, name, client_id in APPS),
)
OF_TWO = Operator(
    2,
    "m@example.com",
    owner=False,
    apps=tuple(AppAccess(0, slug, name, client_id, "support") for slug, name, client_id in (APPS[0], APPS[2])),
)
ROWS = 600


@pytest.fixture(scope="module", params=BOTH)
def filled(request, new_database):
    """Two lists of rows that differ in everything kinds tell; of some the set of scopes has no name."""
    database = new_database(request.param)
    for what in ("installations", "attempts"):
        fill(database.url, what, ROWS)
    desk.people(database.url)
    database.execute(
        "UPDATE dashboard_installations SET scope_set = '' WHERE id % 9 = 0",
        "UPDATE dashboard_installations SET status = 'deleted', held_at = 1 WHERE id % 50 = 0",
        "UPDATE dashboard_attempts SET seen_at = seen_at + 1 WHERE id LIKE '%7'",
        "UPDATE dashboard_attempts SET team_id = 'T0SOME' WHERE id LIKE '%3' OR id LIKE '%4'",
    )
    _have_another_app_too(database)
    with database.begin() as db:
        tally.fold(db, installation_kinds.TALLY)  # what follows is not added up
    database.execute("UPDATE dashboard_installations SET to_check = true WHERE id % 70 = 0")
    return database


def _have_another_app_too(database):
    """Two of five customers have a later, uninstalled installation of the third app."""
    columns = [column.name for column in Installation.__table__.columns if column.name != "id"]
    other = {"client_id": f"'{APPS[2][2]}'", "status": "'uninstalled'", "installed_at": "installed_at + 1000"}
    values = ", ".join(other.get(name, name) for name in columns)
    theirs = f"client_id = '{APPS[0][2]}' AND id % 5 < 2"
    database.execute(
        f"INSERT INTO dashboard_installations ({', '.join(columns)})"
        f" SELECT {values} FROM dashboard_installations WHERE {theirs}"
    )


OF_CUSTOMERS = (
    "status=active",
    "status=-active",
    "status=uninstalled&app=third",
    "status=attention&app=acme",
    "app=acme",
)
BY_KIND = {
    "workspaces": OF_CUSTOMERS,
    "enterprises": OF_CUSTOMERS,
    "installations": (
        *("status=active", "status=-active", "status=attention", "status=uninstalled,revoked", "status=deleted"),
        *("type=org", "drift=1", "drift=-1", "scope=commands", "scope=-commands&type=workspace", "app=acme", ""),
        *(
            "q=bakery&status=active",
            "q=bakery&drift=1",
            "status=active&app=third",
            "scope=chat:write,commands&status=-uninstalled",
            "scope=none",
        ),
    ),
    "attempts": (
        *("outcome=failed", "outcome=running", "outcome=abandoned", "outcome=-failed,-running", "step=started"),
        *("step=returned,stored", "code=invalid_code", "code=uncatalogued", "code=-invalid_code", "verified=0", ""),
        *("source=page", "source=-page", "outcome=abandoned&source=direct", "app=acme&outcome=succeeded"),
        *("q=T0SOME&outcome=abandoned", "q=T0SOME&outcome=running", "q=T0SOME&app=acme"),
        *("since=2d&outcome=abandoned", "since=36h&until=2d", "until=2026-01-01", "since=1d&outcome=running"),
    ),
}


@pytest.mark.parametrize(
    "asked", [(name, query) for name, queries in BY_KIND.items() for query in queries], ids="?".join
)
@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("operator", [OWNER, OF_TWO], ids=["owner", "of two"])
def test_kinds_count_and_find_what_rows_do(filled, monkeypatch, asked, few, operator):
    """Whether there are few rows of a kind or many, of all apps or of some: they are the same."""
    name, query = asked
    spec = LISTS[name]
    monkeypatch.setattr("dashboard.desk.conditions.are_few", lambda _found, _known, _wanted: few)
    monkeypatch.setattr("dashboard.desk.conditions.are_met_soon", lambda _found, _known, _wanted: not few)
    with filled.engine.connect() as db:
        asked_for = filters.parse(spec, operator, dict(parse_qsl(query)))
        view = View(spec, operator, asked_for, now())
        by_rows = {row.id for row in lists.page(db, replace(view, spec=replace(spec, kinds=None)), most=5_000).rows}
        assert {row.id for row in lists.page(db, view, most=5_000).rows} == by_rows
        assert lists.count(db, view, None) == len(by_rows)
        assert counting.counted(db, view, 5_000).count(asked_for) == len(by_rows)
        some = counting.counted(db, view, 20)
        assert some is None or (some.count(asked_for) or 0) <= len(by_rows)
        assert min(counting.count(db, view, some, 20), 21) == min(len(by_rows), 21)
        assert counting.count(db, view, some, None) == len(by_rows)


@pytest.mark.parametrize("query", ["", "q=bakery", "since=300d", "until=100d&q=bakery", "sort=name"])
def test_organizations_are_counted_from_one_reading_as_each_list_would_be(filled, query):
    """Of each app, each status, and both: an app may have another row of an organization than all have."""
    spec = LISTS["enterprises"]
    with filled.engine.connect() as db:
        view = View(spec, OWNER, filters.parse(spec, OWNER, dict(parse_qsl(query))), now())
        known = counting.counted(db, view, 5_000)
        differ = set()
        for app, status in itertools.product(("", "acme", "other", "third"), ("", *installations.STATUSES)):
            asked_for = replace(view.filters, app=app, values=(("status", (status,)),) if status else ())
            there = lists.page(db, replace(view, filters=asked_for), most=5_000).rows
            assert known.count(asked_for) == len(there)
            differ.add(len(there))
    assert len(differ) > 3


@pytest.mark.parametrize("most", [20, 5_000])
@pytest.mark.parametrize("query", ["", "q=bakery", "since=300d", "until=100d", "app=other", "app=third&q=bakery"])
def test_workspaces_are_counted_from_one_reading_as_each_list_would_be(filled, query, most):
    """Of each app, each status, and both, as far as it was read: at least, where there are more."""
    spec = LISTS["workspaces"]
    with filled.engine.connect() as db:
        view = View(spec, OWNER, filters.parse(spec, OWNER, dict(parse_qsl(query))), now())
        known = counting.counted(db, view, most)
        assert known.is_whole or most == 20
        told = 0
        for app, status in itertools.product(("", "acme", "other", "third"), ("", *installations.STATUSES)):
            asked_for = replace(view.filters, app=app, values=(("status", (status,)),) if status else ())
            there = len(lists.page(db, replace(view, filters=asked_for), most=5_000).rows)
            count = known.count(asked_for)
            if count is None:
                assert app != view.filters.app or not known.is_whole
                continue
            told += count
            assert count == there if known.is_whole else 0 < count <= there
    assert told > 10


@pytest.mark.parametrize("words", ["invalid_code", "bad_client_secret", "T0SOME", "bakery"])
def test_a_search_finds_the_same_whether_many_have_it_or_few(filled, monkeypatch, words):
    spec = LISTS["attempts"]
    found = []
    with filled.engine.connect() as db:
        for common in (0, 5_000):
            monkeypatch.setattr("dashboard.desk.attempts.COMMON", common)
            view = View(spec, OWNER, filters.parse(spec, OWNER, {"q": words}), now())
            found.append([row.id for row in lists.page(db, view, most=5_000).rows])
    assert found[0] == found[1] != []


ONE_KIND = "outcome=abandoned&app=acme&source=page&verified=1"


@pytest.mark.parametrize("sort", ["-seen", "seen"])
@pytest.mark.parametrize("query", ["outcome=failed", "step=returned,stored", ONE_KIND])
def test_pages_of_few_kinds_hold_every_row_once_in_order(filled, monkeypatch, query, sort):
    spec = LISTS["attempts"]
    monkeypatch.setattr("dashboard.desk.conditions.are_few", lambda _found, _known, _wanted: True)
    with filled.engine.connect() as db:
        asked_for = filters.parse(spec, OWNER, dict(parse_qsl(f"{query}&sort={sort}")))
        view = View(spec, OWNER, asked_for, now())
        alone = replace(view, spec=replace(spec, kinds=None))
        every = [row.id for row in lists.page(db, alone, most=5_000).rows]
        pages = [lists.page(db, view, most=7)]
        while pages[-1].older:
            pages.append(lists.page(db, view, pages[-1].older, most=7))
        assert [row.id for page in pages for row in page.rows] == every
        for before, page in itertools.pairwise(pages):
            assert lists.page(db, view, page.newer, most=7).rows == before.rows


def by_the_rows(db):
    key = ", ".join(installation_kinds.TALLY.key)
    rows = db.execute(text(f"SELECT {key}, count(*) FROM dashboard_installations GROUP BY {key}"))
    return {tuple(named): many for *named, many in rows}


def by_the_tally(db):
    kinds = installation_kinds.counted(db)
    named = [tuple(getattr(kind, name) for name in installation_kinds.TALLY.key) for kind in kinds if kind.scope_set]
    return {key: kind.many for key, kind in zip(named, [kind for kind in kinds if kind.scope_set], strict=True)}


def test_wrong_counts_are_mended(database):
    fill(database.url, "installations", 100)
    database.execute("UPDATE dashboard_installation_kinds SET many = many + 1 WHERE NOT to_check")
    with small_transactions(database.url) as step:
        assert step(installation_kinds.recount) > 0
        assert step(installation_kinds.recount) == 0
    with database.engine.connect() as db:
        assert by_the_tally(db) == by_the_rows(db) != {}
        assert not tally.any_noted(db, installation_kinds.TALLY)


def test_scopes_that_an_older_release_changes_are_known_by_themselves(database):
    """It does not know that the set has a name, which is then none of these scopes."""
    fill(database.url, "installations", 100)
    database.execute("UPDATE dashboard_installations SET bot_scopes = 'a:b' WHERE id = 7")
    assert database.row("SELECT scope_set FROM dashboard_installations WHERE id = 7") == {"scope_set": ""}
    with database.engine.connect() as db:
        assert [kind.many for kind in installation_kinds.counted(db) if kind.scopes[0] == "a:b"] == [1]


def test_no_number_of_made_up_codes_is_too_large(database):
    """Whoever makes up names for errors makes kinds: beyond some they are not asked for one by one."""
    fill(database.url, "attempts", 6_000)
    database.execute("UPDATE dashboard_attempts SET code = 'made_up_' || id WHERE outcome = 'failed'")
    failed = database.row("SELECT count(*) AS n FROM dashboard_attempts WHERE code LIKE 'made_up_%'")["n"]
    with database.engine.connect() as db:
        asked_for = filters.parse(attempts.LIST, OWNER, {"code": "uncatalogued"})
        view = View(attempts.LIST, OWNER, asked_for, now())
        assert len(lists.page(db, view, most=5_000).rows) == failed > 1_000
        known = attempts.KINDS.read(db, None, None, now())
        assert not kinds.are_few([kind for kind in known if kind.code], known, wanted=10**9)
        assert counting.counted(db, view, 5_000).count(asked_for) == failed
