"""Installed, and silent: the verdict on the installation's page and on its attempt's, and what the Bolt store notes."""

import json
import logging
import re
import subprocess
import sys
import time

import pytest

from dashboard.core.clock import HOUR, now
from dashboard.core.engines import writing
from dashboard.slack import lookups
from dashboard.slack.lookups import Lookups
from tests.support import coroutines, desk, wait
from tests.support.desk import ACME, Desk
from tests.support.stage import CLIENT_ID, stage
from tests.support.visitor import ORGANIZATION, Visitor


def causes(html):
    return dict(re.findall(r'data-cause="(\w+)" data-likelihood="(\w+)"', html))


def head(html):
    return re.search(r'id="verdict" data-code="(\w+)" data-owner="(\w+)" data-retry="(\w+)"', html).groups()


def noted(office, team_id):
    find = "SELECT looked_up_at FROM dashboard_lookups WHERE tenant = :tenant"
    return office.database.rows(find, tenant=f"/{team_id}")


def test_a_store_notes_that_it_was_asked_and_once_an_hour(office):
    desk.installed(office, "T0ASKED01")
    store = desk.bolt(office, ACME[2])
    for _ in range(3):
        assert store.find_bot(enterprise_id=None, team_id="T0ASKED01")
        assert store.find_installation(enterprise_id=None, team_id="T0ASKED01")
    assert store.find_bot(enterprise_id=None, team_id="T0NOBODY1") is None
    store.close()
    (row,) = noted(office, "T0ASKED01")
    assert now() - row["looked_up_at"] < 60_000
    assert noted(office, "T0NOBODY1") == []


def test_an_async_store_notes_it_too(office):
    desk.installed(office, "T0ASKED02")

    async def ask():
        store = desk.bolt(office, ACME[2])
        assert await store.async_find_bot(enterprise_id=None, team_id="T0ASKED02")
        await store.async_close()

    coroutines.run(ask())
    assert len(noted(office, "T0ASKED02")) == 1


def test_an_answer_does_not_wait_for_its_note(office):
    """The database is busy with somebody else's transaction: the bot has its answer, and the note comes later."""
    desk.installed(office, "T0ASKED03")
    store = desk.bolt(office, ACME[2])
    with writing(office.database.engine).begin() as connection:
        if office.database.kind == "postgresql":
            connection.exec_driver_sql("LOCK TABLE dashboard_lookups")
        started = time.monotonic()
        assert store.find_bot(enterprise_id=None, team_id="T0ASKED03")
        assert time.monotonic() - started < 1
    store.close()
    assert len(noted(office, "T0ASKED03")) == 1


def test_a_note_that_fails_harms_nobody(caplog):
    def broken():
        raise AssertionError

    quiet = Lookups("1.1", broken, logging.getLogger("quiet"))
    quiet.close()  # nothing was noted: nothing is opened
    assert lookups.EVERY == HOUR / 1000


FORKING = """
import logging, os, sys
from dashboard.core.engines import sync_engine
from dashboard.slack.lookups import Lookups

noting = Lookups("1.1", lambda: sync_engine(sys.argv[1]), logging.getLogger("quiet"))
noting.note(None, "T0PARENT1")
child = os.fork()
if child == 0:
    noting.note(None, "T0CHILD01")
    noting.close()
    os._exit(0)
noting.close()
sys.exit(os.waitpid(child, 0)[1])
"""


def test_a_forked_process_notes_it_too(new_database):
    """As a server does that loads the app before it forks: the thread of the parent is none of the child's."""
    database = new_database("sqlite")
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKING, database.url], check=True, timeout=30)
    kept = {row["tenant"] for row in database.rows("SELECT tenant FROM dashboard_lookups")}
    assert kept == {"/T0PARENT1", "/T0CHILD01"}


def test_the_verdict_by_what_the_bot_does(office, owner):
    silent, asked = desk.installed(office, "T0SILENT1"), desk.installed(office, "T0SILENT2")
    store = desk.bolt(office, ACME[2])
    store.find_bot(enterprise_id=None, team_id="T0SILENT2")
    store.close()
    html = owner.get(f"/ops/installations/{silent}").html
    assert causes(html)["bot_never_asks"] == "likely"
    assert head(html) == ("installed", "operator", "after_fix")
    html = owner.get(f"/ops/installations/{asked}").html
    assert (causes(html)["bot_never_asks"], causes(html)["bot_not_in_channel"]) == ("unlikely", "likely")
    assert "/invite" in html.partition("<textarea")[2]
    assert "/ops/apps/" not in html.partition('id="remedy"')[2].partition("</section>")[0]
    assert '<textarea readonly lang="fr"' in owner.get(f"/ops/installations/{asked}?language=fr").html
    assert owner.get(f"/ops/installations/{asked}?language=xx").status == 404


@pytest.mark.parametrize(
    ("change", "cause", "owner_of_it"),
    [
        ("bot_scopes = ''", "scope_missing", "workspace_admin"),
        ("to_check = TRUE", "not_checked", "operator"),
        ("status = 'revoked', removed_at = 1790000000000", "removed_by_somebody", "workspace_admin"),
    ],
)
def test_what_is_wrong_comes_first(office, owner, change, cause, owner_of_it):
    installation = desk.installed(office, "T0WRONG01")
    office.database.execute(f"UPDATE dashboard_installations SET {change} WHERE id = :id", id=installation)
    html = owner.get(f"/ops/installations/{installation}").html
    assert (next(iter(causes(html))), causes(html)[cause]) == (cause, "likely")
    assert head(html)[1] == owner_of_it
    desk.installed(office, "T0WRONG01")
    office.database.execute("UPDATE dashboard_installations SET to_check = FALSE WHERE id = :id", id=installation)


def test_an_attempt_that_succeeded_has_the_same_verdict(office, owner):
    done = Visitor(office).install(place="T0ACME001")
    wait.until(lambda: owner.get(f"/ops/attempts/{done.reference}").status == 200)
    html = owner.get(f"/ops/attempts/{done.reference}").html
    assert head(html)[0] == "succeeded"
    assert {"bot_never_asks", "bot_not_in_channel", "not_checked"} <= set(causes(html))


@pytest.fixture
def bolt_and_flow(new_database):
    """A service nobody has used, and a Bolt app's store on its tables."""
    with stage(new_database("sqlite"), app={"rotating": True}) as running:
        store = desk.bolt(running, CLIENT_ID)
        yield running, store
        store.close()


def likelihoods(running, reference):
    data = json.loads(running.run("attempt", reference, "--json").stdout)
    return {each["cause"]: each["likelihood"] for each in data["causes"]}


def test_silent_by_the_flow_and_a_bolt_app(bolt_and_flow):
    """Everything is made by the simulated Slack, the flow and the store: nothing is written by hand."""
    running, store = bolt_and_flow
    organization = Visitor(running).install(place=ORGANIZATION).reference
    alone = likelihoods(running, organization)
    assert (alone["no_workspace_added"], alone["bot_never_asks"]) == ("unknown", "unknown")  # no bot has asked yet
    assert (alone["token_expired"], alone["not_checked"], alone["scope_missing"]) == ("unlikely",) * 3

    workspace = Visitor(running).install().reference
    store.find_bot(enterprise_id=None, team_id="T0ACME001")
    wait.until(lambda: likelihoods(running, workspace)["bot_not_in_channel"] == "likely")
    beside = likelihoods(running, organization)
    assert (beside["no_workspace_added"], beside["bot_never_asks"]) == ("likely", "likely")

    assert store.find_bot(enterprise_id="E0GLOBEX1", team_id="T0GLOBEX4", is_enterprise_install=True)
    wait.until(lambda: likelihoods(running, organization)["no_workspace_added"] == "unlikely")

    unchecked = Visitor(running).install(place="T0SAMPLE2", demand="auth/500").reference
    assert likelihoods(running, unchecked)["not_checked"] == "likely"

    store.delete_all(enterprise_id=None, team_id="T0ACME001")
    wait.until(lambda: likelihoods(running, workspace)["removed_by_somebody"] == "likely")


def test_a_scope_that_was_added_later(new_database):
    database = new_database("sqlite")
    with stage(database, SLACK_SCOPES="chat:write") as before:
        reference = Visitor(before).install().reference
        assert likelihoods(before, reference)["scope_missing"] == "unlikely"
    with stage(database, SLACK_SCOPES="chat:write,admin.users:read") as after:
        found = likelihoods(after, reference)
        assert (found["scope_missing"], found["wrong_level"]) == ("likely", "likely")


def test_a_viewer_reads_it_too(office):
    installation = desk.installed(office, "T0VIEWED1")
    assert 'id="verdict"' in Desk(office, "viewer").get(f"/ops/installations/{installation}").html
