"""Apps in the browser: adding one, changing its settings, brand, secrets and members, by whoever may."""

import io
import re

import pytest
from PIL import Image

from dashboard.simulator import SimulatedApp
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.visitor import Visitor

CONFIRMED = {"password": desk.PASSWORD}
SETTINGS = {"name": "Acme Bot", "scopes": "chat:write", "optional_scopes": "", "user_scopes": ""}
NEW = {"slug": "helper", "name": "Helper", "client_id": "555.111", "client_secret": "s" * 32, "scopes": "chat:write"}


def confirmed(office, role="owner"):
    browser = Desk(office, role)
    assert browser.post("/ops/confirm", **CONFIRMED).status_code == 303
    return browser


def app(office, slug="acme"):
    return office.database.row("SELECT * FROM dashboard_apps WHERE slug = :slug", slug=slug)


def audited(office, verb="app.edit"):
    rows = office.database.rows("SELECT details FROM dashboard_audit WHERE verb = :verb ORDER BY id", verb=verb)
    return [row["details"] for row in rows]


def test_an_app_that_is_added_in_the_browser_can_be_installed_at_once(office):
    owner = confirmed(office)
    page = owner.follow(owner.post("/ops/apps", **NEW))
    assert "Added. Its redirect URL, below, must be entered at Slack." in page.text
    redirect = f"{office.url}/apps/helper/oauth_redirect"
    assert redirect in page.text
    office.slack.simulator.apps["555.111"] = SimulatedApp("555.111", "s" * 32, (redirect,), app_id="A0HELPER1")
    visitor = Visitor(office)
    at_slack = visitor.start("/apps/helper/start")
    assert visitor.get(visitor.allow(at_slack)).heading == "Installed in Acme Europe"
    assert "s" * 32 not in f"{page.html}{office.server.output()}{audited(office, 'app.add')}"
    office.run("app", "remove", "helper", "--yes")
    wait.until(lambda: visitor.client.get("/apps/helper/install").status_code == 404)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"slug": "No Good"}, "Slug must be 1 to 40 small letters"),
        ({"slug": "new"}, "Slug must not be new"),
        ({"slug": "acme"}, "There is an app &#39;acme&#39; already."),
        ({"client_id": "333.111"}, "That client id belongs to the app &#39;acme&#39; already."),
        ({"client_id": ""}, "Client id must be given."),
        ({"client_secret": ""}, "Client secret must be given."),
        ({"client_secret": "schlüssel"}, "Client secret is none that Slack gives"),
        ({"name": "x" * 201}, "Name must have at most 200 characters, and has 201."),
        ({"scopes": "chat write!"}, "Bot scopes holds &#39;write!&#39;, which is not a scope"),
        ({"scopes": ""}, "Bot scopes or user scopes must be given"),
    ],
)
def test_what_is_wrong_with_a_new_app_stands_beside_its_field(office, given, says):
    sent = {**NEW, "name": "<b>Helper</b>", **given}
    answer = confirmed(office).post("/ops/apps", **sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert sent["client_secret"] == "" or sent["client_secret"] not in answer.text
    assert 'value="&lt;b&gt;Helper&lt;/b&gt;"' in answer.text or "name" in given  # nothing else is lost


def test_settings_are_changed_and_the_audit_says_from_what_to_what(office):
    admin = Desk(office, "admin")
    sent = {**SETTINGS, "name": "Acme Helper", "success_url": "https://acme.example/done"}
    page = admin.follow(admin.post("/ops/apps/acme/settings", **sent))
    assert "Changed: name, success url." in page.text
    assert app(office)["success_url"] == "https://acme.example/done"
    assert audited(office)[-1] == "name: Acme Bot → Acme Helper; success url: nothing → https://acme.example/done"
    assert "Acme Helper" in Visitor(office).get("/apps/acme/install").text  # in this process at once
    assert "Nothing was changed." in admin.follow(admin.post("/ops/apps/acme/settings", **sent)).text
    back = admin.follow(admin.post("/ops/apps/acme/settings", **SETTINGS))
    assert "Changed: name, success url." in back.text


def test_what_a_change_of_scopes_means_is_said_before_it_is_saved(office):
    for number in range(3):
        scopes = "chat:write,files:write" if number == 0 else "chat:write"
        desk.installed(office, f"T0SCOPE0{number}", bot_scopes=scopes)
    admin = Desk(office, "admin")
    sent = {**SETTINGS, "scopes": "chat:write,files:write"}
    answer = admin.post("/ops/apps/acme/settings", **sent)
    assert answer.status_code == 409
    assert (
        "2 of 3 installations would lack something that the app requires then: <code>files:write</code>" in answer.text
    )
    assert app(office)["scopes"] == "chat:write"
    assert admin.post("/ops/apps/acme/settings", **sent, confirmed="1").status_code == 409  # not what was shown
    assert admin.post("/ops/apps/acme/settings", **sent, confirmed="2").status_code == 303
    assert app(office)["scopes"] == "chat:write,files:write"
    assert len(Desk(office, "admin").get("/ops/installations.csv?status=attention").html.splitlines()) == 1 + 2
    assert admin.post("/ops/apps/acme/settings", **SETTINGS).status_code == 303  # less is no harm


@pytest.mark.parametrize(
    ("field", "given", "says"),
    [
        ("accent", "blue", "Accent must be a colour such as #0b57b0."),
        ("privacy_url", "http://acme.example", "Privacy must begin with https://"),
        ("support", "javascript:alert(1)", "Support is not an address"),
        ("scope_reasons", "chat:write", "Why each scope is needed must have a scope and its reason"),
        ("how_it_works", "x" * 2_001, "How it works must have at most 2,000 characters, and has 2,001."),
    ],
)
def test_what_is_wrong_with_a_brand_stands_beside_its_field(office, field, given, says):
    answer = Desk(office, "admin").post("/ops/apps/acme/brand", **{"sentence": "It answers <you>.", field: given})
    assert answer.status_code == 422
    assert says in answer.text
    assert "It answers &lt;you&gt;." in answer.text
    assert app(office)[field] is None


def test_a_brand_is_on_the_page_at_once(office):
    admin = Desk(office, "admin")
    sent = {"sentence": "Answers <your> team.", "scope_reasons": "chat:write to answer you", "accent": "#0b57b0"}
    assert admin.post("/ops/apps/acme/brand", **sent).status_code == 303
    page = Visitor(office).get("/apps/acme/install")
    assert "Answers <your> team." in page.text
    assert "To answer you" in page.text
    assert admin.post("/ops/apps/acme/brand").status_code == 303  # all of it out again
    assert app(office)["sentence"] is None


def picture(width=300, height=100, kind="PNG"):
    made = io.BytesIO()
    Image.new("RGB", (width, height), "#0b57b0").save(made, kind)
    return made.getvalue()


def upload(browser, file, name="logo.png", **form):
    return browser.client.post("/ops/apps/acme/logo", files={"logo": (name, file, "image/png")}, data=form)


def test_a_logo_is_uploaded_made_anew_and_taken_out(office):
    admin = Desk(office, "admin")
    assert "The logo is changed." in admin.follow(upload(admin, picture())).text
    stored = bytes(app(office)["logo"])
    assert stored[8:12] == b"WEBP"
    page = admin.get("/ops/apps/acme").html
    assert re.search(r'<img src="/brand/acme/\w+/logo.webp"', page)
    assert re.search(r'src="/brand/acme/\w+/logo.webp"', Visitor(office).get("/apps/acme/install").html)
    for kind in ("JPEG", "WEBP"):
        assert upload(admin, picture(kind=kind)).status_code == 303
    assert upload(admin, b"", remove="on").status_code == 303
    assert app(office)["logo"] is None
    assert audited(office)[-1] == "logo taken out"


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b"", "The picture is missing: choose a PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "The picture is not a PNG, JPEG or WebP that can be read."),
        (b"x" * 5_000_001, "The picture is larger than 5 MB."),
        (picture(20_000, 1)[:33] + b"junk", "The picture is not a PNG"),
        (picture(2_049, 2_049), "The picture has more pixels than 2048 by 2048"),
    ],
    ids=["none", "svg", "too large", "broken", "too many pixels"],
)
def test_a_file_that_is_no_logo_is_refused(office, file, says):
    admin = Desk(office, "admin")
    answer = upload(admin, file)
    assert answer.status_code == 422
    assert says in answer.text
    assert app(office)["logo"] is None
    assert upload(admin, b"x" * 6_000_000).status_code == 413
    assert admin.post("/ops/apps/acme/logo", logo="no file").status_code == 422


def test_a_secret_is_changed_by_who_has_just_proved_who_it_is_and_shown_to_nobody(office):
    admin = Desk(office, "admin")
    office.database.execute("UPDATE dashboard_sessions SET confirmed_at = 0")
    before = app(office)["client_secret"]
    assert admin.post("/ops/apps/acme/secret", client_secret="n" * 32).headers["Location"].startswith("/ops/confirm")
    assert app(office)["client_secret"] == before
    admin.post("/ops/confirm", **CONFIRMED)
    assert "Changed: client secret." in admin.follow(admin.post("/ops/apps/acme/secret", client_secret="n" * 32)).text
    assert app(office)["client_secret"] != before
    assert app(office)["signing_secret"] is None  # empty: it stays
    assert audited(office)[-1] == "client secret changed"
    assert "n" * 32 not in f"{admin.get('/ops/apps/acme/secret').html}{office.server.output()}{app(office)}"


def test_what_the_environment_decides_is_not_offered(office):
    owner = confirmed(office)
    html = owner.get("/ops/apps/default/settings").html
    assert 'name="success_url"' in html
    assert [name for name in ("scopes", "user_scopes", "redirect_uri") if f'name="{name}"' in html] == []
    assert owner.get("/ops/apps/default/secret").status == 404
    assert owner.post("/ops/apps/default/settings", name="Named", scopes="files:read").status_code == 303
    assert app(office, "default")["name"] == "Named"
    assert "files:read" not in app(office, "default")["scopes"]
    assert owner.post("/ops/apps/default/brand", sentence="Of the environment.").status_code == 303
    assert "Of the environment." in Visitor(office).get("/slack/install").text


def test_members_are_given_roles_by_their_admin(office):
    admin = confirmed(office, "admin")
    page = admin.follow(admin.post("/ops/apps/acme/members", email="Stranger@Example.com", role="viewer"))
    assert "Stranger@Example.com is viewer here." in page.text
    assert Desk(office, "stranger").get("/ops/installations?app=acme").status == 200
    admin.post("/ops/apps/acme/members", email="stranger@example.com", role="")
    assert Desk(office, "stranger").get("/ops/installations?app=acme").status == 404
    for sent, says in (
        ({"email": "nobody@example.com", "role": ""}, "No operator has the address nobody@example.com."),
        ({"email": "no address", "role": "viewer"}, "is not an e-mail address"),
        ({"email": "stranger@example.com", "role": "emperor"}, "There is no role"),
    ):
        answer = admin.post("/ops/apps/acme/members", **sent)
        assert answer.status_code == 422
        assert says in answer.text
        assert f'value="{sent["email"]}"' in answer.text
    stranger = confirmed(office, "stranger")
    for form in ("settings", "brand", "secret", "members"):
        assert stranger.post(f"/ops/apps/acme/{form}", email="stranger@example.com", role="admin").status_code == 404
    assert admin.get("/ops/apps/acme/made_up").status == 404


def test_a_manifest_fills_the_form_and_keeps_what_was_typed(office):
    owner = Desk(office, "owner")
    text = """{"display_information": {"name": "From <it>"}, "oauth_config": {"scopes": {"bot": ["chat:write"]}}}"""
    answer = owner.post("/ops/apps", manifest=text, client_id="777.111")
    assert answer.status_code == 200
    for words in ('value="From &lt;it&gt;"', 'value="from-it"', 'value="chat:write"', 'value="777.111"'):
        assert words in answer.text
    assert f"Redirect URL: {office.url}/apps/from-it/oauth_redirect is missing, it has none." in answer.text
    refused = owner.post("/ops/apps", manifest="a: [<b>")
    assert refused.status_code == 422
    assert "The manifest is neither YAML nor JSON in line 1" in refused.text
    assert ">a: [&lt;b&gt;</textarea>" in refused.text
    assert Desk(office, "admin").post("/ops/apps", manifest=text).status_code == 403
    assert office.database.rows("SELECT 1 FROM dashboard_apps WHERE slug = 'from-it'") == []


def test_the_install_page_is_switched_off_and_on(office):
    owner, visitor = Desk(office, "owner"), Visitor(office)
    for value, status, said in (("off", 302, "on → off"), ("on", 200, "off → on")):
        assert owner.post("/ops/apps/acme/settings", **SETTINGS, page_enabled=value).status_code == 303
        wait.until(lambda status=status: visitor.client.get("/apps/acme/install").status_code == status)
        assert audited(office)[-1] == f"page enabled: {said}"
        assert f'<option value="{value}" selected>' in owner.get("/ops/apps/acme/settings").html
    answer = owner.post("/ops/apps/acme/settings", **SETTINGS)
    assert "Nothing was changed." in owner.follow(answer).text
    assert owner.post("/ops/apps/acme/settings", **SETTINGS, page_enabled="maybe").status_code == 422


def test_an_admin_invites_a_colleague_who_has_no_account(office):
    admin = confirmed(office, "admin")
    invited = admin.post("/ops/apps/acme/members", email="Colleague@Example.com", role="support")
    path = re.search(r"/ops/setup/[\w-]+", invited.text)[0]
    assert "A link for colleague@example.com" in invited.text
    newcomer = Desk(office)
    assert newcomer.post(path, password=desk.PASSWORD, repeated=desk.PASSWORD).status_code == 303
    newcomer.sign_in("colleague@example.com")
    assert newcomer.get("/ops/installations?app=acme").status == 200
    assert newcomer.get("/ops/installations?app=other").status == 404
    assert newcomer.get("/ops/apps/acme").status == 403
    again = admin.post("/ops/apps/acme/members", email="colleague@example.com", role="viewer")
    assert again.status_code == 303  # no second link for an account that is somebody's
    for role in ("operator", "stranger"):
        refused = confirmed(office, role).post("/ops/apps/acme/members", email="more@example.com", role="viewer")
        assert refused.status_code == (403 if role == "operator" else 404)
    assert office.database.rows("SELECT 1 FROM dashboard_operators WHERE email = 'more@example.com'") == []


def test_an_app_that_wants_a_second_factor(office):
    owner = Desk(office, "owner")
    refused = owner.post("/ops/apps/acme/settings", **SETTINGS, second_factor="on")
    assert refused.status_code == 422
    assert "You have no second factor yourself." in refused.text
    desk.operator(office, "careful@example.com", owner=True)
    careful = Desk(office)
    careful.sign_in("careful@example.com")
    careful.turn_codes_on()
    desk.installed(office, "T0STRICT1")
    assert careful.post("/ops/apps/acme/settings", **SETTINGS, second_factor="on").status_code == 303
    try:
        for role in ("owner", "admin", "viewer"):
            browser = Desk(office, role)
            assert "Acme Bot: whoever works on it must have one-time codes." in browser.get("/ops").text
            assert browser.get("/ops/apps/acme").status in (403, 404)
            refused = browser.get("/ops/installations?app=acme")
            assert refused.status in (403, 404)
            assert "Your role does not reach" not in refused.text
            assert "T0STRICT1" not in browser.get("/ops/installations.csv").html
            found = browser.client.post("/ops/lookup", data={"q": "T0STRICT1"}).text
            assert "/ops/workspaces/T0STRICT1" not in found
            assert "Acme Bot" not in found
        assert "T0STRICT1" in careful.get("/ops/installations.csv").html
        assert Desk(office, "stranger").get("/ops/installations?app=other").status == 200
    finally:
        assert careful.post("/ops/apps/acme/settings", **SETTINGS, second_factor="off").status_code == 303
    assert "T0STRICT1" in owner.get("/ops/installations.csv").html


def test_an_app_is_checked_on_its_page(office):
    owner = Desk(office, "owner")
    answer = owner.post("/ops/apps/acme/check").text
    assert "acme: Slack does not accept its client id (invalid_client_id)." in answer
    assert "Compare the client id with Basic Information at Slack." in answer
    assert f"acme: the redirect URL to enter at Slack is {office.url}/apps/acme/oauth_redirect" in answer
    assert "No installation has come back to its redirect URL yet" in answer
    assert "has nobody to write to" in answer
    Visitor(office).install()
    grant = "UPDATE dashboard_installations SET bot_scopes = :scopes WHERE team_id = 'T0ACME001'"
    office.database.execute(grant, scopes="commands")
    answer = owner.post("/ops/apps/default/check").text
    assert "default: Slack can be reached and knows the app." in answer
    assert "Slack last gave a token for its redirect URL" in answer
    assert "Scopes that it requires are missing in 1 of 1 active installation." in answer
    office.database.execute(grant, scopes="chat:write,commands")
    assert "Every one of 1 active installation has the scopes" in owner.post("/ops/apps/default/check").text


def test_a_brand_is_looked_at_before_it_is_saved(office):
    admin, before = Desk(office, "admin"), app(office)
    typed = {"sentence": "It <previews>.", "accent": "#0b57b0", "next_steps": "Wave.", "support": "help@example.com"}
    for page, words in (
        ("organization", ("Installed for <bdi>Sample Corporation</bdi>",)),
        ("unchecked", ("It is not checked yet",)),
        ("cancelled", ("You cancelled the installation",)),
        ("running", ("Your installation is still running",)),
        ("install", ("Add Acme Bot to Slack", "It &lt;previews&gt;.", 'href="/brand/0b57b0/theme.css"')),
        ("installed", ("Installed in <bdi>Sample Workspace</bdi>", "Wave.")),
        ("failed", ("3 days", "mailto:help@example.com?subject=Acme%20Bot")),
    ):
        answer = admin.post("/ops/apps/acme/preview", **typed, page=page)
        assert answer.status_code == 200
        assert "public.css" in answer.text
        for word in words:
            assert word in answer.text
        assert "Refresh" not in answer.headers
    assert app(office) == before
    german = admin.post("/ops/apps/acme/preview", **typed, page="failed", language="de").text
    assert "Bis Sie zurückkamen, hat es 3 Tage gedauert" in german
    assert admin.post("/ops/apps/acme/preview", **typed, page="failed", language="xx").status_code == 404
    dark = admin.post("/ops/apps/acme/preview", **typed, page="install", scheme="dark").text
    assert '<html lang="en" data-scheme="dark">' in dark
    assert "data-scheme" not in Visitor(office).get("/apps/acme/install").html
    assert admin.post("/ops/apps/acme/preview", **typed, page="install", scheme="red").status_code == 404
    refused = admin.post("/ops/apps/acme/preview", **{**typed, "accent": "yellow"}, page="install")
    assert (refused.status_code, "must be a colour such as #0b57b0" in refused.text) == (422, True)
    assert admin.post("/ops/apps/acme/preview", **typed, page="made_up").status_code == 404
    assert admin.post("/ops/apps/acme/brand", accent="#0b57b0").status_code == 303
    html = admin.get("/ops/apps/acme/brand").html
    assert "It is shown on white as it is, with a contrast of 7.0; on dark as #" in html
    assert 'formtarget="_blank">After failure</button>' in html
    assert admin.post("/ops/apps/acme/brand", accent="#ffee00").status_code == 303
    assert (
        "It is shown on white as #807700, with a contrast of 4.6; on dark as it is"
        in admin.get("/ops/apps/acme/brand").html
    )
    assert admin.post("/ops/apps/acme/brand", accent="").status_code == 303


TEXTS = {"sentence": "Beantwortet <Fragen>.", "next_steps": "Winken.", "scope_reasons": "chat:write Ihnen zu antworten"}


def test_texts_in_another_language(office):
    admin = Desk(office, "admin")
    english = {"vendor": "Acme <Labs>", "sentence": "Answers.", "how_it_works": "Wave.", "scope_reasons": ""}
    assert admin.post("/ops/apps/acme/brand", **english).status_code == 303
    assert admin.post("/ops/apps/acme/texts-de", **TEXTS).status_code == 303
    german = Visitor(office, **{"Accept-Language": "de"}).get("/apps/acme/install")
    assert '<p class="lead" lang="de">Beantwortet &lt;Fragen&gt;.</p>' in german.html
    assert '<span lang="de">Ihnen zu antworten</span> <code>chat:write</code>' in german.html
    assert '<p class="said" lang="en">Wave.</p>' in german.html
    assert "von <bdi>Acme &lt;Labs&gt;</bdi>" in german.html
    assert '<p class="lead" lang="en">Answers.</p>' in Visitor(office).get("/apps/acme/install").html
    assert "Winken." in admin.get("/ops/apps/acme/texts-de").html
    assert "Texts in Deutsch of Acme Bot" in admin.get("/ops/apps/acme/texts-de").headings
    audit = "SELECT details FROM dashboard_audit WHERE verb = 'app.edit' ORDER BY id DESC LIMIT 1"
    assert office.database.row(audit)["details"] == "texts in Deutsch changed"
    seen = admin.post("/ops/apps/acme/preview", form="texts-de", language="de", page="install", sentence="Neu.").text
    assert '<p class="lead" lang="de">Neu.</p>' in seen
    assert admin.post("/ops/apps/acme/preview", form="secret", page="install").status_code == 404
    assert admin.post("/ops/apps/acme/texts-de", **dict.fromkeys(TEXTS, "")).status_code == 303
    assert office.database.row("SELECT translations FROM dashboard_apps WHERE slug = 'acme'")["translations"] is None


def test_what_is_no_text_in_another_language(office):
    admin = Desk(office, "admin")
    refused = admin.post("/ops/apps/acme/texts-fr", scope_reasons="chat:write", sentence="x" * 301)
    assert (refused.status_code, "must have at most 300 characters" in refused.text) == (422, True)
    assert admin.get("/ops/apps/acme/texts-en").status == 404
    assert admin.get("/ops/apps/acme/texts-xx").status == 404
    assert Desk(office, "viewer").get("/ops/apps/acme/texts-de").status == 403
    assert Desk(office, "stranger").get("/ops/apps/acme/texts-de").status == 404


def test_the_command_line_says_texts_in_another_language(office):
    done = office.run("app", "edit", "other", "--language", "ja", "--sentence", "答えます。", "--vendor", "Other KK")
    assert (done.returncode, done.stderr) == (0, "")
    visitor = Visitor(office, **{"Accept-Language": "ja"})
    wait.until(lambda: '<p class="lead" lang="ja">答えます。</p>' in visitor.get("/apps/other/install").html)
    shown = office.run("app", "show", "other").stdout
    assert "also in              日本語" in shown
    assert "made by              Other KK" in shown
    assert office.run("app", "edit", "other", "--language", "xx", "--sentence", "x").returncode == 2


def test_a_mistyped_client_id_is_corrected_with_all_that_was_written_under_it(office):
    owner = confirmed(office)
    assert owner.post("/ops/apps", **{**NEW, "slug": "typo", "client_id": "777.1"}).status_code == 303
    tried = desk.attempt(office, client_id="777.1", outcome="failed", step="verified", code="invalid_client_id")
    page = owner.follow(owner.post("/ops/apps/typo/settings", name="Typo", scopes="chat:write", client_id="777.2"))
    assert "client id" in page.text
    assert office.database.attempt(tried)["client_id"] == "777.2"
    assert "client id: 777.1 → 777.2" in audited(office)[-1]
    assert owner.get("/ops/attempts?app=typo").html.count(tried) > 0
    assert "client_id=777.2" in Visitor(office).start("/apps/typo/start")  # its secret can be opened under it
    done = office.run("app", "edit", "typo", "--client-id", "777.3")
    assert (done.returncode, done.stderr) == (0, "")
    assert "777.3" in office.run("app", "show", "typo").stdout


@pytest.mark.parametrize(
    ("client_id", "says"),
    [
        (desk.OTHER[2], "belongs to the app &#39;other&#39; already"),
        ("777.9", "is of an app that was here before"),
        ("a b", "Client id"),
    ],
)
def test_a_client_id_that_is_another_apps_is_not_taken(office, client_id, says):
    desk.attempt(office, client_id="777.9")
    owner = confirmed(office)
    if not office.database.rows("SELECT 1 FROM dashboard_apps WHERE slug = 'claims'"):
        assert owner.post("/ops/apps", **{**NEW, "slug": "claims", "client_id": "777.5"}).status_code == 303
    answer = owner.post("/ops/apps/claims/settings", name="Claims", scopes="chat:write", client_id=client_id)
    assert answer.status_code == 422
    assert says in answer.text


def test_the_client_id_of_an_app_that_is_installed_stays(office):
    desk.installed(office, "T0KEEPS01")
    answer = Desk(office, "admin").post("/ops/apps/acme/settings", **SETTINGS, client_id="777.8")
    assert (answer.status_code, "so it is the right one" in answer.text) == (422, True)
    assert app(office)["client_id"] == desk.ACME[2]
