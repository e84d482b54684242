"""`/ops/login`: passwords, codes, throttling, and where it leads afterwards."""

import re
import threading
import time

import pytest
from sqlalchemy import text

from dashboard.core.engines import writing
from tests.support import desk
from tests.support.command_line import run_dashboard
from tests.support.desk import PASSWORD, Desk
from tests.support.stage import stage


def test_in_and_out(office):
    browser = Desk(office)
    response = browser.sign_in(" Viewer@EXAMPLE.com ", next="/ops/me")
    assert (response.status_code, response.headers["Location"]) == (303, "/ops/me")
    page = browser.follow(response)
    assert (page.status, page.heading) == (200, "My profile")

    out = browser.post("/ops/logout")
    assert (out.status_code, out.headers["Location"]) == (303, "/ops/login")
    assert browser.get("/ops").status == 303


@pytest.mark.parametrize(
    ("address", "password"),
    [("viewer@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("", ""), ("viewer@example.com", "x" * 5000)],
)
def test_a_wrong_one_is_401_and_says_the_same(office, address, password):
    desk.forget_failures(office)
    response = Desk(office).sign_in(address, password)
    assert response.status_code == 401
    assert "do not belong together" in response.text
    assert "set-cookie" not in response.headers


def test_an_unknown_account_takes_as_long_as_a_known_one(office):
    desk.forget_failures(office)
    took = {"viewer@example.com": [], "nobody-at-all@example.com": []}

    def ratio():
        """Of the least of each: whatever else the machine does comes on top, of one more often than of the other."""
        for address, seconds in took.items():
            started = time.perf_counter()
            Desk(office).sign_in(address, "wrong")
            seconds.append(time.perf_counter() - started)
        desk.forget_failures(office)  # a try that must wait looks at no password
        known, unknown = (min(seconds) for seconds in took.values())
        return known / unknown

    for _ in range(3):
        ratio()
    assert any(0.4 < ratio() < 2.5 for _ in range(20))


def test_signing_in_ends_the_session_this_browser_had(office, somebody):
    desk.forget_failures(office)
    browser, elsewhere = Desk(office), Desk(office)
    elsewhere.sign_in(somebody)
    browser.sign_in(somebody)
    former = browser.session()
    browser.sign_in(somebody)
    assert browser.get("/ops").status == 200
    assert elsewhere.get("/ops").status == 200
    assert Desk(office, cookie=f"dashboard-session={former}").get("/ops").status == 303


@pytest.mark.parametrize("change", ["disabled_at = 1", "password_hash = 'another'"])
def test_a_sign_in_does_not_win_against_a_change_at_the_same_moment(office, somebody, change):
    """On PostgreSQL it looks at the password before the change is there; on SQLite it waits before it looks."""
    desk.forget_failures(office)
    answers = []
    coming = threading.Thread(target=lambda: answers.append(Desk(office).sign_in(somebody)))
    with writing(office.database.engine).begin() as connection:
        connection.execute(text(f"UPDATE dashboard_operators SET {change} WHERE email = :e"), {"e": somebody})
        coming.start()
        coming.join(0.5)
        assert not answers
    coming.join()
    assert answers[0].status_code == 401
    sessions = "SELECT 1 FROM dashboard_sessions s JOIN dashboard_operators o ON o.id = s.operator_id WHERE email = :e"
    assert not office.database.rows(sessions, e=somebody)


def test_the_session_is_new_at_login_and_only_its_digest_is_kept(office, somebody):
    browser = Desk(office)
    browser.client.cookies.set("dashboard-session", "chosen-by-an-attacker", domain="127.0.0.1", path="/")
    response = browser.sign_in(somebody)
    cookie = response.headers.get_list("set-cookie")[0]
    token = re.match(r"dashboard-session=([\w-]{43});", cookie)[1]
    assert token != "chosen-by-an-attacker"
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    stored = [row["digest"] for row in office.database.rows("SELECT digest FROM dashboard_sessions")]
    assert token not in stored
    assert Desk(office, None, cookie="dashboard-session=chosen-by-an-attacker").get("/ops").status == 303


def test_of_several_sessions_that_a_browser_sends_one_that_lives_suffices(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    dead, alive = "dashboard-session=another", f"dashboard-session={browser.session()}"
    for sent in (alive, f"{dead}; {alive}", f"{alive}; {dead}", "; ".join([*[dead] * 4, alive])):
        assert Desk(office, cookie=sent).get("/ops").status == 200
    assert Desk(office, cookie="; ".join([dead] * 5)).get("/ops").status == 303


def test_under_tls_cookies_are_bound_to_the_host(new_database):
    with stage(new_database("sqlite"), PUBLIC_URL="https://ops.example.com") as running:
        desk.operator(running, "ana@example.com", owner=True)
        response = Desk(running).sign_in("ana@example.com")
        cookie = response.headers.get_list("set-cookie")[0]
        assert cookie.startswith("__Host-dashboard-session=")
        assert "Secure" in cookie
        assert "Domain" not in cookie


def test_ten_failures_of_an_account_close_it_for_a_while(office, somebody):
    desk.forget_failures(office)
    for _ in range(10):
        assert Desk(office).sign_in(somebody, "wrong").status_code == 401
    refused = Desk(office).sign_in(somebody)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert Desk(office).sign_in("viewer@example.com").status_code == 303
    office.database.execute("UPDATE dashboard_throttles SET since_at = since_at - 900001")
    assert Desk(office).sign_in(somebody).status_code == 303


def test_strangers_do_not_shut_out_a_browser_that_signed_in_before(office, somebody):
    desk.forget_failures(office)
    at_home = Desk(office)
    assert at_home.sign_in(somebody).status_code == 303
    at_home.post("/ops/logout")
    for _ in range(11):
        Desk(office).sign_in(somebody, "wrong")
    assert Desk(office).sign_in(somebody).status_code == 429

    assert at_home.sign_in(somebody).status_code == 303
    at_home.post("/ops/logout")
    for _ in range(10):
        assert at_home.sign_in(somebody, "wrong").status_code == 401
    assert at_home.sign_in(somebody).status_code == 429
    desk.forget_failures(office)


def test_a_known_browser_is_known_to_its_own_account_alone(office, somebody):
    desk.forget_failures(office)
    viewer = Desk(office, "viewer")
    word = viewer.client.cookies["dashboard-browser"]
    viewer.post("/ops/logout")
    for _ in range(11):
        Desk(office).sign_in(somebody, "wrong")
    assert viewer.sign_in(somebody).status_code == 429
    account, _, rest = word.partition(".")
    for forged in (f"{account}.{rest[:-1]}", "W10.aaaaaa.bbbbbb", "x" * 4_000):
        assert Desk(office, cookie=f"dashboard-browser={forged}").sign_in(somebody).status_code == 429
    desk.forget_failures(office)


def test_strangers_do_not_keep_the_signed_in_from_confirming(office, somebody):
    desk.forget_failures(office)
    browser = Desk(office)
    assert browser.sign_in(somebody).status_code == 303
    for number in range(31):
        Desk(office).sign_in(somebody if number < 11 else f"nobody-{number}@example.com", "wrong")
    assert Desk(office).sign_in(somebody).status_code == 429

    assert browser.post("/ops/confirm", password=desk.PASSWORD).status_code == 303
    for _ in range(10):
        assert browser.post("/ops/confirm", password="wrong").status_code == 401
    assert browser.post("/ops/confirm", password=desk.PASSWORD).status_code == 429
    desk.forget_failures(office)


def test_thirty_failures_from_an_address_close_it_for_all(office):
    desk.forget_failures(office)
    for number in range(30):
        assert Desk(office).sign_in(f"nobody-{number}@example.com", "wrong").status_code == 401
    assert Desk(office).sign_in("viewer@example.com").status_code == 429
    desk.forget_failures(office)


def test_successes_are_not_counted(office, somebody):
    desk.forget_failures(office)
    for _ in range(12):
        assert Desk(office).sign_in(somebody).status_code == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/ops/../slack/install",
        "/ops/%2e%2e/x",
        "/ops//evil.example",
        "/ops\r\nX: y",
        "/opsx",
        "/ops/login",
        "/ops/logout",
        "javascript:alert(1)",
        "/ops/" + "x" * 3000,
    ],
)
def test_next_leads_nowhere_else(office, somebody, wanted):
    assert Desk(office).sign_in(somebody, next=wanted).headers["Location"] == "/ops"
    page = Desk(office).client.get("/ops/login", params={"next": wanted})
    assert '<input type="hidden" name="next" value="/ops">' in page.text


def test_next_keeps_our_own(office, somebody):
    wanted = "/ops/audit?before=7&x=a%20b"
    assert Desk(office).sign_in(somebody, next=wanted).headers["Location"] == wanted


def test_a_code_without_its_ticket_is_nothing(office, somebody):
    desk.forget_failures(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    totp, _ = browser.turn_codes_on()
    office.database.execute("UPDATE dashboard_operators SET totp_last_step = 0")
    assert Desk(office).post("/ops/login/code", code=totp.now()).status_code == 401
    assert Desk(office).get("/ops/login/code").headers["Location"].startswith("/ops/login?next=")
    forged = Desk(office, cookie="dashboard-ticket=" + "W10.aaaaaa.bbbbbb")
    assert forged.post("/ops/login/code", code=totp.now()).status_code == 401


def test_a_ticket_is_worth_nothing_once_the_password_has_changed(office, somebody):
    desk.forget_failures(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    totp, _ = browser.turn_codes_on()
    office.database.execute("UPDATE dashboard_operators SET totp_last_step = 0")
    other = Desk(office)
    assert "/ops/login/code" in other.sign_in(somebody).headers["Location"]
    changed = ("operator", "add", somebody, "--app", "acme", "--role", "viewer", "--password-stdin")
    done = run_dashboard(*changed, environment=office.environment, stdin="quite another password\n")
    assert done.returncode == 0, done.stderr
    assert other.post("/ops/login/code", code=totp.now()).status_code == 401
    assert browser.get("/ops").status == 303


def test_guessing_codes_is_throttled_with_the_account(office, somebody):
    desk.forget_failures(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    browser.turn_codes_on()
    desk.forget_failures(office)
    other = Desk(office)
    other.sign_in(somebody)
    statuses = [other.post("/ops/login/code", code="1").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert other.sign_in(somebody).status_code == 429
    desk.forget_failures(office)
