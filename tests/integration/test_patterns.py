"""`/ops/_patterns`: every part of the desk's pages in every state."""

import pytest

from dashboard.core.messages import PSEUDO


def test_every_status_there_is_has_its_pattern(owner):
    page = owner.get("/ops/_patterns")
    assert page.status == 200
    for word in ("Active", "Attention", "Revoked", "Uninstalled", "Succeeded", "Failed", "Cancelled", "Abandoned"):
        assert word in page.text


def test_a_public_page_is_shown_as_it_is_asked_for(owner):
    page = owner.get("/ops/_patterns/failed?code=timeout&language=fr&scheme=dark")
    assert (page.status, page.heading) == (200, "Slack a mis trop de temps à répondre")
    assert 'data-scheme="dark"' in page.html
    assert "⟦" in owner.get(f"/ops/_patterns/install?language={PSEUDO}").text
    assert owner.get("/ops/_patterns").links["Pseudo"] == f"/ops/_patterns/paused?scheme=dark&language={PSEUDO}"


@pytest.mark.parametrize("query", ["made_up", "failed?code=made_up", "install?language=xx", "install?scheme=red"])
def test_what_is_no_pattern(owner, query):
    assert owner.get(f"/ops/_patterns/{query}").status == 404
