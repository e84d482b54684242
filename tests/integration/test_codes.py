"""`/ops/codes`: every code, how often it was met, and those that nobody wrote down."""

import re

from tests.support import desk


def test_codes_are_counted_and_what_nobody_wrote_down_is_said(office, owner):
    desk.attempt(office, outcome="failed", step="returned", code="never_heard_of_it")
    desk.attempt(office, outcome="failed", step="verified", code="bad_client_secret")
    page = owner.get("/ops/codes")
    assert "Met, and not in the catalogue" in page.text
    assert "never_heard_of_it" in page.text
    assert re.search(r'bad_client_secret</a>.*?class="number">1<', page.html, re.DOTALL)
    assert owner.get("/ops/codes/bad_client_secret").heading == "bad_client_secret"
    assert owner.get("/ops/codes/never_heard_of_it").heading == "never_heard_of_it"
    assert owner.get("/ops/codes/made_up_entirely").status == 404


def test_codes_are_counted_in_the_app_that_is_chosen(office, owner):
    desk.attempt(office, outcome="failed", step="returned", code="met_at_acme_alone")
    assert "met_at_acme_alone" in owner.get("/ops/codes?app=acme").text
    assert "met_at_acme_alone" not in owner.get("/ops/codes?app=other").text
    assert owner.get("/ops/codes/met_at_acme_alone?app=acme").status == 200
    assert owner.get("/ops/codes/met_at_acme_alone?app=other").status == 404
