"""`/ops`: the desk's first page."""

from tests.support.desk import Desk


def test_home_shows_each_app_i_may_see_and_no_other(office):
    viewer = Desk(office, "viewer").get("/ops")
    assert "Acme Bot" in viewer.text
    assert "Other Bot" not in viewer.text
    assert Desk(office, "viewer").get("/ops?app=other").status == 404
    assert "Other Bot" in Desk(office, "owner").get("/ops?app=other").text
