"""`/ops/enterprises`: every organization, and one of them, with its workspaces."""

from tests.support import desk
from tests.support.desk import ACME, Desk


def test_an_organization_shows_its_own_installation_and_those_of_its_workspaces(office, owner):
    org = {"enterprise_id": "E0SAMPLE1", "enterprise_name": "Organization"}
    store = desk.bolt(office, ACME[2])
    store.save(desk.installation(None, team_name=None, is_enterprise_install=True, **org))
    store.save(desk.installation("T0PART001", team_name="A part of it", **org))
    store.close()
    page = owner.get("/ops/enterprises/E0SAMPLE1")
    assert (page.status, page.heading) == (200, "Organization")
    assert "A part of it" in page.html.split('id="workspaces"')[1]
    assert "A part of it" not in page.html.split('id="workspaces"')[0]
    assert Desk(office, "stranger").get("/ops/enterprises/E0SAMPLE1").status == 404


def test_the_list_has_each_organization_once(office, owner):
    org = {"enterprise_id": "E0LISTED1", "enterprise_name": "Zeta of many"}
    store = desk.bolt(office, ACME[2])
    for number in range(3):
        store.save(desk.installation(f"T0LISTED{number}", **org))
    store.save(desk.installation("T0LONELY1", enterprise_id="E0LISTED2", enterprise_name="alpha <of> one"))
    store.close()
    html = owner.get("/ops/enterprises?sort=name").html
    assert html.count("E0LISTED1</span>") == 1
    assert html.index("alpha &lt;of&gt; one") < html.index("Zeta of many")
    assert '<td role="cell" data-label="Active" class="number">3</td>' in html
    assert "E0LISTED1,Zeta of many,1,3,active" in owner.get("/ops/enterprises.csv").html
    assert "E0LISTED" not in Desk(office, "stranger").get("/ops/enterprises").html
    assert "1 organizations" in owner.get("/ops/enterprises/counts?q=E0LISTED1").text
