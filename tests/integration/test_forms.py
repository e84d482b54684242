"""What forms may be sent."""

import httpx

from tests.support import desk
from tests.support.desk import Desk


def test_hostile_forms_are_answers_not_errors(office):
    desk.forget_failures(office)
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
    desk.forget_failures(office)
