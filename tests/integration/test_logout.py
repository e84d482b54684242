"""`/ops/logout`: ends the session one is in."""

from tests.support.desk import Desk


def test_signing_out_ends_this_session_for_good_and_no_other(office, somebody):
    here, there = Desk(office), Desk(office)
    here.sign_in(somebody)
    there.sign_in(somebody)
    token = here.session()
    answer = here.post("/ops/logout")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ops/login")
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert Desk(office, cookie=f"dashboard-session={token}").get("/ops").status == 303
    assert there.get("/ops").status == 200
    written = office.database.rows("SELECT verb FROM dashboard_audit WHERE who = :w ORDER BY id", w=somebody)
    assert [row["verb"] for row in written] == ["sign_in", "sign_in", "sign_out"]
