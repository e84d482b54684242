"""Whatever happens to slack_sdk's rows, in whatever order and by whomever: the summary comes out the same."""

import concurrent.futures
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from dashboard.slack import catching_up
from dashboard.slack.tenant import search_text, sort_name
from tests.support.summaries import (
    TABLES,
    TENANTS,
    all_summaries,
    catch_up,
    in_transaction,
    installation,
    reindex,
    slack_sdks,
    where,
)

# What the rows cannot tell: when it went, and of a tenant that is removed or has a bot's row alone, what it was.
# What is searched for is made of the others.
OURS_ALONE = {"id", "to_check", "url", "removed_at", "first_installed_at", "search", "sort_name"}
NAMED = ("team_name", "enterprise_name", "team_id", "enterprise_id")
SEARCHED = ("team_name", "enterprise_name", "team_id", "enterprise_id", "app_id", "installer_id", "url")
HISTORY = {"enterprise_url", "installer_id", "bot_scopes", "user_scopes", "scope_set"}


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


def _do(database, stores, operation) -> None:
    kind, tenant, user, tokens, number, whose = operation
    store = stores.get(whose)
    its_rows = " AND ".join(
        f"coalesce({name}, '') = '{id_ or ''}'" for name, id_ in zip(("enterprise_id", "team_id"), tenant, strict=True)
    )
    if kind == "save":
        store.save(installation(tenant, user, tokens, number))
    elif kind == "delete_person":
        store.delete_installation(**where(tenant), user_id=user)
    elif kind.startswith("delete"):
        getattr(store, kind)(**where(tenant))
    elif kind == "catch up":
        in_transaction(database, catching_up.catch_up)
    elif kind == "reindex":
        reindex(database)
    elif kind == "blank tokens":
        database.execute(f"UPDATE slack_installations SET bot_token = NULL, user_token = NULL WHERE {its_rows}")
    elif kind == "spell empty":
        database.execute(f"UPDATE slack_bots SET enterprise_id = '' WHERE enterprise_id IS NULL AND {its_rows}")
    elif kind == "rename":
        database.execute(f"UPDATE slack_installations SET team_name = 'Renamed' WHERE {its_rows}")


def _unless_locked(work, *args, **kwargs) -> None:
    """SQLite's writers may lose the race for the lock: theirs to try again, and not what is tested. A deadlock is."""
    try:
        work(*args, **kwargs)
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise


@pytest.mark.slow("sixty histories, each summed up three times")
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(operations=st.lists(st.one_of(saves, saves, deletes, others), min_size=1, max_size=10))
def test_catching_up_gives_what_a_reindex_from_scratch_gives(emptied, ours, theirs, operations):
    emptied.execute(*(f"DELETE FROM {table}" for table in TABLES))
    for operation in operations:
        _do(emptied, {"ours": ours, "theirs": theirs}, operation)
    catch_up(emptied)
    followed = all_summaries(emptied)

    reindex(emptied)
    assert all_summaries(emptied) == followed  # a reindex has nothing to mend

    emptied.execute("DELETE FROM dashboard_installations")
    reindex(emptied)
    scratch = all_summaries(emptied)
    assert set(scratch) <= set(followed)
    for key, row in followed.items():
        assert row["search"] == search_text(*(row[name] for name in SEARCHED))
        assert row["sort_name"] == sort_name(*(row[name] for name in NAMED))
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
            _unless_locked(store.save, installation(tenant, number=number))
            if number % 4 == 0:
                _unless_locked(store.delete_all, **where(tenant))

    def follow():
        while not stop.is_set():
            _unless_locked(in_transaction, emptied, catching_up.catch_up)

    with slack_sdks(emptied) as theirs, concurrent.futures.ThreadPoolExecutor(5) as pool:
        followers = [pool.submit(follow) for _ in range(2)]
        writers = [pool.submit(write, store, first) for first, store in ((0, ours), (25, ours), (50, theirs))]
        concurrent.futures.wait(writers)
        stop.set()
        for thread in (*writers, *followers):
            thread.result()

    catch_up(emptied)
    followed = all_summaries(emptied)
    reindex(emptied)
    assert all_summaries(emptied) == followed
    assert len(followed) == 3
