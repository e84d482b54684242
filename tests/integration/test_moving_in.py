"""From Bolt's own stores to the dashboard and back: what Bolt resolved before is what it resolves afterwards."""

import json
import logging
import os
import re
import socket
import sqlite3
import subprocess
import sys

import psutil
import pytest
import sqlalchemy as sa
from slack_sdk.oauth.installation_store import FileInstallationStore, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.installation_store.sqlite3 import SQLite3InstallationStore

from dashboard.access.permissions import Operator
from dashboard.bolt import InstallationStore
from dashboard.commands.migrate import MANY, migrate, upgrade
from dashboard.core import models, side_by_side
from dashboard.core.crypto import app_key
from dashboard.desk.installation_search import search
from dashboard.slack import adopting
from tests.benchmarks.filling import write_raw
from tests.conftest import BOTH
from tests.support import wait
from tests.support.command_line import basic_environment, run_dashboard
from tests.support.stage import CLIENT_ID, CLIENT_SECRET, SECRET_KEY
from tests.support.standstill import go_on, stand_still

OWNER = Operator(1, "owner@example.com", owner=True, apps=())
NEW_KEY = "the-next-key-of-the-tests-that-is-long-enough-0123"
TOKEN = re.compile("xox[a-z]-")  # what is sealed may hold the first three by chance
PLACES = [(None, "T1"), (None, "T2"), ("E1", None), ("E1", "T3"), (None, "T4"), ("E9", "T9")]
PEOPLE = [None, "U1", "U2", "U9"]
LONG = ",".join(f"scope{number}:read" for number in range(200))  # beyond slack_sdk's 1,000 characters


def installation(number: int, team: str | None, user: str, **more) -> Installation:
    facts = {
        "app_id": "A1",
        "team_id": team,
        "team_name": f"Team {team} ß 株式",
        "bot_token": f"xoxb-{number}",
        "bot_id": f"B{number}",
        "bot_user_id": f"UB{number}",
        "bot_scopes": "chat:write,commands",
        "user_id": user,
        "installed_at": 1_700_000_000.125 + number,
    }
    return Installation(**{**facts, **more})


def history() -> list[Installation]:
    """A workspace installed again and again by two people, one with rotation, an organization, a person alone."""
    no_bot = dict.fromkeys(("bot_token", "bot_id", "bot_user_id"))
    rotating = {
        "bot_refresh_token": "xoxe-1-a",
        "bot_token_expires_at": 1_700_050_000,
        "user_refresh_token": "xoxe-1-b",
    }
    org = {"enterprise_id": "E1", "enterprise_name": "Org", "is_enterprise_install": True}
    return [
        installation(1, "T1", "U1"),
        installation(2, "T1", "U2", user_token="xoxp-2", user_scopes="search:read"),
        installation(3, "T1", "U1", incoming_webhook_url="https://hooks.slack.com/services/T1/B1/x"),
        installation(4, "T2", "U2", user_token="xoxp-4", **rotating),
        installation(5, None, "U1", **org),
        installation(6, "T3", "U2", enterprise_id="E1"),
        installation(7, "T4", "U9", user_token="xoxp-7", bot_scopes="", **no_bot),
    ]


def resolved(store) -> dict:
    """What Bolt gets for each place and person: the tokens and what goes with them."""
    found = {}
    for enterprise_id, team_id in PLACES:
        place = {"enterprise_id": enterprise_id, "team_id": team_id, "is_enterprise_install": team_id is None}
        bot = store.find_bot(**place)
        found[enterprise_id, team_id] = bot and (bot.bot_token, bot.bot_refresh_token, list(bot.bot_scopes))
        for user_id in PEOPLE:
            one = store.find_installation(**place, user_id=user_id)
            found[enterprise_id, team_id, user_id] = one and (
                *(one.bot_token, one.bot_refresh_token, one.bot_token_expires_at, one.user_token),
                *(one.user_refresh_token, one.incoming_webhook_url, one.user_id, one.team_name),
            )
    return found


def environment(database, **more: str) -> dict[str, str]:
    app = {"SLACK_CLIENT_ID": CLIENT_ID, "SLACK_CLIENT_SECRET": CLIENT_SECRET, "SECRET_KEY": SECRET_KEY}
    return basic_environment(DATABASE_URL=database.url, **{**app, **more})


def dashboard(database, *arguments: str, status: int = 0, **more: str) -> str:
    done = run_dashboard(*arguments, environment=environment(database, **more))
    assert done.returncode == status, done.stdout + done.stderr
    assert "xox" not in done.stdout + done.stderr
    return done.stdout + done.stderr


def serve(database) -> str:
    """What `serve` says that gets no further than its port, which is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return dashboard(database, "serve", "--port", str(taken.getsockname()[1]), status=1)


_opened: list[InstallationStore] = []


@pytest.fixture(autouse=True)
def _closed():
    yield
    while _opened:
        _opened.pop().close()


def ours(database, *keys: str) -> InstallationStore:
    key = ",".join(app_key(key, CLIENT_ID) for key in keys or (SECRET_KEY,))
    _opened.append(InstallationStore(database_url=database.url, client_id=CLIENT_ID, token_key=key))
    return _opened[-1]


def stored(database) -> str:
    """Everything that could be a token, as it lies in the database."""
    columns = "bot_token, bot_refresh_token"
    more = "user_token, user_refresh_token, incoming_webhook_url"
    rows = database.rows(f"SELECT {columns}, {more} FROM slack_installations")
    return json.dumps([*rows, *database.rows(f"SELECT {columns} FROM slack_bots")])


@pytest.fixture(params=["today", "before 3.8"])
def adopted(request, database_of_bolt):
    """A database of slack_sdk's SQLAlchemy store, as today's release lays it out, or one without rotation's columns."""
    database, _ = database_of_bolt
    if request.param == "before 3.8":
        for table, columns in {
            "slack_installations": ("user_refresh_token", "user_token_expires_at"),
            "slack_bots": (),
        }.items():
            for column in ("bot_refresh_token", "bot_token_expires_at", *columns):
                database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    return database, request.param


@pytest.fixture(params=BOTH)
def database_of_bolt(request, new_database):
    database = new_database(request.param, migrated=False)
    store = SQLAlchemyInstallationStore(CLIENT_ID, database.engine, logger=logging.getLogger("bolt"))
    store.create_tables()
    for one in history():
        store.save(one)
    return database, store


def before_of(database, layout: str) -> dict:
    """What slack_sdk resolves, read by plain SQL where today's class cannot read the older layout any more."""
    if layout == "today":
        return resolved(SQLAlchemyInstallationStore(CLIENT_ID, database.engine))
    return {}


def test_adopted_rows_are_left_as_they_are_and_resolve_as_before(adopted):
    database, layout = adopted
    before, plain = before_of(database, layout), database.rows("SELECT * FROM slack_installations ORDER BY id")

    assert "revision" in dashboard(database, "migrate")

    after = database.rows("SELECT * FROM slack_installations ORDER BY id")
    assert [{name: row[name] for name in plain[0]} for row in after] == plain
    if layout == "today":
        assert resolved(SQLAlchemyInstallationStore(CLIENT_ID, database.engine)) == before
        assert resolved(ours(database)) == before
    found = ours(database).find_installation(enterprise_id=None, team_id="T1")
    assert (found.bot_token, found.user_id) == ("xoxb-3", "U1")
    summary = database.rows("SELECT team_id, enterprise_id, status FROM dashboard_installations ORDER BY installed_at")
    places = [(row["enterprise_id"], row["team_id"]) for row in summary]
    assert places == [(None, "T1"), (None, "T2"), ("E1", None), ("E1", "T3"), (None, "T4")]
    assert {row["status"] for row in summary} == {"active"}
    ours(database).save(installation(8, "T1", "U1", bot_scopes=LONG, bot_token="xoxb-" + "8" * 300))
    assert ours(database).find_bot(enterprise_id=None, team_id="T1").bot_token == "xoxb-" + "8" * 300


def _stand_still_at_the_last(database) -> None:
    """A move does not come to its end."""
    upgrade(database.url)
    last = database.row("SELECT team_id FROM slack_installations ORDER BY id DESC LIMIT 1")["team_id"]
    stand_still(database, "dashboard_installations", f"NEW.team_id = '{last}'")


@pytest.mark.slow("sixteen thousand rows, and a process that is killed at them")
@pytest.mark.parametrize("kind", BOTH)
def test_a_move_that_is_killed_goes_on_where_it_was(new_database, kind):
    """Nothing is lost and nothing is done twice: who is in the summary is passed over."""
    database = new_database(kind, migrated=False)
    SQLAlchemyInstallationStore(CLIENT_ID, database.engine).create_tables()
    many = 16_000
    write_raw(database.url, "slack_installations", many)
    write_raw(database.url, "slack_bots", many)
    tenants = _tenants(database)
    _stand_still_at_the_last(database)

    command = [sys.executable, "-m", "dashboard", "migrate"]
    with subprocess.Popen(command, env=environment(database), stdout=subprocess.PIPE) as moving:
        wait.until(lambda: _rows(database) > 0, seconds=60)
        helpers = psutil.Process(moving.pid).children(recursive=True)
        moving.kill()
    assert bool(helpers) == (os.cpu_count() > 1)
    wait.until(lambda: not any(helper.is_running() for helper in helpers))
    go_on(database, "dashboard_installations")
    done = _rows(database)
    assert len(_indexed(database)) < len(_indexed(new_database(kind)))
    assert 0 < done < tenants, "It was killed too late to show anything."

    told = []
    migrate(database.url, told.append)
    first = int(told[0].partition(" of ")[0].replace(",", ""))
    assert done < first <= done + (adopting.BATCH_OF_ONE_WRITER if kind == "sqlite" else adopting.BATCH)
    batches = [sentence for sentence in told if sentence.endswith("workspaces and organizations")]
    assert len(batches) <= (tenants - done) // adopting.BATCH + 2
    assert _rows(database) == tenants
    assert database.row("SELECT sum(many) AS n FROM dashboard_installation_kinds")["n"] == tenants
    assert _indexed(database) == _indexed(new_database(kind))  # they are made last
    assert "up to date" in dashboard(database, "migrate")


def _kill_a_helper(_database, moving: psutil.Process) -> None:
    moving.children(recursive=True)[-1].kill()


def _end_every_connection(database, _moving: psutil.Process) -> None:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    database.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")


@pytest.mark.slow("sixteen thousand rows, and a process that is broken off at them")
@pytest.mark.parametrize(
    ("kind", "break_off", "sentence"),
    [
        ("sqlite", _kill_a_helper, "One of the processes that were at it was ended from outside"),
        ("postgresql", _kill_a_helper, "One of the processes that were at it was ended from outside"),
        ("postgresql", _end_every_connection, "It was broken off by the database: the database did not answer."),
    ],
)
def test_a_move_that_is_broken_off_from_outside_says_so_and_goes_on(new_database, kind, break_off, sentence):
    if break_off is _kill_a_helper and os.cpu_count() == 1:
        pytest.skip("on one processor the command works alone: there is no helper to be killed")
    database = new_database(kind, migrated=False)
    SQLAlchemyInstallationStore(CLIENT_ID, database.engine).create_tables()
    write_raw(database.url, "slack_installations", 16_000)
    tenants = _tenants(database)
    if kind == "postgresql":  # on SQLite the command itself would: the helpers only read for it
        _stand_still_at_the_last(database)

    command = [sys.executable, "-m", "dashboard", "migrate"]
    with subprocess.Popen(command, env=environment(database), stderr=subprocess.PIPE, text=True) as moving:
        wait.until(lambda: _rows(database) > 0, seconds=60)
        break_off(database, psutil.Process(moving.pid))
        _, said = moving.communicate(timeout=60)
    if kind == "postgresql":
        go_on(database, "dashboard_installations")
    assert (moving.returncode, said.splitlines()[0].startswith(sentence)) == (1, True), said
    assert "un the command again" in said.splitlines()[1]
    assert 0 < _rows(database) < tenants, "It was broken off too late to show anything."

    dashboard(database, "migrate")
    assert _rows(database) == tenants
    assert _indexed(database) == _indexed(new_database(kind))


@pytest.mark.parametrize("processes", [1, side_by_side.MOST])
@pytest.mark.parametrize("kind", BOTH)
def test_a_move_that_is_killed_before_anything_is_noted_goes_on(new_database, kind, processes, monkeypatch):
    monkeypatch.setattr(side_by_side, "MOST", processes)
    database = new_database(kind, migrated=False)
    SQLAlchemyInstallationStore(CLIENT_ID, database.engine).create_tables()
    write_raw(database.url, "slack_installations", MANY)
    upgrade(database.url)
    assert _rows(database) == 0
    SQLAlchemyInstallationStore(CLIENT_ID, database.engine).save(installation(1, "TNEW", "U1"))  # it is noted
    told = []
    migrate(database.url, told.append)
    tenants = _tenants(database)
    assert _rows(database) == tenants
    assert database.rows("SELECT 1 FROM dashboard_changes") == []
    assert f"{tenants:,} of {tenants:,} workspaces and organizations" in told
    indexes = [said for said in told if said.startswith("Index")]
    assert indexes == [f"Index {number} of {len(indexes)}" for number in range(1, len(indexes) + 1)] != []
    assert _indexed(database) == _indexed(new_database(kind))
    assert _are_found_by_two_letters(database)


def _indexed(database) -> dict[str, str]:
    """What finds installations, by its name: how it is made."""
    of = "indexdef" if database.kind == "postgresql" else "sql"
    names = {
        "postgresql": "SELECT indexname AS name, indexdef FROM pg_indexes WHERE schemaname = current_schema()",
        "sqlite": "SELECT * FROM sqlite_master",
    }
    found = database.rows(names[database.kind])
    return {row["name"]: row[of] for row in found if "dashboard_installations" in (row[of] or "")}


def _are_found_by_two_letters(database) -> bool:
    """Whether every two letters that a name begins with find whatever has a word that begins so."""
    with database.engine.connect() as db:
        texts = {row.id: f" {row.search}" for row in db.execute(sa.select(models.Installation))}
        for begin in {text[:3] for text in texts.values()}:
            found = set(db.scalars(sa.select(models.Installation.id).where(search(db, OWNER, begin).condition)))
            if found != {id_ for id_, text in texts.items() if begin in text}:
                return False
    return True


def _tenants(database) -> int:
    return database.row("SELECT count(DISTINCT client_id || team_id) AS n FROM slack_installations")["n"]


def _rows(database) -> int:
    if "dashboard_installations" not in sa.inspect(database.engine).get_table_names():
        return 0
    return database.row("SELECT count(*) AS n FROM dashboard_installations")["n"]


def test_the_word_on_encryption_then_sealing_rotation_and_the_way_back(database_of_bolt):
    database, theirs = database_of_bolt
    before = resolved(theirs)
    dashboard(database, "migrate")

    refused = serve(database)
    assert "DASHBOARD_TOKEN_ENCRYPTION must be set" in refused
    assert "xoxb-" in stored(database)

    assert "Sealed: 13 of 14 rows." in dashboard(database, "keys", "seal")
    assert not TOKEN.search(stored(database))
    assert "hooks.slack.com" not in stored(database)
    assert resolved(ours(database)) == before
    assert "Sealed: 0 of 14" in dashboard(database, "keys", "seal")
    assert "DASHBOARD_TOKEN_ENCRYPTION" not in serve(database)

    both = f"{NEW_KEY},{SECRET_KEY}"
    lost = dashboard(database, "keys", "rotate", status=1, SECRET_KEY=NEW_KEY)
    assert "cannot be opened" in lost
    assert "Sealed anew: 13 of 14 rows." in dashboard(database, "keys", "rotate", SECRET_KEY=both)
    assert resolved(ours(database, NEW_KEY)) == before
    assert "Sealed anew: 0 of 14 rows." in dashboard(database, "keys", "rotate", SECRET_KEY=NEW_KEY)

    assert "Say --yes" in dashboard(database, "keys", "unseal", status=2, SECRET_KEY=NEW_KEY)
    dashboard(database, "keys", "unseal", "--yes", SECRET_KEY=NEW_KEY)
    assert resolved(theirs) == before


def test_a_table_of_somebody_else_is_refused_and_left(new_database):
    database = new_database("sqlite", migrated=False)
    database.execute("CREATE TABLE slack_installations (id INTEGER, who TEXT)")
    database.execute("INSERT INTO slack_installations VALUES (1, 'x')")
    assert "is not slack_sdk's" in dashboard(database, "migrate", status=1)
    assert database.rows("SELECT * FROM slack_installations") == [{"id": 1, "who": "x"}]
    assert [row["name"] for row in database.rows("SELECT name FROM sqlite_master")] == ["slack_installations"]


def test_a_file_of_the_sqlite3_store_is_recognised_and_left(new_database, tmp_path):
    file = tmp_path / "bolt.db"
    SQLite3InstallationStore(database=str(file), client_id=CLIENT_ID).save(history()[0])
    before = file.read_bytes()
    done = run_dashboard(
        "migrate", environment={**environment(new_database("sqlite")), "DATABASE_URL": f"sqlite:///{file}"}
    )
    assert done.returncode == 1
    assert "sqlite3 store" in done.stderr
    assert "dashboard import sqlite3" in done.stderr
    with sqlite3.connect(file) as left:
        assert left.execute("SELECT count(*) FROM slack_installations").fetchone() == (1,)
    assert len(file.read_bytes()) == len(before)


def of_sqlite3(folder):
    file = folder / "bolt.db"
    store = SQLite3InstallationStore(database=str(file), client_id=CLIENT_ID)
    for seconds, one in enumerate(history()):
        store.save(one)
        # The store takes the clock's second: nobody installs twice within one.
        at = f"2026-01-02 03:04:{seconds:02}"
        with sqlite3.connect(file) as connection:
            for table in ("slack_installations", "slack_bots"):
                connection.execute(f"UPDATE {table} SET installed_at = ? WHERE installed_at > '2026-02'", [at])
    return store, ("import", "sqlite3", str(file))


def of_files(folder):
    store = FileInstallationStore(base_dir=str(folder / "stored"), client_id=CLIENT_ID)
    for one in history():
        store.save(one)
    return store, ("import", "file", str(folder / "stored"))


@pytest.mark.parametrize("made_by", [of_sqlite3, of_files])
def test_an_import_resolves_as_before_and_may_be_repeated(database, tmp_path, made_by):
    theirs, command = made_by(tmp_path)
    before = resolved(theirs)

    assert "Read: 5 workspaces" in dashboard(database, *command, "--dry-run")
    assert database.rows("SELECT * FROM slack_installations") == []
    assert "of 5 workspaces" in dashboard(database, *command)

    after = resolved(ours(database))
    assert _as_times_allow(after) == _as_times_allow(before)
    assert not TOKEN.search(stored(database))
    assert len(database.rows("SELECT * FROM dashboard_installations WHERE status = 'active'")) == 5

    rows = database.rows("SELECT * FROM slack_installations ORDER BY id")
    again = dashboard(database, *command)
    assert "Added 0 rows" in again
    assert database.rows("SELECT * FROM slack_installations ORDER BY id") == rows


def _as_times_allow(found: dict) -> dict:
    """The file store answers nothing for an absent person where nobody's row names one, and neither do we."""
    return {place: value for place, value in found.items() if value is not None}


def test_an_import_brings_nothing_back_that_was_uninstalled_here(database, tmp_path):
    theirs, command = of_files(tmp_path)
    dashboard(database, *command)
    ours(database).delete_all(enterprise_id=None, team_id="T1")

    assert "Added 0 rows" in dashboard(database, *command)
    assert ours(database).find_bot(enterprise_id=None, team_id="T1") is None

    theirs.save(installation(9, "T1", "U1", installed_at=4_000_000_000.0))
    assert "Added 2 rows of 1 workspaces" in dashboard(database, *command)
    assert ours(database).find_bot(enterprise_id=None, team_id="T1").bot_token == "xoxb-9"


def test_an_import_leaves_a_token_alone_that_was_rotated_here(database, tmp_path):
    _theirs, command = of_files(tmp_path)
    dashboard(database, *command)
    store = ours(database)
    rotated = store.find_installation(enterprise_id=None, team_id="T2")
    rotated.bot_token, rotated.bot_refresh_token = "xoxb-rotated", "xoxe-1-next"
    store.save(rotated)

    assert "Added 0 rows" in dashboard(database, *command)
    assert store.find_bot(enterprise_id=None, team_id="T2").bot_refresh_token == "xoxe-1-next"


def test_what_is_damaged_is_named_and_the_rest_moves_in(new_database, tmp_path):
    database = new_database("sqlite")
    _theirs, command = of_files(tmp_path)
    damaged = tmp_path / "stored" / CLIENT_ID / "none-T1"
    (damaged / "installer-U7-latest").write_text("{")
    odd = {"user_id": "U8", "bot_token": "xoxb-secret", "surprise": 1}
    (damaged / "installer-U8-latest").write_text(json.dumps(odd))

    said = dashboard(database, *command, status=1)

    assert "installer-U7-latest: it holds no JSON" in said
    assert "installer-U8-latest: its fields are not slack_sdk's" in said
    assert "2 could not be read; the others were." in said
    assert len(database.rows("SELECT * FROM dashboard_installations")) == 5


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "sqlite3", "nowhere.db"), "cannot be read as a file of slack_sdk's sqlite3 store"),
        (("import", "file", "nowhere"), "is not a folder"),
        (("import", "file", "nowhere", "--app", "nobody"), "There is no app 'nobody'."),
        (("keys", "seal", "--app", "nobody"), "There is no app 'nobody'."),
    ],
)
def test_a_mistake_is_one_sentence(new_database, arguments, sentence):
    said = dashboard(new_database("sqlite"), *arguments, status=1)
    assert sentence in said
    assert "Traceback" not in said


def test_an_app_that_is_not_here_is_named_and_left_out(new_database, tmp_path):
    database = new_database("sqlite")
    file = tmp_path / "bolt.db"
    SQLite3InstallationStore(database=str(file), client_id="9.9").save(history()[0])
    assert "Installations of 9.9 were left out." in dashboard(database, "import", "sqlite3", str(file), status=1)
    assert database.rows("SELECT * FROM slack_installations") == []


def test_the_schema_of_an_adopted_database_has_every_index(adopted):
    database, _layout = adopted
    dashboard(database, "migrate")
    names = {index["name"] for index in sa.inspect(database.engine).get_indexes("slack_installations")}
    assert names == {"slack_installations_idx", "slack_installations_latest_idx"}
