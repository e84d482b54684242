"""What a visitor says on the failure page."""

import re

import pytest

from dashboard.core.clock import now
from dashboard.install import recorder, said
from tests.support import desk, wait
from tests.support.desk import Desk
from tests.support.stage import CLIENT_ID, SECRET_KEY, stage
from tests.support.visitor import Page, Visitor


@pytest.fixture
def fresh(new_database):
    with stage(new_database("sqlite")) as running:
        desk.people(running)
        yield running


def form_of(page):
    return re.search(r'name="permit" value="([^"]+)"', page.html)[1]


def say(running, permit, text="I pressed Allow & saw <b>nothing</b>", path="/slack/said", **more):
    answer = Visitor(running).client.post(path, data={"permit": permit, "text": text, **more})
    return Page.of(answer)


def kept(running):
    return [tuple(row.values()) for row in running.database.rows("SELECT text, who FROM dashboard_attempt_entries")]


def test_a_sentence_stands_on_the_attempt(fresh):
    failed = Visitor(fresh).install(demand="exchange/invalid_code")
    thanks = say(fresh, form_of(failed), address="ana@acme.example")
    assert (thanks.status, thanks.heading) == (200, "Thank you, it is passed on")
    assert failed.reference in thanks.text
    page = Desk(fresh, "owner").get(f"/ops/attempts/{failed.reference}")
    assert "I pressed Allow &amp; saw &lt;b&gt;nothing&lt;/b&gt;" in page.html
    assert "ana@acme.example" in page.html


def test_a_return_that_belongs_to_no_start_can_be_spoken_of(fresh):
    failed = Visitor(fresh).get("/slack/oauth_redirect?code=x")
    say(fresh, form_of(failed))
    wait.until(lambda: Desk(fresh, "owner").get(f"/ops/attempts/{failed.reference}").status == 200)
    assert "I pressed Allow" in Desk(fresh, "owner").get(f"/ops/attempts/{failed.reference}").text


def test_it_is_bounded(fresh):
    permit = form_of(Visitor(fresh).install(demand="exchange/invalid_code"))
    assert say(fresh, permit, "x" * 5_000, address="y" * 5_000).status == 200
    assert [(len(text), len(who)) for text, who in kept(fresh)] == [(1_000, 254)]
    for _ in range(5):
        assert say(fresh, permit).status == 200
    assert len(kept(fresh)) == 3


def test_nobody_fills_the_database_with_words(fresh):
    """Pages that prove nothing can be had without end; what is said on them cannot."""
    failed = Visitor(fresh).install(demand="exchange/invalid_code")
    pages = (Visitor(fresh).get("/slack/oauth_redirect?code=x") for _ in range(recorder.JUNK + 5))
    assert 429 in [say(fresh, form_of(page)).status for page in pages]
    assert len(kept(fresh)) <= recorder.JUNK
    assert Desk(fresh, "owner").get(f"/ops/attempts/{failed.reference}").status == 200


def test_nothing_is_kept_without_words_or_permit(fresh):
    permit = form_of(Visitor(fresh).install(demand="exchange/invalid_code"))
    assert say(fresh, permit, " \n ").status == 422
    assert say(fresh, permit[:-1]).status == 400
    assert say(fresh, "").status == 400
    wait.until(lambda: say(fresh, permit, path="/apps/acme/said").status == 400)  # another app's
    assert say(fresh, permit, path="/apps/none/said").status == 404
    assert kept(fresh) == []


def test_a_permit_ends_after_an_hour(monkeypatch):
    permit = said.permit((SECRET_KEY,), CLIENT_ID, "K7QF2M9XV")
    assert said.reference_of((SECRET_KEY,), CLIENT_ID, permit) == "K7QF2M9XV"
    later = now() / 1000 + said.LIVES + 5
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert said.reference_of((SECRET_KEY,), CLIENT_ID, permit) is None


def test_another_site_cannot_send_it(fresh):
    permit = form_of(Visitor(fresh).install(demand="exchange/invalid_code"))
    visitor = Visitor(fresh, **{"Sec-Fetch-Site": "cross-site"})
    assert visitor.client.post("/slack/said", data={"permit": permit, "text": "x"}).status_code == 403
    assert kept(fresh) == []


def test_no_form_while_it_still_runs(fresh):
    page = Visitor(fresh).install()
    assert 'name="permit"' not in page.html
