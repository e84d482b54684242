"""Getting in and staying in: passwords, codes, sessions, throttling, links, other sites. On both databases."""

import re
import time

import httpx
import pyotp
import pytest

from dashboard.access import second_factor
from tests.conftest import BOTH
from tests.support import desk, wait
from tests.support.command_line import run_dashboard
from tests.support.desk import PASSWORD, Desk
from tests.support.stage import stage

SECRET_IN_PAGE = re.compile(r'class="secret">([A-Z2-7]{32})<')


@pytest.fixture(scope="module", params=BOTH)
def office(request, new_database):
    """A running service with the cast."""
    with stage(new_database(request.param)) as running:
        running.cast = desk.people(running)
        yield running
        assert running.server.errors() == []


@pytest.fixture
def somebody(office):
    """An operator of one test's own: his address, and a way to sign in."""
    address = f"person-{time.monotonic_ns()}@example.com"
    desk.grant(office, desk.operator(office, address), office.cast.acme, "viewer")
    return address


def _fresh(office) -> None:
    office.database.execute("DELETE FROM dashboard_throttles")


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
    _fresh(office)
    response = Desk(office).sign_in(address, password)
    assert response.status_code == 401
    assert "do not belong together" in response.text
    assert "set-cookie" not in response.headers


def test_an_unknown_account_takes_as_long_as_a_known_one(office):
    _fresh(office)
    took = {"viewer@example.com": [], "nobody-at-all@example.com": []}
    for _ in range(6):
        for address, seconds in took.items():
            started = time.perf_counter()
            Desk(office).sign_in(address, "wrong")
            seconds.append(time.perf_counter() - started)
    first, second = (min(seconds) for seconds in took.values())  # whatever else the machine does comes on top
    assert 0.4 < first / second < 2.5


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


def test_under_tls_cookies_are_bound_to_the_host(new_database):
    with stage(new_database("sqlite"), PUBLIC_URL="https://ops.example.com") as running:
        desk.operator(running, "ana@example.com", owner=True)
        response = Desk(running).sign_in("ana@example.com")
        cookie = response.headers.get_list("set-cookie")[0]
        assert cookie.startswith("__Host-dashboard-session=")
        assert "Secure" in cookie
        assert "Domain" not in cookie


@pytest.mark.parametrize("column", ["expires_at", "last_seen_at"])
def test_sessions_end_by_age_and_by_idleness(office, somebody, column):
    browser = Desk(office)
    browser.sign_in(somebody)
    assert browser.get("/ops").status == 200
    past = {"expires_at": 0, "last_seen_at": 13 * 3_600_000}[column]
    office.database.execute(
        f"UPDATE dashboard_sessions SET {column} = {'0' if column == 'expires_at' else f'last_seen_at - {past}'} "
        "WHERE operator_id = (SELECT id FROM dashboard_operators WHERE email = :email)",
        email=somebody,
    )
    assert browser.get("/ops").status == 303


def _last_seen(office, address: str) -> int:
    return office.database.row(
        "SELECT last_seen_at FROM dashboard_sessions s JOIN dashboard_operators o ON o.id = s.operator_id "
        "WHERE o.email = :email",
        email=address,
    )["last_seen_at"]


def test_last_seen_is_written_once_a_minute_and_polls_do_not_count(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    began = _last_seen(office, somebody)
    browser.get("/ops")
    assert _last_seen(office, somebody) == began

    office.database.execute("UPDATE dashboard_sessions SET last_seen_at = last_seen_at - 120000")
    browser.get("/ops", **{"X-Poll": "1"})
    assert _last_seen(office, somebody) == began - 120_000
    browser.get("/ops")
    assert _last_seen(office, somebody) >= began


def test_a_session_ended_elsewhere_has_ended(office, somebody):
    here, there = Desk(office), Desk(office)
    here.sign_in(somebody)
    there.sign_in(somebody)
    assert here.post("/ops/me/sessions/end-others").status_code == 303
    assert there.get("/ops").status == 303
    assert here.get("/ops").status == 200


def test_nobody_ends_the_session_of_another(office, somebody):
    browser, viewer = Desk(office), Desk(office, "viewer")
    browser.sign_in(somebody)
    digest = office.database.row(
        "SELECT digest FROM dashboard_sessions s JOIN dashboard_operators o ON o.id = s.operator_id WHERE email = :e",
        e=somebody,
    )["digest"]
    viewer.post("/ops/me/sessions/end", session=digest)
    assert browser.get("/ops").status == 200
    browser.post("/ops/me/sessions/end", session=digest)
    assert browser.get("/ops").status == 303


def test_disabling_takes_effect_at_once(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    assert office.run("operator", "disable", somebody).returncode == 0
    assert browser.get("/ops").status == 303
    _fresh(office)
    assert browser.sign_in(somebody).status_code == 401


def test_no_session_is_good_for_somebody_who_is_disabled(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    office.database.execute("UPDATE dashboard_operators SET disabled_at = 1 WHERE email = :e", e=somebody)
    assert browser.get("/ops").status == 303


def test_ten_failures_of_an_account_close_it_for_a_while(office, somebody):
    _fresh(office)
    for _ in range(10):
        assert Desk(office).sign_in(somebody, "wrong").status_code == 401
    refused = Desk(office).sign_in(somebody)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert Desk(office).sign_in("viewer@example.com").status_code == 303
    office.database.execute("UPDATE dashboard_throttles SET since_at = since_at - 900001")
    assert Desk(office).sign_in(somebody).status_code == 303


def test_thirty_failures_from_an_address_close_it_for_all(office):
    _fresh(office)
    for number in range(30):
        assert Desk(office).sign_in(f"nobody-{number}@example.com", "wrong").status_code == 401
    assert Desk(office).sign_in("viewer@example.com").status_code == 429
    _fresh(office)


def test_successes_are_not_counted(office, somebody):
    _fresh(office)
    for _ in range(12):
        assert Desk(office).sign_in(somebody).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_what_another_site_sends_is_403(office, somebody, headers):
    browser = Desk(office)
    assert browser.post("/ops/login", headers, email=somebody, password=PASSWORD).status_code == 403
    browser.sign_in(somebody)
    assert browser.post("/ops/logout", headers).status_code == 403
    assert browser.get("/ops").status == 200


def test_our_own_pages_may_send(office, somebody):
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": office.url}):
        assert Desk(office).post("/ops/login", headers, email=somebody, password=PASSWORD).status_code == 303


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


PATHS = [
    "/ops",
    "/ops/",
    "/ops/me",
    "/ops/operators/1",
    "/ops/operators/9",
    "/ops/nowhere",
    "/ops/audit?before=3",
    "/ops/x/y",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"])
def test_signed_out_every_address_leads_to_the_login(office, method, path):
    response = httpx.request(method, f"{office.url}{path}", timeout=30)
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/ops/login?next=%2Fops")
    assert response.headers["Cache-Control"] == "no-store"


def test_signed_out_htmx_is_told_to_go_there_itself(office):
    headers = {"HX-Request-Type": "partial", "HX-Current-URL": f"{office.url}/ops/audit?before=9"}
    response = httpx.get(f"{office.url}/ops/audit?before=3", headers=headers)
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/ops/login?next=%2Fops%2Faudit%3Fbefore%3D9"
    restored = httpx.get(f"{office.url}/ops/audit", headers={**headers, "HX-History-Restore-Request": "true"})
    assert restored.status_code == 303


def _link(office, *arguments: str) -> str:
    done = office.run("operator", *arguments)
    assert done.returncode == 0, done.stderr
    return re.search(r"/ops/setup/[\w-]{43}", done.stdout)[0]


def test_a_link_sets_a_password_once(office):
    address = f"new-{time.monotonic_ns()}@example.com"
    path = _link(office, "add", address, "--app", "acme", "--role", "support")
    browser = Desk(office)
    assert address in browser.get(path).text
    assert browser.get(path).status == 200  # opening it spends nothing
    assert browser.post(path, password="short", repeated="short").status_code == 422
    assert browser.post(path, password=PASSWORD, repeated="other").status_code == 422
    assert browser.post(path, password=PASSWORD, repeated=PASSWORD).headers["Location"] == "/ops/login"
    spent = browser.get(path)
    assert (spent.status, spent.heading) == (404, "This link is no longer good")
    assert browser.post(path, password="another password", repeated="another password").status_code == 404
    assert browser.sign_in(address).status_code == 303
    token = path.rpartition("/")[2]
    assert token not in office.server.output()


def test_a_link_expires_and_is_replaced(office, somebody):
    first = _link(office, "reset", somebody)
    second = _link(office, "reset", somebody)
    assert Desk(office).get(first).status == 404
    office.database.execute("UPDATE dashboard_one_time_links SET expires_at = 0")
    assert Desk(office).get(second).status == 404
    assert Desk(office).sign_in(somebody).status_code == 303  # the old password is good until then


def test_changing_the_password_ends_the_others_and_renews_this(office, somebody):
    here, there = Desk(office), Desk(office)
    here.sign_in(somebody)
    there.sign_in(somebody)
    before = here.session()
    new = "an entirely new one"
    assert here.post("/ops/me/password", current="wrong", password=new, repeated=new).status_code == 422
    assert here.post("/ops/me/password", current=PASSWORD, password=new, repeated=new).status_code == 303
    assert here.session() != before
    assert here.get("/ops").status == 200
    assert there.get("/ops").status == 303
    assert Desk(office, cookie=f"dashboard-session={before}").get("/ops").status == 303
    assert Desk(office).sign_in(somebody, new).status_code == 303


def _turn_on(browser: Desk) -> tuple[pyotp.TOTP, list[str]]:
    assert browser.post("/ops/me/codes/offer").status_code == 303
    totp = pyotp.TOTP(SECRET_IN_PAGE.search(browser.get("/ops/me").html)[1])
    assert browser.post("/ops/me/codes/on", code="000000").status_code in (422, 200)
    page = browser.post("/ops/me/codes/on", code=totp.now())
    assert page.status_code == 200, page.text
    return totp, re.findall(r"<li>([0-9A-Z-]{19})</li>", page.text)


def test_one_time_codes(office, somebody):
    _fresh(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    before = browser.session()
    totp, recovery = _turn_on(browser)
    assert browser.session() != before
    assert len(recovery) == 10
    sealed = office.database.row("SELECT totp_secret FROM dashboard_operators WHERE email = :e", e=somebody)[
        "totp_secret"
    ]
    assert totp.secret not in sealed
    assert totp.secret not in browser.get("/ops/me").html

    other = Desk(office)
    step = other.sign_in(somebody, next="/ops/me")
    assert step.headers["Location"] == "/ops/login/code?next=%2Fops%2Fme"
    assert other.session() is None
    assert other.get("/ops").status == 303
    assert other.post("/ops/login/code", code="123").status_code == 401
    used = totp.now()
    assert other.post("/ops/login/code", code=used).status_code == 401  # it turned the codes on: none is good twice
    office.database.execute("UPDATE dashboard_operators SET totp_last_step = 0")
    done = other.post("/ops/login/code", code=totp.now(), next="/ops/me")
    assert (done.status_code, done.headers["Location"]) == (303, "/ops/me")
    assert other.get("/ops").status == 200

    third = Desk(office)
    third.sign_in(somebody)
    code = recovery[0].lower().replace("-", " ")
    assert third.post("/ops/login/code", code=code).status_code == 303
    fourth = Desk(office)
    fourth.sign_in(somebody)
    assert fourth.post("/ops/login/code", code=code).status_code == 401

    assert browser.post("/ops/me/codes/off").status_code == 303
    assert Desk(office).sign_in(somebody).headers["Location"] == "/ops"


def test_recovery_codes_outlive_the_key_that_sealed_the_secret(office, somebody):
    _fresh(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    totp, recovery = _turn_on(browser)
    lost = "UPDATE dashboard_operators SET totp_secret = 'sealed:1:00000000:AAAA', totp_last_step = 0 WHERE email = :e"
    office.database.execute(lost, e=somebody)
    other = Desk(office)
    other.sign_in(somebody)
    assert other.post("/ops/login/code", code=totp.now()).status_code == 401
    assert other.post("/ops/login/code", code=recovery[0]).status_code == 303
    assert other.post("/ops/me/codes/off").status_code == 303


def test_a_code_without_its_ticket_is_nothing(office, somebody):
    _fresh(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    totp, _ = _turn_on(browser)
    office.database.execute("UPDATE dashboard_operators SET totp_last_step = 0")
    assert Desk(office).post("/ops/login/code", code=totp.now()).status_code == 401
    assert Desk(office).get("/ops/login/code").headers["Location"].startswith("/ops/login?next=")
    forged = Desk(office, cookie="dashboard-ticket=" + "W10.aaaaaa.bbbbbb")
    assert forged.post("/ops/login/code", code=totp.now()).status_code == 401


def test_a_ticket_is_worth_nothing_once_the_password_has_changed(office, somebody):
    _fresh(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    totp, _ = _turn_on(browser)
    office.database.execute("UPDATE dashboard_operators SET totp_last_step = 0")
    other = Desk(office)
    assert "/ops/login/code" in other.sign_in(somebody).headers["Location"]
    changed = ("operator", "add", somebody, "--app", "acme", "--role", "viewer", "--password-stdin")
    done = run_dashboard(*changed, environment=office.environment, stdin="quite another password\n")
    assert done.returncode == 0, done.stderr
    assert other.post("/ops/login/code", code=totp.now()).status_code == 401
    assert browser.get("/ops").status == 303


def test_guessing_codes_is_throttled_with_the_account(office, somebody):
    _fresh(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    _turn_on(browser)
    _fresh(office)
    other = Desk(office)
    other.sign_in(somebody)
    statuses = [other.post("/ops/login/code", code="1").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert other.sign_in(somebody).status_code == 429
    _fresh(office)


def test_a_reset_may_turn_the_codes_off_for_a_lost_phone(office, somebody):
    _fresh(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    _turn_on(browser)
    _link(office, "reset", somebody, "--second-factor")
    assert Desk(office).sign_in(somebody).headers["Location"] == "/ops"


def test_what_is_dangerous_asks_again_after_ten_minutes(office):
    _fresh(office)
    owner = Desk(office, "owner")
    path = f"/ops/operators/{office.cast.operators['support']}"
    assert owner.post(f"{path}/role", app=office.cast.other, role="viewer").status_code == 303
    office.database.execute("UPDATE dashboard_sessions SET confirmed_at = confirmed_at - 600001")

    asked = owner.post(f"{path}/role", app=office.cast.other, role="admin")
    assert asked.headers["Location"] == f"/ops/confirm?next={path.replace('/', '%2F')}"
    held = "SELECT role FROM dashboard_memberships WHERE operator_id = :o AND app_id = :a"
    ids = {"o": office.cast.operators["support"], "a": office.cast.other}
    assert office.database.row(held, **ids)["role"] == "viewer"

    before = owner.session()
    assert owner.post("/ops/confirm", password="wrong", next=path).status_code == 401
    confirmed = owner.post("/ops/confirm", password=PASSWORD, next=path)
    assert (confirmed.status_code, confirmed.headers["Location"]) == (303, path)
    assert owner.session() != before
    assert owner.post(f"{path}/role", app=office.cast.other, role="").status_code == 303
    assert office.database.rows(held, **ids) == []


def test_owners_invite_change_and_disable(office):
    owner = Desk(office, "owner")
    address = f"guest-{time.monotonic_ns()}@example.com"
    invited = owner.post("/ops/operators", email=address, app=office.cast.acme, role="support")
    path = re.search(r"/ops/setup/[\w-]{43}", invited.text)[0]
    assert Desk(office).post(path, password=PASSWORD, repeated=PASSWORD).status_code == 303
    guest = Desk(office)
    assert guest.sign_in(address).status_code == 303
    assert "support in Acme Bot" in guest.get("/ops/me").text

    assert owner.post("/ops/operators", email=address).status_code == 422
    assert owner.post("/ops/operators", email="no address").status_code == 422
    assert owner.post("/ops/operators", email="a@b.example", app="99999", role="viewer").status_code == 404
    assert office.database.rows("SELECT 1 FROM dashboard_operators WHERE email = 'a@b.example'") == []

    found = office.database.row("SELECT id FROM dashboard_operators WHERE email = :e", e=address)["id"]
    assert owner.post(f"/ops/operators/{found}/disable").status_code == 303
    assert guest.get("/ops").status == 303


def test_there_is_always_an_owner_left(new_database):
    with stage(new_database("sqlite")) as running:
        only = desk.operator(running, "only@example.com", owner=True)
        browser = Desk(running)
        browser.sign_in("only@example.com")
        for act in ("owner", "disable"):
            response = browser.post(f"/ops/operators/{only}/{act}", owner="off")
            assert response.status_code == 422
            assert "Nobody would be left" in response.text
        assert browser.get("/ops/operators").status == 200


def test_the_audit_tells_who_did_what_and_what_was_denied(office):
    _fresh(office)
    viewer = Desk(office, "viewer")
    assert viewer.get("/ops/operators").status == 403
    Desk(office).sign_in("viewer@example.com", "wrong")
    rows = office.database.rows("SELECT * FROM dashboard_audit ORDER BY id DESC LIMIT 3")
    assert [(row["who"], row["verb"], row["outcome"]) for row in rows] == [
        ("viewer@example.com", "sign_in", "denied"),
        ("viewer@example.com", "operators", "denied"),
        ("viewer@example.com", "sign_in", "ok"),
    ]
    assert {row["ip_prefix"] for row in rows} == {"127.0.0.0/24"}
    assert wait.until(lambda: [line for line in office.server.log("audit") if line["verb"] == "operators"])
    assert PASSWORD not in office.server.output()


def test_admins_see_the_audit_of_their_apps_only(office):
    row = "INSERT INTO dashboard_audit (at, who, verb, client_id, outcome) VALUES (1, 'x', '{}', {}, 'ok')"
    places = {"of.acme": f"'{desk.ACME[2]}'", "of.other": f"'{desk.OTHER[2]}'", "of.all": "NULL"}
    office.database.execute(*[row.format(verb, client_id) for verb, client_id in places.items()])
    seen = {role: Desk(office, role).get("/ops/audit").text for role in ("admin", "stranger", "owner")}
    assert [verb for verb in places if verb in seen["admin"]] == ["of.acme"]
    assert [verb for verb in places if verb in seen["stranger"]] == ["of.other"]
    assert [verb for verb in places if verb in seen["owner"]] == list(places)


def test_the_audit_pages_both_ways_and_its_fragment_is_part_of_the_page(office):
    owner = Desk(office, "owner")
    office.database.execute(
        *[
            f"INSERT INTO dashboard_audit (at, who, verb, outcome) VALUES ({n}, 'x', 'filler.{n}', 'ok')"
            for n in range(120)
        ]
    )
    first = owner.get("/ops/audit")
    second = owner.get("/ops/audit" + first.links["older ›"])
    assert "filler.119" in first.text
    assert "filler.119" not in second.text
    assert owner.get("/ops/audit" + second.links["‹ newer"]).text == first.text
    part = owner.client.get("/ops/audit", headers={"HX-Request-Type": "partial"})
    assert part.text.strip() in first.html
    assert part.headers["Vary"] == "HX-Request-Type"
    whole = {"HX-Request-Type": "partial", "HX-History-Restore-Request": "true"}
    assert owner.client.get("/ops/audit", headers=whole).text == first.html
    for junk in ("x", "-1", "9" * 30):
        assert owner.get(f"/ops/audit?before={junk}").status == 400


def test_home_shows_each_app_i_may_see_and_no_other(office):
    viewer = Desk(office, "viewer").get("/ops")
    assert "Acme Bot" in viewer.text
    assert "Other Bot" not in viewer.text
    assert Desk(office, "viewer").get("/ops?app=other").status == 404
    assert "Other Bot" in Desk(office, "owner").get("/ops?app=other").text


def test_hostile_forms_are_answers_not_errors(office):
    _fresh(office)
    browser = Desk(office)
    for body in (b"\xff\xfe=%00&email=%00%ff", b"email=a&" * 500, b"{}", b"email=" + b"x" * 60_000):
        response = browser.client.post(
            "/ops/login", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert response.status_code in (400, 401), response.status_code
    assert browser.client.post("/ops/login", content=b"x" * 70_000).status_code == 413
    for cookie in (
        "dashboard-session=" + "x" * 4000,
        "dashboard-session=%00; dashboard-said=%%%",
        "dashboard-said=w6Q",
    ):
        assert httpx.get(f"{office.url}/ops", headers={"Cookie": cookie}).status_code == 303
        assert httpx.get(f"{office.url}/ops/login", headers={"Cookie": cookie}).status_code == 200
    _fresh(office)


def test_the_command_line_says_what_is_wrong(office):
    def said(*arguments: str, stdin: str = "") -> tuple[int, str]:
        done = run_dashboard(*arguments, environment=office.environment, stdin=stdin)
        return done.returncode, done.stderr

    assert said("operator", "add", "no-address", "--owner") == (1, "'no-address' is not an e-mail address.\n")
    assert said("operator", "add", "x@example.com", "--app", "nope", "--role", "viewer")[0] == 1
    assert said("operator", "add", "x@example.com", "--app", "acme", "--role", "king")[0] == 1
    assert said("operator", "add", "x@example.com", "--app", "acme")[0] == 2
    assert said("operator", "add", "x@example.com", "--password-stdin", stdin="short\n")[0] == 1
    assert said("operator", "disable", "nobody@example.com")[0] == 1
    assert said("operator", "add", desk.email("owner"))[0] == 1
    listed = office.run("operator", "list").stdout
    assert re.search(r"owner@example.com\s+active\s+owner", listed)
    assert re.search(r"support@example.com\s+active\s+support in acme", listed)


def test_a_code_is_good_for_its_own_step_and_the_ones_beside_it():
    secret = second_factor.new_secret()
    at = 1_700_000_000_000
    code = pyotp.TOTP(secret).at(at // 1000)
    for offset, step in ((0, at // 30_000), (30_000, at // 30_000), (-30_000, at // 30_000), (90_000, None)):
        assert second_factor.step_of(secret, code, at + offset) == step
    for junk in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef"):
        assert second_factor.step_of(secret, junk, at) is None
