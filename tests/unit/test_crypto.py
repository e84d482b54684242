import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.crypto import Keyring, app_key, is_sealed, keyed_hash, pack
from dashboard.core.errors import ConfigurationError, SealError

ROOTS = ("new-root" * 5, "old-root" * 5)
places = st.tuples(*[st.none() | st.text(max_size=12)] * 5)


@given(st.text(st.characters(codec="utf-8"), max_size=300), places)
def test_a_sealed_token_opens_in_its_place(token, place):
    keyring = Keyring.from_roots(ROOTS, "1.1")
    sealed = keyring.seal(token, *place)
    assert is_sealed(sealed)
    assert token not in sealed or len(token) < 12
    assert keyring.open(sealed, *place) == token


@given(places, places)
def test_it_opens_nowhere_else(place, other):
    keyring = Keyring.from_roots(ROOTS, "1.1")
    sealed = keyring.seal("xoxb-1", *place)
    if place == other:
        return
    with pytest.raises(SealError, match="does not belong"):
        keyring.open(sealed, *other)


@given(st.lists(st.none() | st.text(max_size=5), max_size=5), st.lists(st.none() | st.text(max_size=5), max_size=5))
def test_no_two_places_look_alike(first, second):
    assert (pack(*first) == pack(*second)) == (first == second)


def test_absent_is_not_empty():
    keyring = Keyring.from_roots(ROOTS, "1.1")
    with pytest.raises(SealError):
        keyring.open(keyring.seal("x", "1.1", None), "1.1", "")


def test_every_app_has_a_key_of_its_own():
    sealed = Keyring.from_roots(ROOTS, "1.1").seal("xoxb-1")
    with pytest.raises(SealError, match="not among the keys given"):
        Keyring.from_roots(ROOTS, "2.2").open(sealed)
    assert Keyring([app_key(ROOTS[0], "1.1")]).open(sealed) == "xoxb-1"


def test_the_newest_key_seals_and_all_of_them_open():
    old = Keyring.from_roots(ROOTS[1:], "1.1").seal("xoxb-1")
    both = Keyring.from_roots(ROOTS, "1.1")
    assert both.open(old) == "xoxb-1"
    assert Keyring.from_roots(ROOTS[:1], "1.1").open(both.seal("xoxb-2")) == "xoxb-2"


@pytest.mark.parametrize("damage", [lambda text: text[:-6] + "AAAA==", lambda text: text[:30], lambda text: text + "%"])
def test_a_damaged_value_is_refused_without_telling_it(damage):
    keyring = Keyring.from_roots(ROOTS, "1.1")
    with pytest.raises(SealError) as refused:
        keyring.open(damage(keyring.seal("xoxb-1")))
    assert "xoxb" not in str(refused.value)


def test_a_plain_value_is_handed_back():
    assert Keyring.from_roots(ROOTS, "1.1").open("xoxb-1", "anywhere") == "xoxb-1"


@pytest.mark.parametrize("key", ["", "short", "é" * 44, "A" * 43, "not base64!" * 4])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(ConfigurationError, match="DASHBOARD_TOKEN_KEY"):
        Keyring([key])


def test_the_same_token_never_looks_the_same():
    keyring = Keyring.from_roots(ROOTS, "1.1")
    assert keyring.seal("xoxb-1") != keyring.seal("xoxb-1")


def test_hashes_of_addresses_need_the_key():
    assert keyed_hash(ROOTS[0], "address", "192.0.2.1") == keyed_hash(ROOTS[0], "address", "192.0.2.1")
    assert keyed_hash(ROOTS[0], "address", "192.0.2.1") != keyed_hash(ROOTS[1], "address", "192.0.2.1")
