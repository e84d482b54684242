"""`/ops/audit`: who did what, and who may read it."""

from tests.support import desk, wait
from tests.support.desk import PASSWORD, Desk


def test_the_audit_tells_who_did_what_and_what_was_denied(office):
    desk.forget_failures(office)
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
    places = {"of.acme": desk.ACME[2], "of.other": desk.OTHER[2], "of.all": None}
    desk.audited(office, *({"verb": verb, "client_id": client_id} for verb, client_id in places.items()))
    seen = {role: Desk(office, role).get("/ops/audit").text for role in ("admin", "stranger", "owner")}
    assert [verb for verb in places if verb in seen["admin"]] == ["of.acme"]
    assert [verb for verb in places if verb in seen["stranger"]] == ["of.other"]
    assert [verb for verb in places if verb in seen["owner"]] == list(places)


def test_the_audit_pages_both_ways_and_its_fragment_is_part_of_the_page(office):
    owner = Desk(office, "owner")
    desk.audited(office, *({"at": n, "verb": f"filler.{n}"} for n in range(120)))
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


def test_the_audit_of_one_app_is_its_own_and_stays_so_on_its_pages(office):
    owner = Desk(office, "owner")
    acme, other = ({"client_id": app[2]} for app in (desk.ACME, desk.OTHER))
    desk.audited(office, *({"verb": f"mine.{n}", **acme} for n in range(60)), *({"verb": "theirs", **other},) * 3)
    page = owner.get("/ops/audit?app=acme")
    assert "mine.59" in page.text
    assert "theirs" not in page.text
    older = owner.get("/ops/audit" + page.links["older ›"])
    assert "mine.0" in older.text
    assert "theirs" not in older.text
    assert owner.get("/ops/audit?app=nobody").status == 404
