"""`/ops/audit`: who did what, and who may read it."""

from slack_sdk.oauth.installation_store import FileInstallationStore

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
    second = owner.get(first.links["older ›"])
    assert "filler.119" in first.text
    assert "filler.119" not in second.text
    assert owner.get(second.links["‹ newer"]).text == first.text
    part = owner.client.get("/ops/audit", headers={"HX-Request-Type": "partial"})
    assert part.text.strip() in first.html
    assert part.headers["Vary"] == "HX-Request-Type"
    whole = {"HX-Request-Type": "partial", "HX-History-Restore-Request": "true"}
    assert owner.client.get("/ops/audit", headers=whole).text == first.html
    for junk in ("x", "-1", "9" * 30):
        assert owner.get(f"/ops/audit?after={junk}").status == 400


def test_the_audit_of_one_app_is_its_own_and_stays_so_on_its_pages(office):
    owner = Desk(office, "owner")
    acme, other = ({"client_id": app[2]} for app in (desk.ACME, desk.OTHER))
    desk.audited(office, *({"verb": f"mine.{n}", **acme} for n in range(60)), *({"verb": "theirs", **other},) * 3)
    page = owner.get("/ops/audit?app=acme")
    assert "mine.59" in page.text
    assert "theirs" not in page.text
    older = owner.get(page.links["older ›"])
    assert "mine.0" in older.text
    assert "theirs" not in older.text
    assert owner.get("/ops/audit?app=nobody").status == 404


def test_an_auditor_finds_who_changed_the_secret(office):
    """By what was done, by whom, in which app, since when, and by a word; as a page and as CSV."""
    acme = {"client_id": desk.ACME[2], "object_type": "app", "object_id": "acme"}
    entry = {**acme, "who": "Ana@example.com", "verb": "app.secret", "details": "client secret changed", "at": 2}
    entry["outcome"] = "ok"
    other = {**entry, "who": "ben@example.com", "verb": "app.other", "outcome": "failed", "details": "no", "at": 3}
    desk.audited(office, entry, other, {**entry, "client_id": desk.OTHER[2], "details": "of another", "at": 4})
    admin = Desk(office, "admin")
    for query in ("verb=app.secret", "who=ana@example.com", "q=SECRET", "verb=app.&outcome=ok", "object=app&q=client"):
        for address in (f"/ops/audit?{query}", f"/ops/audit.csv?{query}"):
            text = admin.get(address).html
            assert "client secret changed" in text, address
            assert "ben@example.com" not in text
            assert "of another" not in text  # it is another tenant's
    assert "client secret changed" not in admin.get("/ops/audit?since=1d").html
    assert "ben@example.com" in admin.get("/ops/audit?outcome=failed").html
    assert admin.get("/ops/audit?outcome=made_up").status == 400
    lines = admin.client.get("/ops/audit.csv?verb=app.secret&who=ana@example.com")
    assert lines.headers["X-Total-Count"] == "1"
    assert lines.text.splitlines()[0] == "at,who,verb,object_type,object_id,client_id,outcome,from,details"
    assert "Failed" in admin.get("/ops/audit/counts?app=acme").text
    assert "It is kept for 36500 days; the oldest is of" in admin.get("/ops/audit").text
    exported = office.database.rows("SELECT * FROM dashboard_audit WHERE verb = 'audit.export'")
    assert {row["client_id"] for row in exported} == {desk.ACME[2]}
    assert Desk(office, "support").get("/ops/audit.csv").status == 403


def _written(office, verb: str) -> list[tuple]:
    rows = office.database.rows("SELECT * FROM dashboard_audit WHERE verb = :verb ORDER BY id", verb=verb)
    return [(row["who"], row["object_id"], row["client_id"], row["outcome"], row["details"]) for row in rows]


def test_what_the_command_line_changes_of_an_app_is_written(office):
    secret = "a-secret-of-the-third-app"
    added = ("--name", "Third", "--client-id", "333.333", "--client-secret-stdin", "--scopes", "chat:write")
    assert office.run("app", "add", "third", *added, stdin=secret).returncode == 0
    assert office.run("app", "add", "third", *added, stdin=secret).returncode == 1
    assert office.run("app", "edit", "third", "--name", "The Third", "--page", "off").returncode == 0
    assert office.run("app", "edit", "nowhere", "--name", "No").returncode == 1
    assert office.run("app", "edit", "third", "--name", "No", SECRET_KEY="x" * 40).returncode == 1
    assert office.run("app", "pause", "third").returncode == 0
    assert office.run("app", "resume", "third").returncode == 0
    assert office.run("app", "remove", "third", "--yes").returncode == 0

    who, third = "command line", ("third", "333.333")
    assert _written(office, "app.add") == [
        (who, *third, "ok", None),
        (who, *third, "failed", "There is an app 'third' already."),
    ]
    done, elsewhere, sealed = _written(office, "app.edit")
    assert done == (who, *third, "ok", "name, page enabled")
    assert (elsewhere[1:4]) == ("nowhere", None, "failed")
    assert sealed[1:4] == (*third, "failed")
    assert "cannot be opened" in sealed[4]
    assert _written(office, "app.pause") == _written(office, "app.resume") == [(who, *third, "ok", None)]
    assert _written(office, "app.remove") == [(who, *third, "ok", "0 installations stay stored")]
    assert secret not in str(office.database.rows("SELECT * FROM dashboard_audit"))


def test_what_seals_and_moves_in_is_written_for_each_app(office, tmp_path):
    desk.installed(office, "T0SEALED1")
    assert office.run("keys", "rotate").returncode == 0
    rotated = _written(office, "keys.rotate")
    assert {row[1] for row in rotated} == {"acme", "other", "default"}
    begun, done = (row[3:] for row in rotated if row[1] == "acme")
    assert begun == ("ok", "begun")
    assert done[1].endswith("rows, of 3 apps")
    assert office.run("keys", "seal", "--app", "acme", SECRET_KEY="x" * 40).returncode == 0
    assert office.run("keys", "rotate", "--app", "acme", SECRET_KEY="x" * 40).returncode == 1
    assert _written(office, "keys.rotate")[-1][3] == "failed"

    FileInstallationStore(base_dir=str(tmp_path), client_id=desk.ACME[2]).save(desk.installation("T0FILED01"))
    assert office.run("import", "file", str(tmp_path), "--dry-run").returncode == 0
    assert _written(office, "import") == []
    assert office.run("import", "file", str(tmp_path)).returncode == 0
    begun, moved = _written(office, "import")
    assert begun == ("command line", "acme", desk.ACME[2], "ok", "begun: 1 workspaces and organizations read")
    assert moved[4].startswith("added ")

    assert office.run("reindex").returncode == 0
    assert len(_written(office, "reindex")) == 1


def test_an_act_of_the_desk_that_fails_is_written_as_failed(office):
    owner = Desk(office, "owner")
    sealed = office.database.row("SELECT client_secret FROM dashboard_apps WHERE slug = 'acme'")["client_secret"]
    set_secret = "UPDATE dashboard_apps SET client_secret = :secret WHERE slug = 'acme'"
    office.database.execute(set_secret, secret=sealed[:-4] + "AAAA")
    try:
        assert owner.post("/ops/apps/acme/pause").status_code == 409
    finally:
        office.database.execute(set_secret, secret=sealed)
    (written,) = _written(office, "app.pause")[-1:]
    assert written[:4] == ("owner@example.com", "acme", desk.ACME[2], "failed")
    assert "cannot be opened" in written[4]


def test_an_export_is_written_once_for_each_app_in_it(office):
    owner, admin = Desk(office, "owner"), Desk(office, "admin")
    desk.installed(office, "T0BOTH001", desk.ACME[2])
    desk.installed(office, "T0BOTH001", desk.OTHER[2])
    here = "/ops/installations.csv?q=T0BOTH001"
    assert owner.client.get(here).headers["X-Total-Count"] == "2"
    written = _written(office, "installations.export")[-2:]
    assert sorted(row[2] for row in written) == sorted((desk.ACME[2], desk.OTHER[2]))
    assert all(row[4].startswith("1 rows: ") for row in written)
    assert "installations.export" in admin.get("/ops/audit").text

    assert owner.client.get("/ops/installations.csv?q=nobody-at-all").headers["X-Total-Count"] == "0"
    assert _written(office, "installations.export")[-1][2] is None
