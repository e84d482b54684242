from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.install import state
from dashboard.install.state import State, StateSigner
from dashboard.install.visitor import Visit

KEYS = ("k" * 40, "older" * 8)
text = st.text(st.characters(codec="utf-8"), max_size=512)
states = st.builds(
    State,
    client_id=st.text("0123456789.", max_size=32),
    attempt_id=st.just("0" * 32),
    reference=st.just("000000000"),
    issued_at=st.integers(0, 2**45),
    browser=st.just("0" * 32),
    redirect_uri=text,
    team=st.none() | text,
    source=st.sampled_from(["page", "direct"]),
    metadata=st.none() | text,
    metadata_signed=st.booleans(),
    link_expires_at=st.none() | st.integers(1, 10**12),
)


@given(states)
def test_a_state_reads_back_as_it_was_signed(issued):
    signed = StateSigner(KEYS).sign(issued)
    assert StateSigner(KEYS).read(signed) == issued
    assert set(signed) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@given(states, st.data())
def test_a_changed_state_is_not_ours(issued, data):
    signed = StateSigner(KEYS).sign(issued)
    position = data.draw(st.integers(0, len(signed) - 2))  # the last character carries unused bits
    character = data.draw(st.sampled_from("ABab01-_."))
    changed = signed[:position] + character + signed[position + 1 :]
    assert StateSigner(KEYS).read(changed) == (issued if changed == signed else None)


def test_longest_metadata_fits_an_address():
    issued = State(
        "1" * 32, "0" * 32, "0" * 9, 2**45, "0" * 32, "https://a.example/" + "x" * 80, None, "page", "", True
    )
    for metadata in ("x" * 512, "株" * 512, "".join(chr(0x4E00 + number) for number in range(512))):
        assert len(StateSigner(KEYS).sign(replace(issued, metadata=metadata))) < state.LONGEST_STATE / 2


def test_keys_can_be_rotated():
    issued = State("1.1", "0" * 32, "0" * 9, 1, "0" * 32, "https://a.example/", None, "page", None, False)
    old = StateSigner(KEYS[1:]).sign(issued)
    assert StateSigner(KEYS).read(old) == issued
    assert StateSigner(KEYS[:1]).read(old) is None
    assert StateSigner(KEYS[:1]).read(StateSigner(KEYS).sign(issued)) == issued  # the newest signs


@pytest.mark.parametrize("junk", ["", ".", "a.b", "x" * 100_000, "é", "\x00", "eyJ9.x"])
def test_junk_is_not_ours(junk):
    assert StateSigner(KEYS).read(junk) is None


def test_another_shape_is_not_ours():
    signer = StateSigner(KEYS)
    assert signer.read(signer._serializer.dumps([1, 2, 3])) is None  # noqa: SLF001 - a payload of an older release


@given(st.binary(max_size=60))
def test_only_our_own_secrets_pass_for_browser_secrets(raw):
    assert not state.is_browser_secret(raw.decode("latin-1")) or len(raw) == 43


def test_a_browser_is_known_by_any_of_its_cookies():
    secret = state.new_browser_secret()
    issued = State("1", "0" * 32, "0" * 9, 1, state.browser_digest(secret), "", None, "page", None, False)
    assert state.is_browser_secret(secret)
    for visit, same in (
        (Visit({}, ("other", secret)), True),
        (Visit({}, ("other",)), False),
        (Visit({}), False),
        (Visit({}, (), host_only=True, former_secrets=(secret,)), True),
        (Visit({}, (secret,), host_only=True), False),
    ):
        assert state.is_same_browser(issued, visit.browser_digests) is same


def test_what_a_sibling_domain_may_set_does_not_do_for_a_cookie_of_this_host():
    secret = state.new_browser_secret()
    digest = state.browser_digest(secret, host_only=True)
    issued = State("1", "0" * 32, "0" * 9, 1, digest, "", None, "page", None, False)
    assert state.is_same_browser(issued, Visit({}, (secret,), host_only=True).browser_digests)
    assert not state.is_same_browser(issued, Visit({}, (), host_only=True, former_secrets=(secret,)).browser_digests)
    assert not state.is_same_browser(issued, Visit({}, (secret,)).browser_digests)
