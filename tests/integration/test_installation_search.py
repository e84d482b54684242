"""What a search finds is what each word says, by whatever index."""

import random

import pytest
from sqlalchemy import insert, select

from dashboard.access.permissions import AppAccess, Operator
from dashboard.core.models import Installation
from dashboard.desk import installation_search
from dashboard.desk.installation_search import search
from dashboard.slack.tenant import plain, search_text, sort_name
from tests.benchmarks.filling import APPS, installations
from tests.conftest import BOTH

OF_APPS = tuple(AppAccess(0, slug, name, client_id, "viewer") for slug, name, client_id in APPS)
OWNER = Operator(1, "o@example.com", owner=True, apps=OF_APPS)
VIEWER = Operator(2, "v@example.com", owner=False, apps=OF_APPS)  # sees no person
WORDS = (
    "HP",
    "3M",
    "hp.com",
    "Services",
    "X",
    "bakery",
    "BA",
    "Zürich",
    "東京",
    "東京都庁",
    "株式会社東和",
    "of",
    "(HP)",
    "o'neil",
    "%",
    "_a",
)


@pytest.fixture(scope="module", params=BOTH)
def named(request, new_database):
    """Installations whose names are put together of a few words."""
    database, chance = new_database(request.param), random.Random(7)
    rows = []
    for row in installations(400):
        name = " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, 3)))
        found_by = search_text(name, row["team_id"], row["app_id"], row["installer_id"], row["url"])
        rows.append({**row, "team_name": name, "sort_name": sort_name(name), "search": found_by})
    with database.begin() as db:
        db.execute(insert(Installation), rows)
    return database


def named_by(row):
    return plain(" ".join(filter(None, (row.team_name, row.team_id, row.app_id, row.installer_id, row.url))))


def begins_a_word(text, part):
    if len(part) > 2 or any(letter > "\u3000" for letter in part):
        return part in text
    return f" {part}" in f" {text}" if len(part) == 2 else f" {part} " in f" {text} "


QUERIES = (
    "hp",
    "3m",
    "x",
    "ba",
    "ba hp",
    "x hp",
    "services hp",
    "東京",
    "京都",
    "zu",
    "東和",
    "社東 hp",
    "和東",
    "京",
    "o",
    "of",
    "zz",
    "q",
    "%",
    "_a",
    "HP.com x",
)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("common", [0, 1_000])
def test_words_are_found_where_they_are(named, monkeypatch, query, common):
    monkeypatch.setattr(installation_search, "COMMON", common)
    with named.engine.connect() as db:
        texts = {row.id: named_by(row) for row in db.execute(select(Installation))}
        wanted = {
            id_ for id_, text in texts.items() if all(begins_a_word(text, part) for part in query.lower().split())
        }
        assert set(db.scalars(select(Installation.id).where(search(db, OWNER, query).condition))) == wanted
    assert bool(wanted) == (query not in {"o", "zz", "q", "和東"})


def test_who_may_see_no_person_finds_none_by_two_letters_either(named):
    with named.engine.connect() as db:
        id_, installer = db.execute(select(Installation.id, Installation.installer_id).limit(1)).one()
        assert id_ in set(db.scalars(select(Installation.id).where(search(db, OWNER, installer[:2]).condition)))
        found = select(Installation.search).where(search(db, VIEWER, installer[:2]).condition)
        assert all(
            f" {installer[:2].lower()}" in text.replace(f" {installer.lower()}", "") for text in db.scalars(found)
        )


@pytest.mark.parametrize(("newest", "met_soon"), [(400, 5), (0, 5)])
def test_what_a_member_meets_soon_is_not_few(named, monkeypatch, newest, met_soon):
    """By the newest rows, or by all that have it."""
    monkeypatch.setattr(installation_search, "COMMON", 5)
    monkeypatch.setattr(installation_search, "NEWEST", newest)
    monkeypatch.setattr(installation_search, "MET_SOON", met_soon)
    with named.engine.connect() as db:
        assert not search(db, VIEWER, "bakery").are_few
        assert search(db, VIEWER, "bakery zz").are_few == (db.dialect.name == "sqlite")


def test_what_others_have_often_is_still_few_to_whom_may_not_see_it(named, monkeypatch):
    """Otherwise all their rows would be read, for none."""
    monkeypatch.setattr(installation_search, "COMMON", 5)
    nobody = Operator(3, "n@example.com", owner=False, apps=())
    with named.engine.connect() as db:
        assert not search(db, OWNER, "bakery").are_few
        assert search(db, nobody, "bakery").are_few == (db.dialect.name == "sqlite")
        assert db.scalars(select(Installation.id).where(search(db, OWNER, "bakery").condition)).first()
