"""The summary follows slack_sdk's rows, whoever writes them, on both databases."""

import concurrent.futures
import contextlib
import functools
import itertools
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.oauth.installation_store.models.installation import Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from dashboard.bolt import InstallationStore
from dashboard.core.crypto import app_key
from dashboard.core.db import writing
from dashboard.core.models import SlackBot, SlackInstallation
from dashboard.core.steps import in_one_transaction
from dashboard.slack import summary
from dashboard.slack.tenant import search_text
from tests.support.logs import LOG

CLIENT_ID = "111.222"
KEY = app_key("a-root-of-the-tests" * 3, CLIENT_ID)
TENANTS = [(None, "T1"), ("E1", "T2"), ("E1", None)]
TABLES = (
    "slack_installations",
    "slack_bots",
    "dashboard_installations",
    "dashboard_token_keys",
    "dashboard_changes",
)
START = 1_700_000_000
# What the rows cannot tell: when it went, and of a tenant that is removed or has a bot's row alone, what it was.
# What is searched for is made of the others.
OURS_ALONE = {"id", "to_check", "url", "removed_at", "first_installed_at", "search"}
SEARCHED = ("team_name", "enterprise_name", "team_id", "enterprise_id", "app_id", "installer_id", "url")
HISTORY = {"enterprise_url", "installer_id", "bot_scopes", "user_scopes"}

saves = st.tuples(
    st.just("save"),
    st.sampled_from(TENANTS),
    st.sampled_from(["U1", "U2"]),
    st.sampled_from(["bot", "user", "both"]),
    st.integers(0, 20),
    st.sampled_from(["ours", "theirs"]),
)
deletes = st.tuples(
    st.sampled_from(["delete_bot", "delete_installation", "delete_person", "delete_all"]),
    st.sampled_from(TENANTS),
    st.sampled_from(["U1", "U2"]),
    st.none(),
    st.none(),
    st.sampled_from(["ours", "theirs"]),
)
others = st.tuples(
    st.sampled_from(["catch up", "reindex", "blank tokens", "spell empty", "rename"]),
    st.sampled_from(TENANTS),
    st.none(),
    st.none(),
    st.none(),
    st.none(),
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def module_database(request, new_database):
    return new_database(request.param)


@pytest.fixture
def emptied(module_database):
    module_database.execute(*(f"DELETE FROM {table}" for table in TABLES))
    return module_database


@pytest.fixture
def on_sqlite(new_database):
    return new_database("sqlite")


@pytest.fixture
def on_postgresql(new_database):
    return new_database("postgresql")


@pytest.fixture
def ours(emptied):
    store = InstallationStore(database_url=emptied.url, client_id=CLIENT_ID, token_key=KEY)
    yield store
    store.close()


@pytest.fixture
def theirs(emptied):
    with _slack_sdks(emptied) as store:
        yield store


@contextlib.contextmanager
def _slack_sdks(database, **changes):
    """slack_sdk's own store, on an engine that knows nothing of ours."""
    engine = create_engine(database.engine.url.set(**changes))
    try:
        yield SQLAlchemyInstallationStore(CLIENT_ID, engine)
    finally:
        engine.dispose()


def _installation(tenant=TENANTS[0], user="U1", kind="both", number=7, **changes) -> Installation:
    enterprise_id, team_id = tenant
    bot = {"bot_token": f"xoxb-{number}", "bot_id": "B1", "bot_user_id": "U0BOT", "bot_scopes": ["chat:write"]}
    person = {"user_token": f"xoxp-{number}", "user_scopes": f"search:read,users:read.{user}"}
    values = {
        "app_id": "A1",
        "enterprise_id": enterprise_id,
        "enterprise_name": enterprise_id and f"Company {number}",
        "enterprise_url": enterprise_id and "https://company.enterprise.slack.com/",
        "team_id": team_id,
        "team_name": team_id and f"株式会社 {number}",
        "user_id": user,
        "is_enterprise_install": team_id is None,
        "installed_at": START + number + 0.5,
        **(bot if kind != "user" else {}),
        **(person if kind != "bot" else {}),
    }
    return Installation(**values | changes)


def _where(tenant) -> dict[str, str | None]:
    return {"enterprise_id": tenant[0], "team_id": tenant[1]}


def _summary(database, tenant=TENANTS[0]):
    key = f"{tenant[0] or ''}/{tenant[1] or ''}"
    rows = database.rows("SELECT * FROM dashboard_installations WHERE tenant = :key", key=key)
    assert len(rows) <= 1
    return rows[0] if rows else None


def _catch_up(database) -> None:
    while _in_transaction(database, summary.catch_up):
        pass
    assert database.rows("SELECT * FROM dashboard_changes") == []


def _in_transaction(database, change, *args, **which):
    with writing(database.engine).begin() as connection:
        return change(connection, *args, **which)


def _reindex(database) -> int:
    return summary.reindex(functools.partial(_in_transaction, database))


def _all(database) -> dict[str, dict]:
    rows = database.rows("SELECT * FROM dashboard_installations ORDER BY client_id, tenant")
    return {f"{row['client_id']} {row['tenant']}": row for row in rows}


# What others write


def test_what_slack_sdk_saves_and_deletes_is_caught_up_with(emptied, theirs):
    theirs.save(_installation())
    assert _summary(emptied) is None
    _catch_up(emptied)
    found = _summary(emptied)
    assert (found["status"], found["removed_at"], found["installer_id"]) == ("active", None, "U1")
    assert (found["client_id"], found["app_id"], found["team_id"]) == (CLIENT_ID, "A1", "T1")
    assert (found["team_name"], found["enterprise_id"]) == ("株式会社 7", None)
    assert (found["bot_scopes"], found["user_scopes"]) == ("chat:write", "search:read,users:read.U1")
    assert found["installed_at"] == found["first_installed_at"] == (START + 7) * 1000 + 500
    assert (found["to_check"], found["url"]) in [(False, None), (0, None)]

    theirs.save(_installation(user="U2", number=9))
    _catch_up(emptied)
    again = _summary(emptied)
    assert (again["installer_id"], again["installed_at"]) == ("U2", (START + 9) * 1000 + 500)
    assert again["first_installed_at"] == found["first_installed_at"]

    theirs.delete_all(**_where(TENANTS[0]))
    _catch_up(emptied)
    gone = _summary(emptied)
    assert gone["status"] == "uninstalled"
    assert gone["removed_at"] > again["installed_at"]
    assert {**gone, "status": "active", "removed_at": None} == again  # the tombstone keeps what was known

    theirs.save(_installation(number=11))
    _catch_up(emptied)
    back = _summary(emptied)
    assert (back["status"], back["removed_at"], back["id"]) == ("active", None, found["id"])


@pytest.mark.parametrize("tenant", TENANTS)
@pytest.mark.parametrize("kind", ["bot", "user", "both"])
def test_each_kind_of_tenant_and_installation(emptied, ours, theirs, tenant, kind):
    ours.save(_installation(tenant, kind=kind))
    kept = _summary(emptied, tenant)
    assert kept["status"] == "active"
    assert (kept["bot_scopes"] is None, kept["user_scopes"] is None) == (kind == "user", kind == "bot")
    assert bool(kept["is_enterprise_install"]) == (tenant[1] is None)

    emptied.execute(*(f"DELETE FROM {table}" for table in TABLES))
    theirs.save(_installation(tenant, kind=kind))
    _catch_up(emptied)
    assert {**_summary(emptied, tenant), "id": 0} == {**kept, "id": 0}


def test_rows_without_a_token_are_revoked_then_uninstalled_when_they_go(emptied, theirs):
    theirs.save(_installation())
    _catch_up(emptied)
    emptied.execute(
        "UPDATE slack_installations SET bot_token = NULL, user_token = NULL", "UPDATE slack_bots SET bot_token = NULL"
    )
    _catch_up(emptied)
    revoked = _summary(emptied)
    assert (revoked["status"], revoked["bot_scopes"]) == ("revoked", "chat:write")

    theirs.delete_all(**_where(TENANTS[0]))
    _catch_up(emptied)
    assert _summary(emptied)["status"] == "uninstalled"
    assert _summary(emptied)["removed_at"] == revoked["removed_at"]


def test_several_that_lost_their_tokens_at_once_are_caught_up_with(emptied, theirs):
    workspaces = [(None, f"T{number}") for number in range(3)]
    for workspace in workspaces:
        theirs.save(_installation(workspace))
    _catch_up(emptied)
    emptied.execute(
        "UPDATE slack_installations SET bot_token = NULL, user_token = NULL", "UPDATE slack_bots SET bot_token = NULL"
    )
    _catch_up(emptied)
    assert [_summary(emptied, workspace)["status"] for workspace in workspaces] == ["revoked"] * 3


def test_a_bots_row_alone_leaves_the_installer_to_be_found(emptied, ours):
    ours.save(_installation(kind="bot"))
    ours.delete_installation(**_where(TENANTS[0]), user_id="U1")
    found = _summary(emptied)
    assert (found["status"], found["installer_id"], found["search"]) == ("active", "U1", "株式会社 7 t1 a1 u1")


def test_an_older_row_changes_only_the_first_time(emptied, theirs):
    theirs.save(_installation(user="U2", number=900))
    _catch_up(emptied)
    newer = _summary(emptied)
    theirs.save(_installation(user="U1", number=3, team_name="Old"))
    _catch_up(emptied)
    assert _summary(emptied) == {**newer, "first_installed_at": (START + 3) * 1000 + 500}


def test_what_only_we_know_survives(emptied, ours, theirs):
    ours.save(_installation())
    emptied.execute(
        "UPDATE dashboard_installations SET to_check = (1 = 1), url = 'https://t1.slack.com/', first_installed_at = 5"
    )
    theirs.save(_installation(number=30))
    _catch_up(emptied)
    _reindex(emptied)
    found = _summary(emptied)
    assert (bool(found["to_check"]), found["url"]) == (True, "https://t1.slack.com/")
    assert (found["first_installed_at"], found["installed_at"]) == (5, (START + 30) * 1000 + 500)


def test_another_apps_rows_are_summed_up_apart(emptied, ours):
    stranger = SQLAlchemyInstallationStore("9.9", emptied.engine)
    stranger.save(_installation())
    ours.save(_installation(number=8))
    _catch_up(emptied)
    found = emptied.rows("SELECT client_id, installed_at FROM dashboard_installations ORDER BY client_id")
    assert [row["client_id"] for row in found] == [CLIENT_ID, "9.9"]
    stranger.delete_all(**_where(TENANTS[0]))
    _catch_up(emptied)
    found = emptied.rows("SELECT status FROM dashboard_installations ORDER BY client_id")
    assert [row["status"] for row in found] == ["active", "uninstalled"]


def test_an_older_installation_after_an_uninstall_is_one(emptied, ours):
    ours.save(_installation(number=900))
    ours.delete_all(**_where(TENANTS[0]))
    ours.save(_installation(number=3))  # another machine's clock, or an import
    assert (_summary(emptied)["status"], _summary(emptied)["removed_at"]) == ("active", None)


def test_a_bot_that_rotates_while_it_is_uninstalled_has_a_row_and_says_so(emptied, ours):
    ours.save(_installation())
    ours.delete_all(**_where(TENANTS[0]))
    ours.save_bot(_installation().to_bot())
    assert _summary(emptied)["status"] == "active"
    ours.delete_bot(**_where(TENANTS[0]))
    assert _summary(emptied)["status"] != "active"


def test_an_empty_id_is_the_same_tenant_and_goes_with_it(emptied, ours, theirs):
    theirs.save(_installation(("", "T1")))
    ours.save(_installation(number=8))
    _catch_up(emptied)
    assert len(_all(emptied)) == 1
    assert _summary(emptied)["enterprise_id"] is None
    assert _summary(emptied)["first_installed_at"] == (START + 7) * 1000 + 500

    ours.delete_all(**_where(TENANTS[0]))
    assert emptied.rows("SELECT * FROM slack_installations") == []
    assert emptied.rows("SELECT * FROM slack_bots") == []
    assert _summary(emptied)["status"] == "uninstalled"


def test_a_row_that_moves_to_another_tenant_is_noticed_at_both(emptied, theirs):
    theirs.save(_installation())
    _catch_up(emptied)
    for table in ("slack_installations", "slack_bots"):
        emptied.execute(f"UPDATE {table} SET enterprise_id = 'E1', team_id = 'T2'")
    _catch_up(emptied)
    assert _summary(emptied)["status"] == "uninstalled"
    assert _summary(emptied, ("E1", "T2"))["status"] == "active"


def test_what_is_deleted_at_once_is_noticed_at_once(emptied, theirs):
    for number in range(120):
        theirs.save(_installation((None, f"T{number}")))
    _catch_up(emptied)
    everything = "TRUNCATE" if emptied.kind == "postgresql" else "DELETE FROM"
    emptied.execute(f"{everything} slack_installations", f"{everything} slack_bots")
    _catch_up(emptied)
    assert {row["status"] for row in _all(emptied).values()} == {"uninstalled"}
    assert len(_all(emptied)) == 120


# Our own writes


def test_our_own_writes_leave_no_note(emptied, ours, theirs):
    ours.save(_installation())
    ours.delete_bot(**_where(TENANTS[0]))
    ours.save(_installation(number=8))
    ours.save_bot(_installation(number=8).to_bot())
    assert emptied.rows("SELECT * FROM dashboard_changes") == []
    theirs.save(_installation(TENANTS[1]))
    ours.delete_installation(**_where(TENANTS[0]))
    ours.delete_all(**_where(TENANTS[0]))
    (note,) = {row["enterprise_id"] for row in emptied.rows("SELECT * FROM dashboard_changes")}
    assert note == "E1"  # another tenant's note is not ours to take


def test_a_bot_that_rotates_alone_keeps_the_summary(emptied, ours):
    ours.save(_installation())
    before = _summary(emptied)
    bot = _installation().to_bot()
    bot.bot_token, bot.bot_scopes = "xoxb-rotated", ["chat:write", "commands"]
    ours.save_bot(bot)
    assert _summary(emptied) == {**before, "bot_scopes": "chat:write,commands"}


def test_the_history_is_not_read(on_sqlite):
    """However long it is, each row that decides is found by index."""
    forms = itertools.product((SlackInstallation, SlackBot), (True, False), (True, False))
    for form in forms:
        query = summary._deciding_query(*form).compile(on_sqlite.engine)  # noqa: SLF001 - its plan is the subject
        with on_sqlite.engine.connect() as connection:
            statement = f"EXPLAIN QUERY PLAN {query}"
            plan = connection.exec_driver_sql(statement, tuple("x" for _ in query.positiontup)).all()
        steps = [step for *_, step in plan]
        assert not [step for step in steps if step.startswith("SCAN")]
        assert len([step for step in steps if "TEMP B-TREE" in step]) == 1  # for the few rows found


# Triggers are no burden


@pytest.mark.parametrize("conflict", ["ABORT", "FAIL", "ROLLBACK", "REPLACE", "IGNORE"])
def test_a_statement_with_its_own_conflict_rule_goes_through(on_sqlite, conflict):
    insert = (
        f"INSERT OR {conflict} INTO slack_bots (client_id, app_id, team_id, is_enterprise_install, installed_at)"
        " VALUES ('1.1', 'A1', 'T1', 0, '2026-01-01 00:00:00.000000')"
    )
    on_sqlite.execute(insert, insert, f"UPDATE OR {conflict} slack_bots SET bot_token = 'xoxb-2'")
    assert len(on_sqlite.rows("SELECT * FROM slack_bots")) == 2
    assert len(on_sqlite.rows("SELECT * FROM dashboard_changes")) == 1


@pytest.mark.postgresql
def test_a_role_without_rights_on_our_tables_goes_through(on_postgresql):
    on_postgresql.execute(
        "CREATE ROLE bolt LOGIN",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON slack_installations, slack_bots TO bolt",
        "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO bolt",
    )
    with _slack_sdks(on_postgresql, username="bolt") as store:
        store.save(_installation())
    _catch_up(on_postgresql)
    assert _summary(on_postgresql)["status"] == "active"


@pytest.mark.postgresql
def test_a_note_that_cannot_be_written_does_not_refuse_the_row(on_postgresql):
    """On SQLite a trigger cannot catch; there nothing in the notes' table can refuse a row."""
    on_postgresql.execute("ALTER TABLE dashboard_changes RENAME TO elsewhere")
    with _slack_sdks(on_postgresql) as store:
        store.save(_installation())
    on_postgresql.execute("ALTER TABLE elsewhere RENAME TO dashboard_changes")
    assert len(on_postgresql.rows("SELECT * FROM slack_installations")) == 1
    assert _reindex(on_postgresql) == 1
    assert _summary(on_postgresql)["status"] == "active"


def test_an_unreadable_row_holds_up_nobody_else(on_sqlite):
    """PostgreSQL lets nobody write what is not a time."""
    ours = InstallationStore(database_url=on_sqlite.url, client_id=CLIENT_ID, token_key=KEY)
    with _slack_sdks(on_sqlite) as theirs:
        theirs.save(_installation())
        on_sqlite.execute("UPDATE slack_installations SET installed_at = 'yesterday'")
        theirs.save(_installation(TENANTS[1]))
    _catch_up(on_sqlite)
    assert _summary(on_sqlite) is None
    assert _summary(on_sqlite, TENANTS[1])["status"] == "active"
    assert "summary.unreadable" in LOG.take()
    ours.save(_installation(number=8))  # what Slack granted is stored all the same
    assert ours.find_bot(**_where(TENANTS[0])).bot_token == "xoxb-8"
    ours.close()


# Reindex


def test_reindex_finds_what_nobody_noted(emptied, ours, theirs):
    ours.save(_installation(TENANTS[2]))
    theirs.save(_installation(TENANTS[0]))
    theirs.save(_installation(TENANTS[1]))
    ours.delete_all(**_where(TENANTS[1]))
    emptied.execute(
        "DELETE FROM slack_installations WHERE team_id IS NULL", "DELETE FROM slack_bots WHERE team_id IS NULL"
    )
    emptied.execute("DELETE FROM dashboard_changes")
    tombstone = _summary(emptied, TENANTS[1])

    assert _reindex(emptied) == 2
    assert _summary(emptied, TENANTS[0])["status"] == "active"
    assert _summary(emptied, TENANTS[1]) == tombstone
    assert _summary(emptied, TENANTS[2])["status"] == "uninstalled"
    before = _all(emptied)
    assert _reindex(emptied) == 1
    assert _all(emptied) == before


def test_reindex_in_one_transaction_of_the_caller(emptied, theirs):
    for number in range(120):
        theirs.save(_installation((None, f"T{number}")))
    emptied.execute("DELETE FROM dashboard_changes")
    heard = []
    with writing(emptied.engine).begin() as connection:
        assert summary.reindex(in_one_transaction(connection), lambda *so_far: heard.append(so_far)) == 120
    assert heard[-1] == (120, 120)
    assert len(_all(emptied)) == 120


def test_reindex_goes_on_over_more_rows_than_a_chunk(emptied, theirs, monkeypatch):
    monkeypatch.setattr(summary, "CHUNK", 7)
    for number in range(20):
        theirs.save(_installation((None, f"T{number}")))
    emptied.execute("DELETE FROM dashboard_changes")
    assert _reindex(emptied) == 20
    assert len(_all(emptied)) == 20


# Whatever happens, in whatever order


def _do(database, stores, operation) -> None:
    kind, tenant, user, tokens, number, whose = operation
    store = stores.get(whose)
    where = " AND ".join(
        f"coalesce({name}, '') = '{id_ or ''}'" for name, id_ in zip(("enterprise_id", "team_id"), tenant, strict=True)
    )
    if kind == "save":
        store.save(_installation(tenant, user, tokens, number))
    elif kind == "delete_person":
        store.delete_installation(**_where(tenant), user_id=user)
    elif kind.startswith("delete"):
        getattr(store, kind)(**_where(tenant))
    elif kind == "catch up":
        _in_transaction(database, summary.catch_up)
    elif kind == "reindex":
        _reindex(database)
    elif kind == "blank tokens":
        database.execute(f"UPDATE slack_installations SET bot_token = NULL, user_token = NULL WHERE {where}")
    elif kind == "spell empty":
        database.execute(f"UPDATE slack_bots SET enterprise_id = '' WHERE enterprise_id IS NULL AND {where}")
    elif kind == "rename":
        database.execute(f"UPDATE slack_installations SET team_name = 'Renamed' WHERE {where}")


@pytest.mark.slow("sixty histories, each summed up three times")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(operations=st.lists(st.one_of(saves, saves, deletes, others), min_size=1, max_size=10))
def test_catching_up_gives_what_a_reindex_from_scratch_gives(emptied, ours, theirs, operations):
    emptied.execute(*(f"DELETE FROM {table}" for table in TABLES))
    for operation in operations:
        _do(emptied, {"ours": ours, "theirs": theirs}, operation)
    _catch_up(emptied)
    followed = _all(emptied)

    _reindex(emptied)
    assert _all(emptied) == followed  # a reindex has nothing to mend

    emptied.execute("DELETE FROM dashboard_installations")
    _reindex(emptied)
    scratch = _all(emptied)
    assert set(scratch) <= set(followed)
    for key, row in followed.items():
        assert row["search"] == search_text(*(row[name] for name in SEARCHED))
        if key not in scratch:
            assert row["status"] in ("uninstalled", "revoked")  # no row is left: only the tombstone knows
            continue
        bot_alone = not scratch[key]["installer_id"]
        unknown = OURS_ALONE | (HISTORY if row["status"] != "active" or bot_alone else set())
        unknown |= {"app_id", "team_name", "enterprise_name", "installed_at"} if row["status"] != "active" else set()
        assert {name: row[name] for name in row.keys() - unknown} == {
            name: scratch[key][name] for name in row.keys() - unknown
        }
        if row["status"] == "active":
            assert row["first_installed_at"] <= scratch[key]["first_installed_at"]


def test_everybody_at_once(emptied, ours):
    """Stores of both kinds and two that catch up, on the same tenants at the same time: nothing is lost."""
    stop = threading.Event()

    def write(store, first):
        for number in range(first, first + 25):
            tenant = TENANTS[number % 3]
            _unless_locked(store.save, _installation(tenant, number=number))
            if number % 4 == 0:
                _unless_locked(store.delete_all, **_where(tenant))

    def follow():
        while not stop.is_set():
            _unless_locked(_in_transaction, emptied, summary.catch_up)

    with _slack_sdks(emptied) as theirs, concurrent.futures.ThreadPoolExecutor(5) as pool:
        followers = [pool.submit(follow) for _ in range(2)]
        writers = [pool.submit(write, store, first) for first, store in ((0, ours), (25, ours), (50, theirs))]
        concurrent.futures.wait(writers)
        stop.set()
        for thread in (*writers, *followers):
            thread.result()

    _catch_up(emptied)
    followed = _all(emptied)
    _reindex(emptied)
    assert _all(emptied) == followed
    assert len(followed) == 3


def _unless_locked(work, *args, **kwargs) -> None:
    """SQLite's writers may lose the race for the lock: theirs to try again, and not what is tested. A deadlock is."""
    try:
        work(*args, **kwargs)
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise
