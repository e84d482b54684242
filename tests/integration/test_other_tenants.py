"""What is kept of one app's customers, asked for by everything that an operator of another app can send."""

import pytest

from tests.integration.test_matrix import ANSWERS, ROUTES
from tests.support import desk
from tests.support.desk import Desk
from tests.support.stage import stage

NOTE, TICKET, CODE_NOTE = "zqnote of ours", "https://zqticket.example/7", "zqcodenote of ours"
PLACE = {"team_id": "T0ZQTEAM1", "enterprise_id": "E0ZQORGA1"}
ATTEMPT = {
    **PLACE,
    "outcome": "failed",
    "step": "verified",
    "code": "zq_code",
    "user_id": "U0ZQUSER1",
    "slack_error": "zq_code",
    "slack_description": "zqdescription",
    "link_metadata": "zqmetadata",
    "user_agent": "zqagent",
    "return_user_agent": "zqagent",
    "referrer_host": "zqreferrer.example",
    "ip_prefix": "198.51.177.0/24",
}
SAID = ("zqsaid to us", "zqperson@customer.example")
WORDS = [NOTE, TICKET, CODE_NOTE, "Zqwind Reederei", *PLACE.values(), *SAID]
WORDS += ["zq_code", "U0ZQUSER1", "zqdescription", "zqmetadata", "zqagent", "zqreferrer.example", "198.51.177.0"]


@pytest.fixture(scope="module")
def office(new_database):
    with stage(new_database("sqlite")) as running:
        running.cast = desk.people(running)
        reference = desk.attempt(running, **ATTEMPT)
        # An attempt of the other app by the same browser, at the same time, with the same code: it leads to nothing.
        theirs = desk.attempt(running, outcome="failed", step="verified", code="server_error", client_id=desk.OTHER[2])
        desk.failed(running)
        support, customer = Desk(running, "support"), {"app": "acme", "text": CODE_NOTE}
        support.post(f"/ops/attempts/{reference}/note", text=NOTE)
        support.post(f"/ops/attempts/{reference}/ticket", url=TICKET)
        support.post("/ops/codes/zq_code", **customer)
        said = "INSERT INTO dashboard_attempt_entries (reference, client_id, kind, text, who, at) VALUES"
        running.database.execute(
            f"{said} (:r, :c, 'visitor', :text, :who, 1)",
            r=reference.replace("-", ""),
            c=desk.ACME[2],
            text=SAID[0],
            who=SAID[1],
        )
        installation = desk.installed(running, "T0ZQTEAM1", team_name="Zqwind Reederei")
        running.names = {**running.cast.operators, "acme": running.cast.acme, "disabled": 0, "group": 1}
        running.names |= {"reference": reference, "installation": installation, "theirs": theirs}
        yield running
        assert running.server.errors() == []


def requests(names):
    """Every way to ask, as (method, path, form)."""
    reference = names["reference"]
    for name, declared in ANSWERS.items():
        form = {key: value.format(**names) for key, value in declared.form.items()}
        if name not in ("logout.sign_out", "confirm.prove"):
            yield ROUTES[name][0], declared.path.format(**names), form
    for kind in ("note", "ticket", "contacted", "solved", "link"):
        yield "POST", f"/ops/attempts/{reference}/{kind}", {"text": "x", "url": "https://x.example"}
    for path in (f"/ops/attempts/{reference}?language=fr", f"/ops/attempts/{names['theirs']}", "/ops/codes/zq_code"):
        yield "GET", path, {}
    for path in ("attempts", "attempts.csv", "attempts/counts", "installations", "installations.csv", "audit", "codes"):
        yield "GET", f"/ops/{path}?app=acme", {}
    for word in [*WORDS, reference, reference[:4], "Zqwind", "customer.example", "we are Zqwind Reederei and it fails"]:
        yield "POST", "/ops/lookup", {"q": word}
        yield "POST", "/ops/lookup", {"words": word}
        for path in ("lookup", "attempts", "attempts.csv", "installations", "installations.csv", "audit"):
            yield "GET", f"/ops/{path}", {"q": word}


def test_nothing_of_another_tenants_customers_is_answered(office):
    stranger = Desk(office, "stranger")
    marks = [*WORDS, office.names["reference"]]
    asked = 0
    for method, path, form in requests(office.names):
        sent = {"data": form} if method == "POST" else {"params": form or None}
        answer = stranger.client.request(method, path, follow_redirects=False, **sent)
        assert answer.status_code < 500, path
        own = f"{path} {' '.join(form.values())}"  # what one has sent may be said back
        told = [mark for mark in marks if mark in answer.text and mark not in own]
        assert told == [], (method, path, form)
        asked += 1
    assert asked > 200
    assert "zqnote of ours" in Desk(office, "support").get(f"/ops/attempts/{office.names['reference']}").text


def test_the_same_words_find_it_for_those_it_belongs_to(office):
    """So that the test above is not content with a desk that finds nothing at all."""
    support, reference = Desk(office, "support"), office.names["reference"]
    for word in ("T0ZQTEAM1", "E0ZQORGA1", "Zqwind Reederei", "zq_code", reference):
        answer = support.client.post("/ops/lookup", data={"q": word}, follow_redirects=True)
        assert reference in answer.text, word
    own = [f"/ops/attempts/{reference}", "/ops/attempts.csv", "/ops/codes/zq_code", "/ops/installations.csv"]
    text = "".join(support.get(path).html for path in own)
    hidden = {"198.51.177.0", "U0ZQUSER1"}  # people are not support's to see
    assert {mark for mark in WORDS if mark not in text} <= hidden


def test_a_viewer_sees_no_person_and_no_note(office):
    viewer = Desk(office, "viewer")
    for path in ("/ops/installations", "/ops/installations.csv", f"/ops/installations/{office.names['installation']}"):
        text = viewer.get(path).html
        assert "Zqwind" in text
        assert [mark for mark in (NOTE, TICKET, *SAID, "U0ANA", "U0ZQUSER1", "zqagent") if mark in text] == []
