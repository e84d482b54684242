import hmac
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.apps import link
from dashboard.apps.app import App, from_environment
from dashboard.core.config import Settings
from dashboard.core.errors import LinkRefusedError


def app(client_id: str, *secret_keys: str) -> App:
    environment = {"SECRET_KEY": ",".join(secret_keys), "SLACK_CLIENT_ID": client_id, "SLACK_CLIENT_SECRET": "s"}
    return from_environment(Settings.from_env(environment), None)


NOW = 1_800_000_000_000  # ms
NEW, OLD = "n" * 32, "o" * 32
APP, OTHER = app("1.1", NEW, OLD), app("2.2", NEW, OLD)
metadata = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=512)


@given(metadata)
def test_signed_metadata_is_accepted_and_signs_again(text):
    asked = link.read({"metadata": text, "sig": APP.sign(text)}, APP.accepts, NOW)
    assert (asked.metadata, asked.signed) == (text, True)


@given(metadata, st.text(max_size=80))
def test_any_other_signature_is_refused(text, signature):
    if APP.accepts(text, signature):
        return
    with pytest.raises(LinkRefusedError, match="signature"):
        link.read({"metadata": text, "sig": signature}, APP.accepts, NOW)


@given(metadata, metadata)
def test_a_signature_belongs_to_its_metadata_and_app(text, other):
    with pytest.raises(LinkRefusedError):
        link.read({"metadata": text, "sig": OTHER.sign(text)}, APP.accepts, NOW)
    if text != other:
        with pytest.raises(LinkRefusedError):
            link.read({"metadata": other, "sig": APP.sign(text)}, APP.accepts, NOW)


@given(metadata)
def test_unsigned_metadata_is_kept_unverified(text):
    assert link.read({"metadata": text}, APP.accepts, NOW) == link.Link(None, text, signed=False)


def test_a_signature_of_a_retired_link_secret_still_opens():
    assert link.read({"metadata": "a", "sig": app("1.1", OLD).sign("a")}, APP.accepts, NOW).signed


def test_no_parameters_ask_for_nothing():
    assert link.read({}, APP.accepts, NOW) == link.Link()


@given(st.text(max_size=40))
def test_a_team_is_an_id_or_nothing(text):
    team = link.read({"team": text}, APP.accepts, NOW).team
    assert team is None or (team == text and team[0] in "TE" and team.isascii() and team.isalnum())


@given(metadata, st.integers(0, 10**12 - 1))
def test_a_signed_expiry_holds(text, expires_at):
    query = {"metadata": text, "exp": str(expires_at), "sig": APP.sign(f"{text}\n{expires_at}")}
    if expires_at * 1000 <= NOW:
        with pytest.raises(LinkRefusedError, match="expired"):
            link.read(query, APP.accepts, NOW)
    else:
        asked = link.read(query, APP.accepts, NOW)
        assert (asked.metadata, asked.signed, asked.expires_at) == (text, True, expires_at)


@pytest.mark.parametrize("changed", [{}, {"exp": "1900000001"}, {"exp": ""}, {"exp": "x"}, {"exp": "-1"}])
def test_an_expiry_cannot_be_taken_away_or_put_off(changed):
    signature = APP.sign("a\n1900000000")
    with pytest.raises(LinkRefusedError):
        link.read({"metadata": "a", "sig": signature, **changed}, APP.accepts, NOW)
    with pytest.raises(LinkRefusedError):
        link.read({"metadata": "a\n1900000000", "sig": signature}, APP.accepts, NOW)


def test_a_link_is_carried_on_with_its_expiry():
    asked = link.Link("T1", "a", signed=True, expires_at=1_900_000_000)
    query = dict(urllib.parse.parse_qsl(APP.start_path(asked).partition("?")[2]))
    assert link.read(query, APP.accepts, NOW) == asked


@given(st.text(max_size=20), st.sampled_from(["installed", "access_denied"]), metadata)
def test_the_signature_of_a_result_is_none_of_a_link_nor_the_other_way_round(reference, reason, text):
    asked = link.Link(None, text, signed=True)
    result = dict(
        urllib.parse.parse_qsl(
            APP.result_url("https://a.example/", reference, reason, asked).partition("?")[2], keep_blank_values=True
        )
    )
    signature = result.pop("sig")
    signed = urllib.parse.urlencode({"ref": reference, "reason": reason, "metadata": text})
    assert signature == hmac.new(APP.result_secret.encode(), signed.encode(), "sha256").hexdigest()
    assert not APP.accepts(signed, signature)
    assert APP.sign(signed) != signature
