"""`/ops/confirm`: what is dangerous asks again."""

from tests.support import desk
from tests.support.desk import PASSWORD, Desk


def test_what_is_dangerous_asks_again_after_ten_minutes(office):
    desk.forget_failures(office)
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
    written = office.database.rows("SELECT outcome FROM dashboard_audit WHERE verb = 'confirm' ORDER BY id")
    assert [row["outcome"] for row in written[-2:]] == ["denied", "ok"]
    assert owner.post(f"{path}/role", app=office.cast.other, role="").status_code == 303
    assert office.database.rows(held, **ids) == []
