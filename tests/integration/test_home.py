"""`/ops`: the desk's first page."""

import re

from tests.support import desk
from tests.support.desk import Desk


def test_home_shows_each_app_i_may_see_and_no_other(office):
    viewer = Desk(office, "viewer").get("/ops")
    assert "Acme Bot" in viewer.text
    assert "Other Bot" not in viewer.text
    assert Desk(office, "viewer").get("/ops?app=other").status == 404
    assert "Other Bot" in Desk(office, "owner").get("/ops?app=other").text


def test_the_number_of_active_installations_is_that_of_the_list_it_leads_to(office):
    for number in range(3):
        desk.installed(office, f"T0HOME{number:03}")
    office.database.execute("UPDATE dashboard_installations SET to_check = true WHERE team_id = 'T0HOME001'")
    owner = Desk(office, "owner")
    page = owner.get("/ops?app=acme")
    shown = re.search(r'href="(/ops/installations\?app=acme&amp;status=[^"]+)"[^>]*>(\d+)<', page.html)
    address, count = shown[1].replace("&amp;", "&"), int(shown[2])
    assert f"{count} installations" in owner.get(address.replace("/installations?", "/installations/counts?")).text
    assert count >= 3
