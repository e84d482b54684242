"""Looking up what customers send, as they send it."""

import concurrent.futures
import json
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core import reference
from dashboard.core.reference import ALPHABET, LENGTH
from dashboard.desk import lookup, names
from tests.conftest import BOTH
from tests.support import desk
from tests.support.desk import ACME, OTHER, Desk
from tests.support.stage import stage
from tests.support.visitor import Visitor

references = st.integers(0, 2**40 - 1).map(reference.of_number)


@given(references, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_every_wrong_character_is_noticed_and_put_right(stored, at, other):
    wrong = stored[:at] + other + stored[at + 1 :]
    if wrong == stored:
        return
    assert reference.parse(wrong) is None
    assert stored in set(lookup.corrections(wrong))


@given(references, st.integers(0, LENGTH - 2))
def test_every_swap_missing_and_doubled_character_is_put_right(stored, at):
    swapped = stored[:at] + stored[at + 1] + stored[at] + stored[at + 2 :]
    if swapped != stored:
        assert reference.parse(swapped) is None
        assert stored in set(lookup.corrections(swapped))
    assert stored in set(lookup.corrections(stored[:at] + stored[at + 1 :]))
    assert stored in set(lookup.corrections(stored[: at + 1] + stored[at:]))


@given(references, st.sampled_from(["It said {} today", "{}", "our number {} on Monday", "Reference\n{}\nTechnical"]))
def test_a_slip_in_a_sentence_is_found(stored, sentence):
    shown = reference.display(stored)
    other = next(one for one in ALPHABET if one not in shown)
    for slip in (other + shown[1:], shown[1:], shown[0] + shown):
        assert stored in lookup.tokens(sentence.format(slip)).near


@given(st.text(max_size=400))
def test_any_text_may_be_pasted(text):
    named = lookup.tokens(text)
    assert all(reference.parse(one) == one for one in (*named.references, *named.near))


@pytest.fixture(scope="module", params=BOTH)
def office(request, new_database):
    with stage(new_database(request.param)) as running:
        desk.people(running)
        running.failed = Visitor(running).install(demand="exchange/bad_client_secret").reference
        Visitor(running).install()
        desk.installed(running, "T0GONE001", team_name="Süd & Söhne GmbH")
        store = desk.bolt(running, ACME[2])
        store.delete_all(enterprise_id=None, team_id="T0GONE001")
        store.close()
        desk.installed(running, "T0OTHER01", OTHER[2], team_name="Somebody else's")
        yield running
        assert running.server.errors() == []


MESSAGES = [
    "{r}",
    "{lower}",
    "{spaced}",
    "{bare}",
    "  {r}. ",
    "Reference: {r}",
    "Hi, our admin got an error, it says {r}. Can you help?\n\nBest, Ana",
    "> On Mon, Slack wrote:\n> > Reference   {r}   [copy]\n> ▸ Technical details",
    "Hallo, es kam „Die App konnte sich nicht ausweisen“, Nummer {lower}!",
    "https://slack.example.com/slack/oauth_redirect?code=1.2&state=abc {r}",
    "<p>Reference <output>{r}</output></p>",
    "ref={r}&x=1",
    "参照番号は{r}です",
    "{dashed}",
    "The app could not identify itself to Slack\nReference\n{r}\nTechnical details invalid_code · Mon 23 Nov",
    "REFERENCE {r} / TICKET 4711-0815",
    "{ones}",
    "see ({r})",
    "'{r}'",
    "{r}\n{r}\n{r}",
    "{split}",
    "our {split} it said",
    "{wrapped}",
    "> Reference {quoted} thanks",
    "{spread}",
    "{bare} on Monday",
    "The number was {spaced} at noon",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_leads_to_its_attempt(office, message):
    shown = office.failed
    spellings = {
        "r": shown,
        "lower": shown.lower(),
        "spaced": shown.replace("-", " "),
        "bare": shown.replace("-", ""),
        "dashed": shown.replace("-", "\u2013"),
        "split": f"{shown[:4]} -{shown[5:]}",
        "wrapped": f"{shown[:4]}\n-{shown[5:]}",
        "quoted": f"{shown[:5]}\n> {shown[5:]}",
        "spread": f"{shown[:4]} - {shown[5:9]} - {shown[10:]}",
        "ones": shown.replace("1", "l").replace("0", "O"),
    }
    answer = Desk(office, "owner").client.get("/ops/lookup", params={"q": message.format(**spellings)})
    assert (answer.status_code, answer.headers.get("Location")) == (303, f"/ops/attempts/{shown}")


def test_a_slip_is_asked_about(office):
    shown = office.failed
    other = next(one for one in ALPHABET if one not in shown)
    for slip in (other + shown[1:], shown[1:], shown[0] + shown):
        page = Desk(office, "owner").client.get("/ops/lookup", params={"q": f"It said {slip} today"})
        assert page.status_code == 200
        assert "Did you mean" in page.text
        assert shown in page.text


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("T0GONE001", "Süd &amp; Söhne GmbH"),
        ("the workspace is T0GONE001, thanks", "Süd &amp; Söhne GmbH"),
        ("söhne", "Süd &amp; Söhne GmbH"),
        ("acme-europe.slack.com", "Acme Europe"),
        ("U0ANA", "What this person tried"),
        ("T0ACME001", "What was tried there"),
        ("please look at T0ACME001", "What was tried there"),
        ("acme europe", "What was tried there"),
        ("it printed bad_client_secret", "attempts that failed with it"),
        ("nothing of the kind", "No result in the apps you can see"),
    ],
)
def test_what_else_can_be_named(office, pasted, expected):
    page = Desk(office, "owner").client.get("/ops/lookup", params={"q": pasted})
    assert page.status_code == 200
    assert expected in page.text


def test_a_foreign_reference_answers_as_an_unknown_one(office):
    support = Desk(office, "support")  # of Acme Bot; the attempt is of the default app
    unknown = reference.display(reference.of_number(4711))
    pages = [
        re.sub(re.escape(one), "", support.client.get("/ops/lookup", params={"q": one}).text)
        for one in (office.failed, unknown)
    ]
    assert pages[0] == pages[1]
    assert "No result in the apps you can see" in pages[0]
    assert support.get(f"/ops/attempts/{office.failed}").status == support.get(f"/ops/attempts/{unknown}").status == 404
    assert "Somebody else" not in support.client.get("/ops/lookup", params={"q": "T0OTHER01"}).text


@pytest.mark.parametrize("text", ["a" * 16_300, "a_" * 8_000, "a@a." * 4_000, "0000-0000 " * 1_600])
def test_a_long_text_holds_up_nobody(office, text):
    """Other visitors are answered while one has a long text looked up, and the look-up itself takes a moment."""
    owner = Desk(office, "owner")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        started = time.monotonic()
        looking = pool.submit(owner.client.get, "/ops/lookup", params={"q": text})
        others = [Visitor(office).get("/healthz").status for _ in range(5)]
        assert others == [200] * 5
        assert looking.result().status_code == 200
        assert time.monotonic() - started < 4


def test_attempts_are_found_by_where_they_were(office):
    """By the id of a workspace or an organization, and by the name of one that has the app, among one's own apps."""
    desk.installed(office, "T0NAMED01", team_name="Nordwind Reederei")
    team, org = (
        desk.attempt(office, outcome="failed", step="exchanged", code="bad_token", **place)
        for place in ({"team_id": "T0NAMED01"}, {"enterprise_id": "E0NAMED01"})
    )
    support, stranger = Desk(office, "support"), Desk(office, "stranger")
    for pasted, found in (("T0NAMED01", team), ("nordwind", team), ("E0NAMED01", org)):
        assert found in support.get(f"/ops/lookup?q={pasted}").text
        assert found in support.get(f"/ops/attempts?q={pasted}").text
        assert found not in stranger.get(f"/ops/lookup?q={pasted}").text
        assert found not in stranger.get(f"/ops/attempts?q={pasted}").text
    assert team not in support.get("/ops/attempts?q=E0NAMED01").text


def pasted(office, who="owner", **fields):
    """What the form answers."""
    return Desk(office, who).client.post("/ops/lookup", data=fields)


def test_a_long_mail_is_read_to_its_end_and_is_in_no_address(office):
    """A mail of 20,000 characters, with the reference at its end."""
    mail = "We tried to install it.\n" * 795 + office.failed
    assert len(mail) > 19_000
    answer = pasted(office, q=mail)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/ops/attempts/{office.failed}")
    assert "tried to install" not in office.server.output()


def test_the_box_and_the_form_are_sent_in_a_body(office):
    html = Desk(office, "owner").get("/ops/lookup").html
    assert len(re.findall(r'<form[^>]* action="/ops/lookup" method="post"', html)) == 2


@pytest.mark.parametrize(
    ("sentence", "code"),
    [
        ("It says: The app could not identify itself to Slack", "bad_client_secret"),
        ("THE LINK HAD EXPIRED !!", "state_expired"),
        ("we read that part of the address is missing or out of date, so nothing was installed", "state_unknown"),
        ("Your organization does not allow this app", "enterprise_is_restricted"),
    ],
)
def test_a_sentence_of_our_pages_finds_the_attempts_that_ended_so(office, sentence, code):
    reference = desk.attempt(office, outcome="failed", step="verified", code=code)
    answer = pasted(office, q=sentence)
    assert answer.status_code == 200
    assert reference in answer.text.partition("Attempts that ended so")[2]


def test_a_sentence_of_slacks_is_shown_on_the_attempt_and_decides(office):
    """The customer read it on Slack's page; nobody came back, and nothing of it reached us."""
    gone = desk.attempt(
        office, step="started", outcome=None, returned_at=None, spent_at=None, seen_at=1_700_000_000_000
    )
    answer = pasted(office, q=f"{gone} says: redirect_uri did not match any configured URIs. Passed URI: http://x")
    assert answer.headers["Location"] == f"/ops/attempts/{gone}?read=bad_redirect_uri"
    html = Desk(office, "owner").get(answer.headers["Location"]).html
    assert 'data-code="abandoned" data-owner="app_owner" data-retry="after_fix"' in html
    assert '<li data-cause="not_registered" data-likelihood="likely">' in html
    assert "read on Slack&#39;s page that the redirect URL is none of the app&#39;s" in html
    assert "likely" not in re.findall(
        r'data-likelihood="(\w+)"', Desk(office, "owner").get(f"/ops/attempts/{gone}").html
    )
    assert f"/ops/attempts/{gone}?language=fr&amp;read=bad_redirect_uri#reply" in html  # and not lost by the language
    owner = Desk(office, "owner")
    text = re.search(r'name="text" value="([^"]+)">', html)[1].replace("&#39;", "'")
    kept = owner.client.post(f"/ops/attempts/{gone}/note?read=bad_redirect_uri", data={"text": text})
    assert kept.headers["Location"] == f"/ops/attempts/{gone}?read=bad_redirect_uri"
    noted = owner.get(f"/ops/attempts/{gone}").html  # what is kept as a note decides from then on
    assert 'data-cause="not_registered" data-likelihood="likely"' in noted
    assert "It is not kept unless" not in noted
    told = json.loads(office.run("attempt", gone, "--json").stdout)
    assert told["causes"][0]["cause"] == "not_registered"
    other = desk.attempt(office, step="started", outcome=None, returned_at=None, spent_at=None)
    unknown = owner.get(f"/ops/attempts/{other}?read=<b>,made_up").html
    assert "<b>," not in unknown
    assert "The customer read" not in unknown


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        ("From: ana@nordlicht.example\n> To: support@example.com\nit fails", "Nordlicht"),
        ("From: ana@mail.nordlicht.co.uk", "Nordlicht"),
        ("> From: owner@example.com\n> hello\nana@nordlicht.example", "Nordlicht"),
    ],
)
def test_a_mail_finds_the_customer_and_not_the_vendor(office, mail, found):
    if not office.database.rows("SELECT 1 FROM dashboard_installations WHERE team_id = 'T0NORD001'"):
        desk.installed(office, "T0NORD001", team_name="Nordlicht")
        desk.installed(office, "T0VENDOR1", team_name="Example Inc")  # the operators' own domain is example.com
    page = pasted(office, q=mail).text
    assert found in page
    assert "Example Inc" not in page


def test_a_place_that_left_nothing_here_is_said(office):
    page = pasted(office, q="The customer's workspace is T0ELSEWHERE, and it says installed").text
    assert "Nothing of T0ELSEWHERE is here" in page
    assert "leaves nothing with us" in page
    assert pasted(office, q="T0GONE001").text.count("leaves nothing with us") == 0
    assert (
        "Nothing of T0GONE001 is here" in pasted(office, "stranger", q="T0GONE001").text
    )  # another tenant's: as if not there


def test_a_sentence_of_slacks_without_a_reference_offers_who_never_came_back(office):
    gone = desk.attempt(office, step="started", outcome=None, returned_at=None, spent_at=None)
    found = pasted(office, q="It says: invalid_team_for_non_distributed_app").text
    part = found.partition("Starts nobody came back from")[2]
    assert f'href="/ops/attempts/{gone}?read=invalid_team_for_non_distributed_app"' in part
    assert gone not in pasted(office, "stranger", q="invalid_team_for_non_distributed_app").text


def test_a_name_in_a_sentence_finds_its_place(office):
    desk.installed(office, "T0SENTENCE", team_name="Östra Bryggeriet")
    for sentence in ("We are at Östra Bryggeriet and it is silent", "hej från Östra Bryggeriet!"):
        found = pasted(office, q=f"Hello support, {sentence}. What can we do about it now, please tell us?").text
        assert "<bdi>Östra Bryggeriet</bdi>" in found.rpartition("</form>")[2]
    assert "<bdi>Östra" not in pasted(office, "stranger", q="We are at Östra Bryggeriet and it is silent").text


def test_the_name_of_a_workspaces_organization_in_a_sentence_finds_it(office):
    place = {"enterprise_id": "E0SENTENCE", "enterprise_name": "Vereinigte Mühlen AG", "team_name": "Werk 4"}
    desk.installed(office, "T0MILLWORK", **place)
    sentence = "Dear support, at {} nobody could install the application since yesterday; what can we do about it now?"
    assert "Werk 4" in pasted(office, q=sentence.format("Vereinigte Mühlen AG")).text.rpartition("</form>")[2]
    assert "Werk 4" not in pasted(office, q=sentence.format("Vereinigte Mühle")).text.rpartition("</form>")[2]
    assert "Werk 4" not in pasted(office, "stranger", q=sentence.format("Vereinigte Mühlen AG")).text


def test_a_name_that_many_others_have_is_found_where_the_operator_may_see_it(office, monkeypatch):
    monkeypatch.setattr(names, "MOST_CALLED_SO", 2)
    for number in range(3):
        desk.installed(office, f"T0HELLO0{number}", team_name="Hello Harbour")
    desk.installed(office, "T0HELLO09", OTHER[2], team_name="Hello Harbour")
    long = "We are Hello Harbour, and have tried to install your application ever since the office opened this morning."
    assert "T0HELLO09" in pasted(office, "stranger", q=long).text
