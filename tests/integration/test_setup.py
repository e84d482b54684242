"""`/ops/setup`: one-time links."""

import time

from tests.support import desk
from tests.support.desk import PASSWORD, Desk


def test_a_link_sets_a_password_once(office):
    address = f"new-{time.monotonic_ns()}@example.com"
    path = desk.one_time_link(office, "add", address, "--app", "acme", "--role", "support")
    browser = Desk(office)
    assert address in browser.get(path).text
    assert browser.get(path).status == 200  # opening it spends nothing
    assert browser.post(path, password="short", repeated="short").status_code == 422
    assert browser.post(path, password=PASSWORD, repeated="other").status_code == 422
    answer = browser.post(path, password=PASSWORD, repeated=PASSWORD)
    assert answer.headers["Location"] == "/ops"
    assert "Your password is set. You are signed in." in browser.follow(answer).text
    assert browser.get("/ops/attempts").status == 200
    spent = Desk(office).get(path)
    assert (spent.status, spent.heading) == (404, "This link is no longer good")
    assert Desk(office).post(path, password="another password", repeated="another password").status_code == 404
    assert browser.sign_in(address).status_code == 303
    token = path.rpartition("/")[2]
    assert token not in office.server.output()


def test_whoever_has_a_second_factor_gives_it_after_a_link_too(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    totp, _ = browser.turn_codes_on()
    path = desk.one_time_link(office, "reset", somebody)
    browser = Desk(office)
    answer = browser.post(path, password=PASSWORD, repeated=PASSWORD)
    assert answer.headers["Location"] == "/ops/login/code?next=%2Fops"
    assert browser.get("/ops/me").status == 303
    assert browser.session() is None
    office.database.execute("UPDATE dashboard_operators SET totp_last_step = NULL")
    assert browser.post("/ops/login/code", code=totp.now(), next="/ops").headers["Location"] == "/ops"
    assert browser.get("/ops/me").status == 200


def test_a_link_expires_and_is_replaced(office, somebody):
    first = desk.one_time_link(office, "reset", somebody)
    second = desk.one_time_link(office, "reset", somebody)
    assert Desk(office).get(first).status == 404
    office.database.execute("UPDATE dashboard_one_time_links SET expires_at = 0")
    assert Desk(office).get(second).status == 404
    assert Desk(office).sign_in(somebody).status_code == 303  # the old password is good until then
