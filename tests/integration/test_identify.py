"""Who is asking: sessions and their ends, other sites, and what somebody finds who is not signed in."""

import httpx
import pytest

from tests.support import desk
from tests.support.desk import PASSWORD, Desk


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


def test_disabling_takes_effect_at_once(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    assert office.run("operator", "disable", somebody).returncode == 0
    assert browser.get("/ops").status == 303
    desk.forget_failures(office)
    assert browser.sign_in(somebody).status_code == 401


def test_no_session_is_good_for_somebody_who_is_disabled(office, somebody):
    browser = Desk(office)
    browser.sign_in(somebody)
    office.database.execute("UPDATE dashboard_operators SET disabled_at = 1 WHERE email = :e", e=somebody)
    assert browser.get("/ops").status == 303


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
