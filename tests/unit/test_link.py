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


NEW, OLD = "n" * 32, "o" * 32
APP, OTHER = app("1.1", NEW, OLD), app("2.2", NEW, OLD)
metadata = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=512)


@given(metadata)
def test_signed_metadata_is_accepted_and_signs_again(text):
    asked = link.read({"metadata": text, "sig": APP.sign(text)}, APP.accepts)
    assert (asked.metadata, asked.signed) == (text, True)


@given(metadata, st.text(max_size=80))
def test_any_other_signature_is_refused(text, signature):
    if APP.accepts(text, signature):
        return
    with pytest.raises(LinkRefusedError, match="signature"):
        link.read({"metadata": text, "sig": signature}, APP.accepts)


@given(metadata, metadata)
def test_a_signature_belongs_to_its_metadata_and_app(text, other):
    with pytest.raises(LinkRefusedError):
        link.read({"metadata": text, "sig": OTHER.sign(text)}, APP.accepts)
    if text != other:
        with pytest.raises(LinkRefusedError):
            link.read({"metadata": other, "sig": APP.sign(text)}, APP.accepts)


@given(metadata)
def test_unsigned_metadata_is_kept_unverified(text):
    assert link.read({"metadata": text}, APP.accepts) == link.Link(None, text, signed=False)


def test_a_signature_of_a_retired_link_secret_still_opens():
    assert link.read({"metadata": "a", "sig": app("1.1", OLD).sign("a")}, APP.accepts).signed


def test_no_parameters_ask_for_nothing():
    assert link.read({}, APP.accepts) == link.Link()


@given(st.text(max_size=40))
def test_a_team_is_an_id_or_nothing(text):
    team = link.read({"team": text}, APP.accepts).team
    assert team is None or (team == text and team[0] in "TE" and team.isascii() and team.isalnum())
