"""The install flow through the real server and the simulated Slack: page, start, and the return row by row."""

import threading
import time

import pytest

from dashboard.core.clock import now
from dashboard.core.engines import writing
from tests.support import wait
from tests.support.stage import stage
from tests.support.visitor import GRID_WORKSPACE, ORGANIZATION, Visitor, changed, query_of


def test_the_page_has_one_plain_link_and_leaves_no_trace(visitor):
    page = visitor.get("/slack/install")

    assert page.status == 200
    assert page.links["Add to Slack"] == "/slack/start?source=page"
    assert 'rel="nofollow"' in page.html  # a crawler begins no installation
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "public, max-age=60"


def test_the_button_leads_to_an_installed_app(visitor, shared):
    page = visitor.get("/slack/install")
    at_slack = visitor.start(page.links["Add to Slack"])
    done = visitor.get(visitor.allow(at_slack))

    assert (done.status, done.heading) == (200, "Installed in Acme Europe")
    assert done.links["Open Slack"] == "slack://app?team=T0ACME001&id=A0ACMEBOT"
    assert done.links["or open it in the browser"] == "https://app.slack.com/client/T0ACME001"
    attempt = shared.database.attempt(done.reference)
    assert (attempt["outcome"], attempt["step"], attempt["source"]) == ("succeeded", "stored", "page")
    assert (attempt["team_id"], attempt["user_id"], attempt["returns"]) == ("T0ACME001", "U0ANA", 1)


def test_start_sends_everything_slack_needs_encoded(visitor, shared):
    at_slack = visitor.start(team="T0ACME001")

    assert at_slack.startswith(
        f"{shared.slack.url}/oauth/v2/authorize?client_id=111.222&scope=chat%3Awrite%2Ccommands&"
    )
    query = query_of(at_slack)
    assert query["redirect_uri"] == f"{shared.url}/slack/oauth_redirect"
    assert query["team"] == "T0ACME001"
    assert "user_scope" not in query


def test_the_cookie_holds_a_secret_of_the_browser_and_is_kept(visitor, shared):
    first = visitor.client.get("/slack/start")
    second = visitor.client.get("/slack/start")

    attributes = {part.strip().split("=")[0].lower() for part in first.headers["Set-Cookie"].split(";")[1:]}
    assert attributes == {"httponly", "samesite", "path", "max-age"}  # no Secure: PUBLIC_URL is http on loopback
    value = visitor.client.cookies["slack-app-oauth-state"]
    assert value not in first.headers["Location"]
    assert value in second.headers["Set-Cookie"]
    assert first.headers["Cache-Control"] == "no-store"


def test_a_cookie_of_another_form_is_replaced(shared):
    visitor = Visitor(shared)
    visitor.client.cookies.set("slack-app-oauth-state", "0b2e6b7c-bolts-own-state")

    assert visitor.install().status == 200


def test_cancel_then_back_then_allow_installs(visitor, shared):
    at_slack = visitor.start()
    cancelled = visitor.get(visitor.cancel(at_slack))
    assert (cancelled.status, cancelled.heading) == (200, "You cancelled the installation")
    assert cancelled.links["Start again"] == "/slack/start"
    assert shared.database.attempt(cancelled.reference)["outcome"] == "cancelled"

    done = visitor.get(visitor.allow(at_slack))

    assert (done.status, done.reference) == (200, cancelled.reference)
    attempt = shared.database.attempt(done.reference)
    assert (attempt["outcome"], attempt["reason"], attempt["returns"]) == ("succeeded", None, 2)


def test_an_error_with_our_state_but_without_the_cookie_is_not_verified(visitor, shared):
    address = visitor.cancel(visitor.start())

    stranger = Visitor(shared).get(address)

    assert (stranger.status, stranger.heading) == (200, "You cancelled the installation")
    assert stranger.reference != visitor.get(address).reference
    _wait_until_written(shared, stranger.reference)
    assert shared.database.attempt(stranger.reference)["verified"] in (False, 0)


@pytest.mark.parametrize(
    ("query", "heading", "detail"),
    [
        ("error=access_denied&error_description=no", "You cancelled the installation", "access_denied"),
        ("error=access_denied", "Slack did not allow the installation", "access_denied"),
        ("error=invalid_scope", "The app asked for a permission that Slack does not accept", "invalid_scope"),
        ("error=made_up", "Slack reported a problem we have not met before", "made_up"),
        ("error=", "Slack reported a problem we have not met before", "unknown_error"),
        ("error=%3Cscript%3E", "Slack reported a problem we have not met before", "unknown_error"),
    ],
)
def test_row_1_an_error_in_the_query_answers_200(visitor, shared, query, heading, detail):
    page = visitor.get(f"/slack/oauth_redirect?{query}")

    assert (page.status, page.heading, page.detail) == (200, heading, detail)
    _wait_until_written(shared, page.reference)


@pytest.mark.parametrize(
    "code",
    [
        "in_progress",
        "storage_error",
        "state_expired",
        "timeout",
        "invalid_code",
        "bad_client_secret",
        "slack_unavailable",
    ],
)
def test_row_1_no_code_of_ours_and_none_of_the_exchange_answers(visitor, shared, code):
    at_slack = visitor.start()

    page = visitor.get(changed(visitor.cancel(at_slack), error=code))

    assert (page.status, page.heading) == (200, "Slack reported a problem we have not met before")
    assert page.detail == code  # Slack's word, as Slack's
    assert "Refresh" not in page.headers
    attempt = shared.database.attempt(page.reference)
    assert (attempt["outcome"], attempt["reason"], attempt["code"]) == ("failed", code, f"slack_{code}")
    assert visitor.get(visitor.allow(at_slack)).status == 200


def test_row_1_a_fault_of_slacks_has_its_page(visitor):
    page = visitor.get(changed(visitor.cancel(visitor.start()), error="internal_error"))

    assert (page.status, page.heading) == (200, "Slack has a problem at the moment")


def test_row_1_an_error_that_is_called_like_one_of_ours_is_no_weaker(visitor, shared):
    at_slack = visitor.start()
    refused = visitor.get(changed(visitor.cancel(at_slack), error="invalid_state"))

    assert Visitor(shared).get(visitor.allow(at_slack)).detail == "no_cookie"

    assert shared.database.attempt(refused.reference)["reason"] == "invalid_state"


def test_row_1_a_token_in_the_address_goes_no_further(visitor, shared):
    query = "error=xoxb-1-2-abc&error_description=see%20xoxp-1-abc%20and%20xapp-1-abc"
    page = visitor.get(f"/slack/oauth_redirect?{query}")

    assert (page.status, page.detail) == (200, "unknown_error")
    _wait_until_written(shared, page.reference)
    attempt = shared.database.attempt(page.reference)
    assert (attempt["reason"], attempt["slack_error"]) == ("unknown_error", "[token]")
    assert attempt["slack_description"] == "see [token] and [token]"


def test_row_2_no_state(visitor, shared):
    for address in ("/slack/oauth_redirect", "/slack/oauth_redirect?code=1.2", "/slack/oauth_redirect?code=1.2&state="):
        page = visitor.get(address, referer="https://slack.com/marketplace/A0?x=y")
        assert (page.status, page.detail) == (400, "no_state")
        assert page.links["Start here"] == "/slack/start"
    _wait_until_written(shared, page.reference)
    attempt = shared.database.attempt(page.reference)
    assert (attempt["reason"], attempt["return_referrer_host"]) == ("invalid_browser", "slack.com")


def test_row_3_a_state_that_is_not_ours(visitor, shared):
    address = visitor.allow(visitor.start())
    state = query_of(address)["state"]
    middle = len(state) // 2
    forged = state[:middle] + ("B" if state[middle] == "A" else "A") + state[middle + 1 :]

    page = visitor.get(changed(address, state=forged))

    assert (page.status, page.detail) == (401, "state_unknown")
    assert visitor.get(address).status == 200  # and nothing was spent
    _wait_until_written(shared, page.reference)
    assert shared.database.attempt(page.reference)["state_length"] == len(forged)


def test_an_attempt_knows_its_process_its_limit_and_its_browser(visitor, shared):
    before = now()
    installed = shared.database.attempt(visitor.install().reference)
    assert installed["process_started_at"] < before
    assert len(installed["key_id"]) == 8
    assert installed["state_limit"] == 600
    assert installed["return_browser_digest"] == installed["browser_digest"]

    address = visitor.allow(visitor.start())
    other = Visitor(shared)
    other.start()
    elsewhere = shared.database.attempt(other.get(address).reference)
    assert elsewhere["code"] == "cookie_mismatch"
    assert elsewhere["return_browser_digest"] not in (None, elsewhere["browser_digest"])


def test_row_4_a_reload_shows_the_same_outcome_without_asking_slack(visitor, shared):
    address = visitor.allow(visitor.start())
    first = visitor.get(address)
    calls = len(shared.slack.simulator.calls)

    again = visitor.get(address)

    assert (again.status, again.heading, again.reference) == (first.status, first.heading, first.reference)
    assert len(shared.slack.simulator.calls) == calls
    wait.until(lambda: shared.database.attempt(first.reference)["returns"] == 2)


def test_row_4_a_reload_of_a_failure_shows_that_failure(visitor):
    address = visitor.allow(visitor.start(), demand="exchange/bad_client_secret")
    first = visitor.get(address)

    again = visitor.get(address)

    assert (first.status, first.detail) == (401, "bad_client_secret")
    assert (again.status, again.detail, again.reference) == (401, "bad_client_secret", first.reference)


def test_row_5_a_used_state_from_another_browser(visitor, shared):
    address = visitor.allow(visitor.start())
    done = visitor.get(address)

    for other in (Visitor(shared), Visitor(shared)):
        other.start()
        page = other.get(address)
        assert (page.status, page.detail, page.reference) == (401, "state_reused", done.reference)
    assert shared.database.attempt(done.reference)["outcome"] == "succeeded"


def test_row_7_another_browser_finishes(visitor, shared):
    address = visitor.allow(visitor.start())

    without = Visitor(shared).get(address)
    assert (without.status, without.detail) == (400, "no_cookie")
    other = Visitor(shared)
    other.start()
    mismatch = other.get(address)
    assert (mismatch.status, mismatch.detail) == (400, "cookie_mismatch")
    assert without.reference == mismatch.reference
    attempt = shared.database.attempt(without.reference)
    assert (attempt["outcome"], attempt["reason"], attempt["detail"]) == (
        "failed",
        "invalid_browser",
        "cookie_mismatch",
    )

    assert visitor.get(address).status == 200
    assert shared.database.attempt(without.reference)["outcome"] == "succeeded"


def test_row_8_no_code(visitor, shared):
    address = visitor.allow(visitor.start())

    page = visitor.get(changed(address, code=None))
    assert (page.status, page.detail) == (401, "missing_code")
    assert shared.database.attempt(page.reference)["outcome"] == "failed"

    assert visitor.get(address).reference == page.reference
    assert shared.database.attempt(page.reference)["outcome"] == "succeeded"


def test_a_weaker_return_does_not_touch_a_cancelled_attempt(visitor, shared):
    at_slack = visitor.start()
    cancelled = visitor.get(visitor.cancel(at_slack))

    assert Visitor(shared).get(visitor.allow(at_slack)).detail == "no_cookie"

    attempt = shared.database.attempt(cancelled.reference)
    assert (attempt["outcome"], attempt["returns"]) == ("cancelled", 2)


def test_row_6_a_state_that_is_too_old(new_database):
    with stage(new_database("sqlite"), DASHBOARD_STATE_TTL="1") as short:
        visitor = Visitor(short)
        address = visitor.allow(visitor.start(team="T0ACME001"))
        time.sleep(1.2)

        stranger, page = Visitor(short).get(address), visitor.get(address)

        assert (page.status, page.detail, page.heading) == (401, "state_expired", "The link had expired")
        assert "You came back after 1 second; links work for 1 second." in page.text
        assert page.links["Start again"] == "/slack/start?team=T0ACME001"
        assert (stranger.status, stranger.detail) == (401, "state_expired")
        assert short.slack.exchanges() == 0
        attempt = short.database.attempt(page.reference)
        assert (attempt["outcome"], attempt["detail"]) == ("failed", "state_expired")


def test_two_tabs_of_one_browser_both_install(visitor, shared):
    first, second = visitor.start(), visitor.start()

    pages = [visitor.get(visitor.allow(second, GRID_WORKSPACE)), visitor.get(visitor.allow(first))]

    assert [page.status for page in pages] == [200, 200]
    assert pages[0].reference != pages[1].reference


def test_an_organization_is_told_of_the_step_that_is_left(visitor, shared):
    page = visitor.install(ORGANIZATION)

    assert page.heading == "Installed for Globex Corporation"
    assert page.links["Add it to workspaces"] == (
        "https://globex.enterprise.slack.com/manage/organization/apps/profile/A0ACMEBOT/workspaces/add"
    )
    row = shared.database.rows(
        "SELECT * FROM slack_installations WHERE enterprise_id = 'E0GLOBEX1' AND team_id IS NULL"
    )
    assert row[-1]["enterprise_url"] == "https://globex.enterprise.slack.com/"


def test_a_failure_page_starts_again_with_what_the_link_asked_for(visitor):
    page = visitor.get(visitor.cancel(visitor.start(team="T0ACME001", metadata="konto 7")))

    assert page.links["Start again"] == "/slack/start?team=T0ACME001&metadata=konto+7"


def _wait_until_written(shared, reference: str) -> None:
    sql = "SELECT 1 FROM dashboard_attempts WHERE reference = :reference"
    wait.until(lambda: shared.database.rows(sql, reference=reference.replace("-", "")))


def test_the_apps_name_keeps_its_capitals_and_the_steps_their_own_times(new_database):
    with stage(new_database("sqlite")) as running:
        assert running.run("app", "edit", "default", "--name", "Acme Bot").returncode == 0
        visitor = Visitor(running)
        wait.until(lambda: "Acme Bot" in visitor.get("/slack/install").text)
        address = visitor.allow(visitor.start())
        wait.until(lambda: running.database.rows("SELECT 1 FROM dashboard_attempts"))
        with writing(running.database.engine).begin():  # spending has to wait
            pages = []
            coming = threading.Thread(target=lambda: pages.append(visitor.get(address)))
            coming.start()
            coming.join(0.5)
        coming.join()
        assert "<bdi>Acme Bot</bdi>" in pages[0].html
        attempt = running.database.attempt(pages[0].reference)
        assert attempt["spent_at"] - attempt["returned_at"] >= 300
