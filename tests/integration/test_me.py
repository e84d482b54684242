"""`/ops/me`: one's own password, one-time codes and sessions."""

import pyotp

from dashboard.access import second_factor
from tests.support import desk
from tests.support.desk import PASSWORD, Desk


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


def test_one_time_codes(office, somebody):
    desk.forget_failures(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    before = browser.session()
    totp, recovery = browser.turn_codes_on()
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
    assert (
        other.post("/ops/login/code", code=browser.code_used).status_code == 401
    )  # it turned the codes on: none is good twice
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

    used = "SELECT outcome FROM dashboard_audit WHERE who = :w AND verb = 'recovery_code.use'"
    assert office.database.rows(used, w=somebody) == [{"outcome": "ok"}]
    for wrong in ("", "000000", code, PASSWORD):
        refused = browser.post("/ops/me/codes/off", code=wrong)
        assert refused.status_code == 422
        assert "This code is wrong" in refused.text
    assert browser.post("/ops/me/codes/off", code=recovery[1]).status_code == 303
    for _ in range(11):  # sent again it does nothing, and is no guess
        assert browser.follow(browser.post("/ops/me/codes/off", code="1")).text.count("One-time codes are off.") == 1
    assert Desk(office).sign_in(somebody).headers["Location"] == "/ops"


def test_turning_the_codes_on_ends_every_other_session(office, somebody):
    desk.forget_failures(office)
    here, there = Desk(office), Desk(office)
    here.sign_in(somebody)
    there.sign_in(somebody)
    here.turn_codes_on()
    assert here.get("/ops").status == 200
    assert there.get("/ops").status == 303


def test_recovery_codes_outlive_the_key_that_sealed_the_secret(office, somebody):
    desk.forget_failures(office)
    browser = Desk(office)
    browser.sign_in(somebody)
    totp, recovery = browser.turn_codes_on()
    lost = "UPDATE dashboard_operators SET totp_secret = 'sealed:1:00000000:AAAA', totp_last_step = 0 WHERE email = :e"
    office.database.execute(lost, e=somebody)
    other = Desk(office)
    other.sign_in(somebody)
    assert other.post("/ops/login/code", code=totp.now()).status_code == 401
    assert other.post("/ops/login/code", code=recovery[0]).status_code == 303
    assert other.post("/ops/me/codes/off", code=recovery[1]).status_code == 303


def test_a_code_is_good_for_its_own_step_and_the_ones_beside_it():
    secret = second_factor.new_secret()
    at = 1_700_000_000_000
    code = pyotp.TOTP(secret).at(at // 1000)
    for offset, step in ((0, at // 30_000), (30_000, at // 30_000), (-30_000, at // 30_000), (90_000, None)):
        assert second_factor.step_of(secret, code, at + offset) == step
    for junk in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef"):
        assert second_factor.step_of(secret, junk, at) is None


def test_a_secret_that_was_offered_under_a_key_that_is_gone_is_offered_anew(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    browser.post("/ops/me/codes/offer")
    office.database.execute(
        "UPDATE dashboard_operators SET totp_offered = :sealed WHERE email = :email",
        sealed=f"sealed:1:00000000:{'A' * 64}",
        email=somebody,
    )
    assert browser.get("/ops/me").status == 200
    assert browser.post("/ops/me/codes/on", code="123456").status_code == 422
    done = office.run("doctor")
    assert f"The one-time codes of {somebody} are sealed with a key that is not given." in done.stdout
    assert done.returncode == 1
    assert len(browser.turn_codes_on()[1]) == 10
