"""Public pages in the visitor's language: the browser's, or the one that was chosen, all the way through the flow."""

import base64
import json
import re
import urllib.parse

import pytest

from dashboard.core.messages import LANGUAGES
from tests.support import desk
from tests.support.visitor import Visitor, query_of

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}


def test_a_page_is_in_the_language_the_browser_asks_for(shared):
    page = Visitor(shared, **GERMAN).get("/slack/install")
    assert '<html lang="de">' in page.html
    assert page.headers["Content-Language"] == "de"
    assert page.headers["Vary"] == "Accept-Language"
    assert "Worum die App bittet" in page.text
    assert page.links["Add to Slack"] == "/slack/start?source=page"  # Slack's own name of it, in every language
    assert '<html lang="en">' in Visitor(shared, **{"Accept-Language": "pt-BR"}).get("/slack/install").html


def test_the_chosen_language_goes_through_the_flow(shared):
    visitor = Visitor(shared, **GERMAN)
    page = visitor.get("/slack/install?team=T0ACME001&metadata=a&lang=xx")
    assert page.links["Français"] == "/slack/install?team=T0ACME001&metadata=a&lang=fr"
    page = visitor.get(page.links["Français"])
    assert 'lang=fr" lang="fr" hreflang="fr" aria-current="true">Français</a>' in page.html
    start = page.links["Add to Slack"]
    assert query_of(start)["lang"] == "fr"
    cancelled = visitor.get(visitor.cancel(visitor.start(start)))
    assert cancelled.heading == "Vous avez annulé l’installation"
    assert query_of(cancelled.links["Recommencer"]) == {"team": "T0ACME001", "metadata": "a", "lang": "fr"}
    assert 'action="/slack/said?lang=fr"' in cancelled.html
    installed = visitor.get(visitor.allow(visitor.start(start)))
    assert installed.heading == "Installée dans Acme Europe"


def test_a_start_that_is_sent_to_the_public_url_keeps_its_language(shared):
    visitor = Visitor(shared)
    response = visitor.client.get("/slack/start?lang=ja", headers={"Host": "other.example"})
    assert query_of(response.headers["Location"]) == {"lang": "ja", "moved": "1"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_page_in_every_language(shared, language):
    visitor = Visitor(shared, **{"Accept-Language": language})
    pages = [
        visitor.get("/slack/install"),
        visitor.install(),
        visitor.install(demand="auth/500"),
        visitor.install(place="E0GLOBEX1"),
        visitor.install(demand="exchange/bad_client_secret"),
        visitor.get("/slack/oauth_redirect"),
        visitor.get("/slack/install?metadata=a&sig=b"),
        visitor.get("/nowhere"),
    ]
    for page in pages:
        assert f'<html lang="{language}">' in page.html
        assert page.heading
        assert not re.search(r"\{\w+\}", page.text)
    english = [page.text for page in pages]
    assert language == "en" or not any(word in text for text in english for word in (" the ", "You ", "Slack's"))


def test_what_a_visitor_says_is_answered_in_the_language_of_the_page(shared):
    visitor = Visitor(shared)
    page = visitor.get(visitor.cancel(visitor.start("/slack/start?lang=es")))
    permit = re.search(r'name="permit" value="([^"]+)"', page.html)[1]
    said = visitor.client.post("/slack/said?lang=es", data={"permit": permit, "text": "Hola"})
    assert "Gracias, se lo pasamos" in said.text


def test_the_mail_to_an_admin_says_what_the_app_asks_for(shared):
    page = Visitor(shared, **GERMAN).get("/slack/install")
    mail = dict(urllib.parse.parse_qsl(page.links["An meinen Admin senden"].partition("?")[2]))
    assert mail["subject"] == "Diese App zu Slack hinzufügen"
    assert f"{shared.url}/slack/install?lang=de" in mail["body"]
    assert "- Nachrichten senden (chat:write)" in mail["body"]


def test_a_state_without_a_chosen_language_is_as_the_release_before_reads_it(shared):
    visitor = Visitor(shared)
    at_slack = visitor.start()
    payload = query_of(at_slack)["state"].partition(".")[0]
    fields = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert len(fields) == 10


def test_a_page_of_an_app_is_the_apps_own_whatever_went_wrong(office):
    owner = desk.Desk(office, "owner")
    owner.post("/ops/confirm", password=desk.PASSWORD)
    visitor = Visitor(office, **GERMAN)
    wrong = [visitor.get("/apps/acme/install?metadata=a&sig=b"), visitor.get("/apps/acme/invited/made-up")]
    assert owner.post("/ops/apps/acme/pause").status_code == 303
    wrong.append(visitor.get("/apps/acme/install"))
    assert owner.post("/ops/apps/acme/resume").status_code == 303
    assert [page.status for page in wrong] == [400, 400, 503]
    for page in wrong:
        assert '<p class="maker"><bdi>Acme Bot</bdi></p>' in page.html
        assert '<html lang="de">' in page.html
    assert wrong[-1].heading == "Diese App kann im Moment nicht installiert werden"
    assert "maker" not in visitor.get("/nowhere").html
