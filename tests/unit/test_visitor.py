import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.text import clean
from dashboard.install import visitor
from dashboard.install.visitor import Visit

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)
SAFARI = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        (FIREFOX, "Firefox", "Linux"),
        (CHROME, "Chrome", "Windows"),
        (CHROME + " Edg/156.0", "Edge", "Windows"),
        (SAFARI, "Safari", "macOS"),
        (IPHONE, "Safari", "iOS"),
        (IPHONE.replace("Version/18.0", "CriOS/156"), "Chrome", "iOS"),
        (CHROME.replace("Safari", "Slack/4.4 Safari"), "Slack", "Windows"),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "Slack", None),
        ("curl/8.1", "Robot", None),
        ("something else", None, None),
    ],
)
def test_families(user_agent, browser, system):
    traits = visitor.traits(Visit({}, user_agent=user_agent), "key")
    assert (traits["browser"], traits["system"]) == (browser, system)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.77", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:198.51.100.77", "198.51.100.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("not an address", None),
        ("", None),
    ],
)
def test_addresses_lose_what_tells_a_person(address, network):
    traits = visitor.traits(Visit({}, address=address), "key")
    assert traits["ip_prefix"] == network
    assert address == "" or address not in str(traits)


@given(st.text(), st.text(), st.text(), st.text())
def test_anything_can_be_sent_and_stays_within_bounds(user_agent, address, referrer, language):
    request = Visit({}, user_agent=user_agent, address=address, referrer=referrer, language=language)
    kept = {**visitor.traits(request, "key"), "locale": visitor.locale(request)}
    for name, value in kept.items():
        assert value is None or (len(value) <= visitor.LONGEST.get(name, 64) and "\x00" not in value)
        assert value is None or value.encode()  # no half characters


@given(st.text(), st.integers(1, 50))
def test_clean_text_is_short_and_has_no_control_characters(text, longest):
    kept = clean(text, longest)
    assert kept is None or (0 < len(kept) <= longest and not any(ord(character) < 32 for character in kept))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\x1b[31mb\x9b31mc", "a[31mb31mc"),  # what a terminal would obey, in both its spellings
        ("user\u202etxt.exe\u2066x\u2069", "usertxt.exex"),
        ("one\u2028two\u2029three\u200b", "onetwothree"),
        ("na\u00efve caf\u00e9 \u682a\u5f0f \u3000 \U0001f600", "na\u00efve caf\u00e9 \u682a\u5f0f \u3000 \U0001f600"),
        ("a xo\u200bxb-1-2-abc, XOXE.xoxp-1-x b", "a [token], [token] b"),
        ("\u200b\x9b", None),
    ],
)
def test_only_what_can_be_seen_is_kept_and_no_token(text, kept):
    assert clean(text, 60) == kept
