"""The verdict on failures that the flow itself made, as the page shows it and as the command prints it.

Every cause in all its circumstances is in test_causes.py.
"""

import json
import re

import pytest

from dashboard.core import reference
from dashboard.core.clock import DAY, now
from dashboard.install import catalogue
from dashboard.install.state import State, StateSigner, new_attempt_id
from tests.support import desk, wait
from tests.support.codes import EXCHANGE_CODES
from tests.support.stage import CLIENT_ID, SECRET_KEY, Stage, stage
from tests.support.visitor import Visitor, changed, query_of

OTHER_KEY = "another-key-of-the-tests-that-is-long-enough-987654"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


@pytest.fixture
def fresh(new_database):
    """A service that nobody has used yet: what is likely depends on what went before."""
    with stage(new_database("sqlite")) as running:
        yield running


def told(running: Stage, reference: str) -> dict:
    """The verdict as `dashboard attempt --json` prints it, once the attempt is written."""
    stored = reference.replace("-", "")
    begun = "user_agent IS NOT NULL OR NOT verified OR detail = 'state_expired'"
    written = f"SELECT 1 FROM dashboard_attempts WHERE reference = :r AND ({begun})"
    wait.until(lambda: running.database.rows(written, r=stored))
    return json.loads(running.run("attempt", reference, "--json").stdout)


def likelihoods(data: dict) -> dict[str, str]:
    return {each["cause"]: each["likelihood"] for each in data["causes"]}


def sentence(data: dict, cause: str) -> str:
    return next(each["sentence"] for each in data["causes"] if each["cause"] == cause)


def test_the_page_is_as_the_contract_has_it(office, owner):
    reference = desk.attempt(office, outcome="failed", step="verified", code="bad_redirect_uri", team_id="T0<b>")
    html = owner.get(f"/ops/attempts/{reference}").html
    head = re.search(r'<section class="panel" id="verdict" (.+?)>\s*<h2>(.+?)</h2>', html)
    assert head
    assert 'data-code="bad_redirect_uri"' in head[1]
    assert re.search(r'data-owner="\w+" data-retry="(yes|no|after_fix)" data-severity="\w+"', head[1])
    assert re.findall(r'<li data-cause="(\w+)" data-likelihood="(likely|unlikely|unknown)">', html)
    assert '<p data-for="us">' in html
    assert '<a href="/ops/apps/acme">' in html
    assert '<p data-for="customer">' in html
    assert re.search(r'<textarea readonly lang="en"', html)
    assert reference in html.partition("<textarea")[2].partition("</textarea>")[0]
    assert owner.get(f"/ops/attempts/{reference}?language=xx").status == 404
    japanese = owner.get(f"/ops/attempts/{reference}?language=ja").html
    assert '<textarea readonly lang="ja"' in japanese
    assert f"参照番号: {reference}" in japanese
    assert re.findall(r'hreflang="(\w+)"', japanese) == ["en", "de", "fr", "es"]


def test_the_reply_is_in_the_language_of_the_browser_first(office, owner):
    reference = desk.attempt(office, outcome="failed", step="verified", code="internal_error", locale="de-CH")
    assert '<textarea readonly lang="de"' in owner.get(f"/ops/attempts/{reference}").html


def test_who_pressed_cancel(fresh):
    visitor = Visitor(fresh)
    data = told(fresh, visitor.get(visitor.cancel(visitor.start())).reference)
    assert (data["code"], data["owner"], data["retry"]) == ("access_denied", "nobody", "yes")
    assert likelihoods(data)["pressed_cancel"] == "likely"


def test_a_refusal_without_words_is_no_cancel(fresh):
    visitor = Visitor(fresh)
    first = visitor.install(demand="page/access_denied").reference
    data = told(fresh, first)
    assert (data["code"], data["owner"]) == ("access_denied_unexplained", "workspace_admin")
    assert likelihoods(data) == dict.fromkeys(("approval_needed", "restricted_by_policy", "pressed_cancel"), "unknown")
    visitor.install(demand="page/access_denied")
    assert "met it 2 times" in sentence(told(fresh, first), "approval_needed")
    visitor.install()
    assert likelihoods(told(fresh, first))["approval_needed"] == "unlikely"


def test_a_secret_that_was_right_once_and_is_refused_since(fresh):
    Visitor(fresh).install()
    first = Visitor(fresh).install(demand="exchange/bad_client_secret").reference
    assert "all 1 exchanges since" in sentence(told(fresh, first), "rotated_at_slack")
    second = Visitor(fresh).install(demand="exchange/bad_client_secret").reference
    data = told(fresh, second)
    assert "all 2 exchanges since" in sentence(data, "rotated_at_slack")
    assert data["causes"][0]["cause"] == "rotated_at_slack"
    assert (data["owner"], data["severity"], data["retry"]) == ("app_owner", "critical", "after_fix")
    assert "regenerated the client secret" in data["us"]
    Visitor(fresh).install()
    assert likelihoods(told(fresh, second))["rotated_at_slack"] == "unlikely"


def test_a_secret_that_was_never_right(fresh):
    data = told(fresh, Visitor(fresh).install(demand="exchange/bad_client_secret").reference)
    assert likelihoods(data)["never_right"] == "likely"
    assert data["owner"] == "operator"


def test_another_browser_by_its_name(fresh):
    begun, other = Visitor(fresh, **{"User-Agent": FIREFOX}), Visitor(fresh, **{"User-Agent": SAFARI})
    back = begun.allow(begun.start())
    data = told(fresh, other.get(back).reference)
    assert data["code"] == "no_cookie"
    assert "begun in Firefox on Windows and came back in Safari on iOS" in sentence(data, "other_browser")
    other.start()
    data = told(fresh, other.get(begun.allow(begun.start())).reference)
    assert data["code"] == "cookie_mismatch"
    assert likelihoods(data)["other_browser"] == "likely"


def test_the_same_office_is_not_the_same_browser(fresh):
    """Address and user agent are alike, the secret is another one."""
    one, two = Visitor(fresh, **{"User-Agent": FIREFOX}), Visitor(fresh, **{"User-Agent": FIREFOX})
    reference = one.install(demand="page/access_denied").reference
    two.install(demand="page/access_denied")
    two.install()
    assert likelihoods(told(fresh, reference))["approval_needed"] == "unknown"


def test_an_expired_link_with_the_limit_that_was_in_force(fresh):
    """The state is an old one: a service with another clock signed it, with the same key."""
    state = State(
        CLIENT_ID, new_attempt_id(now()), reference.new(), now() - 3 * DAY, "0" * 32, "", None, "page", None, False
    )
    visitor = Visitor(fresh)
    page = visitor.get(f"/slack/oauth_redirect?code=x&state={StateSigner((SECRET_KEY,)).sign(state)}")
    data = told(fresh, page.reference)
    assert (data["code"], data["owner"], data["retry"]) == ("state_expired", "installer", "yes")
    assert data["headline"] == "They came back 3 d after their start; links lived 10 min."


def test_a_state_of_somebody_elses_and_one_that_was_cut(fresh):
    visitor = Visitor(fresh)
    back = visitor.allow(visitor.start())
    foreign = told(fresh, Visitor(fresh).get(changed(back, state="abc123")).reference)
    assert (foreign["code"], likelihoods(foreign)["foreign_start_link"]) == ("state_unknown", "likely")
    assert "(6 characters)" in sentence(foreign, "foreign_start_link")
    cut = told(fresh, Visitor(fresh).get(changed(back, state=query_of(back)["state"][:120])).reference)
    assert likelihoods(cut)["truncated"] == "likely"
    assert "has 120 characters" in sentence(cut, "truncated")
    assert cut["reply"].count("not complete") == 1


def test_two_processes_with_different_keys(new_database):
    """One refuses what the other signed; three browsers meet it, within the hour after it started."""
    database = new_database("sqlite")
    with stage(database) as running, stage(database, SECRET_KEY=OTHER_KEY) as other:
        assert Visitor(running).install().status == 200
        references = []
        for _ in range(3):
            visitor = Visitor(running)
            returned = visitor.allow(visitor.start())
            references.append(Visitor(other).get(f"/slack/oauth_redirect?{returned.partition('?')[2]}").reference)
        refused = "SELECT 1 FROM dashboard_attempts WHERE code = 'state_unknown'"
        wait.until(lambda: len(database.rows(refused)) == 3)
        data = told(other, references[0])
        assert (data["code"], likelihoods(data)["secret_key_changed"]) == ("state_unknown", "likely")
        assert "and 3 browsers met this within the hour after" in sentence(data, "secret_key_changed")
        assert likelihoods(data)["key_differs_between_processes"] == "unknown"  # they may just be changing over
        database.execute("UPDATE dashboard_attempts SET process_started_at = process_started_at - 3600000")
        beside = told(other, references[0])
        assert likelihoods(beside)["key_differs_between_processes"] == "likely"
        assert "another one with another key took" in sentence(beside, "key_differs_between_processes")


def test_begun_at_slack(fresh):
    page = Visitor(fresh, Referer="https://acme.slack.com/apps").get("/slack/oauth_redirect?code=x")
    data = told(fresh, page.reference)
    assert (data["code"], data["causes"][0]["cause"], data["causes"][0]["likelihood"]) == (
        "no_state",
        "begun_at_slack",
        "likely",
    )


def test_a_used_link_by_the_same_browser_and_by_another(fresh):
    visitor = Visitor(fresh)
    back = visitor.allow(visitor.start())
    reference = visitor.get(back).reference
    visitor.get(back)
    wait.until(lambda: fresh.database.rows("SELECT 1 FROM dashboard_attempts WHERE repeat_cookie = 'same'"))
    data = told(fresh, reference)
    assert (data["code"], likelihoods(data)["reload_or_back"]) == ("succeeded", "likely")
    Visitor(fresh).get(back)
    wait.until(lambda: fresh.database.rows("SELECT 1 FROM dashboard_attempts WHERE repeat_cookie = 'missing'"))
    assert "of the same network, without its cookie" in sentence(told(fresh, reference), "reload_or_back")


def test_an_incident_of_slacks_needs_several(fresh):
    one = Visitor(fresh).install(demand="exchange/500").reference
    assert likelihoods(told(fresh, one))["slack_incident"] == "unknown"
    for _ in range(2):
        Visitor(fresh).install(demand="exchange/500")
    data = told(fresh, one)
    assert (likelihoods(data)["slack_incident"], data["severity"]) == ("likely", "major")
    assert "3 of 3 that asked Slack" in sentence(data, "slack_incident")


def test_what_slack_asked_to_wait(fresh):
    data = told(fresh, Visitor(fresh).install(demand="exchange/429").reference)
    assert (data["code"], data["owner"], data["retry"]) == ("rate_limited", "slack", "yes")
    assert "asked to wait 30 s" in sentence(data, "rate_limited")


def test_a_token_that_is_dead_at_once(fresh):
    data = told(fresh, Visitor(fresh).install(demand="auth/token_revoked").reference)
    assert (data["code"], data["causes"][0]["cause"]) == ("token_revoked", "removed_at_once")
    assert "Slack answered token_revoked" in sentence(data, "removed_at_once")


def test_the_stubborn_visitor_is_no_incident(fresh):
    visitor = Visitor(fresh)
    references = [visitor.install(demand="exchange/500").reference for _ in range(10)]
    assert likelihoods(told(fresh, references[0]))["slack_incident"] == "unknown"


def test_nobody_came_back(fresh):
    Visitor(fresh).start()
    wait.until(lambda: fresh.database.rows("SELECT 1 FROM dashboard_attempts"))
    fresh.database.execute(
        "UPDATE dashboard_attempts SET seen_at = seen_at - 90000000, started_at = started_at - 90000000"
    )
    (row,) = fresh.database.rows("SELECT reference FROM dashboard_attempts")
    data = told(fresh, row["reference"])
    assert (data["code"], data["owner"]) == ("abandoned", "nobody")
    assert {"not_registered", "wrong_scheme_or_host", "unknown_app", "not_in_slack_configuration"} <= set(
        likelihoods(data)
    )
    assert "what you read there" in data["reply"]


@pytest.fixture(scope="module")
def used(new_database):
    """One service for all codes, where one installation succeeded first."""
    with stage(new_database("sqlite")) as running:
        Visitor(running).install()
        yield running


@pytest.mark.parametrize("code", EXCHANGE_CODES)
def test_each_code_of_slacks_by_the_flow(used, code):
    """Slack's page or its API answers so; the verdict says it, and decides each of its causes."""
    data = told(used, Visitor(used).install(demand=f"exchange/{code}").reference)
    assert data["code"] == catalogue.code_of("invalid_code", None, code)
    support = catalogue.find(data["code"]).support
    assert {each["cause"] for each in data["causes"]} == {cause.name for cause in support.causes}
    assert data["headline"].endswith(f"{code}.") or "no usable answer" in data["headline"]
    assert data["reply"].startswith("Hello,")


@pytest.mark.parametrize("code", ["invalid_scope", "unapproved_scope", "no_bot_scopes_requested", "made_up_by_slack"])
def test_each_code_of_slacks_page_by_the_flow(used, code):
    data = told(used, Visitor(used).install(demand=f"page/{code}").reference)
    assert data["code"] == code
    assert data["headline"].startswith("Slack's page sent them back ")
    assert data["causes"]


@pytest.mark.parametrize(
    ("demand", "code", "cause"),
    [
        ("exchange/500", "server_error", "slack_incident"),
        ("exchange/reset", "connection_error", "our_network"),
        ("exchange/redirect", "not_json", "something_in_between"),
        ("auth/invalid_auth", "invalid_auth", "allowed_addresses"),
        ("auth/account_inactive", "account_inactive", "removed_at_once"),
    ],
)
def test_faults_by_the_flow(used, demand, code, cause):
    data = told(used, Visitor(used).install(demand=demand).reference)
    assert data["code"] == code
    assert cause in likelihoods(data)


def test_a_redirect_url_that_changed_between_start_and_return(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        old = f"{running.url}/apps/acme/oauth_redirect"
        data = _refused_address(running)
        assert likelihoods(data)["changed_since_start"] == "unlikely"
        assert likelihoods(data)["wrong_scheme_or_host"] == "unlikely"
        elsewhere = "https://elsewhere.example/apps/acme/oauth_redirect"
        assert running.run("app", "edit", "acme", "--redirect-uri", elsewhere).returncode == 0
        data = told(running, data["reference"])
        assert f"The start sent {old}; the app's redirect URL here is {elsewhere} now." in sentence(
            data, "changed_since_start"
        )
        assert data["owner"] == "operator"


def _refused_address(running: Stage) -> dict:
    (reference,) = desk.attempts(
        running,
        {
            "outcome": "failed",
            "step": "verified",
            "code": "bad_redirect_uri",
            "redirect_uri": f"{running.url}/apps/acme/oauth_redirect",
            "user_agent": "x",
        },
    )
    return told(running, reference)


def test_another_tenants_operator_finds_no_verdict(office):
    reference = desk.attempt(office, outcome="failed", step="verified", code="bad_redirect_uri")
    assert desk.Desk(office, "stranger").get(f"/ops/attempts/{reference}").status == 404
    assert desk.Desk(office, "viewer").get(f"/ops/attempts/{reference}").status == 403
    assert desk.Desk(office, "support").get(f"/ops/attempts/{reference}").status == 200


def test_no_other_tenants_figures_are_in_it(office):
    """What another app's attempts prove is not shown to somebody who may not see them."""
    reference = desk.attempt(office, outcome="failed", step="verified", code="server_error")
    alike = {"outcome": "failed", "step": "verified", "code": "server_error", "client_id": desk.OTHER[2]}
    desk.attempts(office, *({**alike, "browser_digest": f"b{number}"} for number in range(5)))
    seen = {
        role: re.search(
            r'data-cause="slack_incident" data-likelihood="(\w+)"',
            desk.Desk(office, role).get(f"/ops/attempts/{reference}").html,
        )[1]
        for role in ("support", "owner")
    }
    assert seen["owner"] == "likely"
    assert seen["support"] != "likely"
