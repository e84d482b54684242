import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.config import Settings
from dashboard.core.errors import ConfigurationError
from dashboard.core.resources import resource_dir

NAMES = [setting.metadata["variable"] for setting in Settings.documented()]


def test_an_empty_environment_is_a_complete_one_but_for_the_key():
    settings = Settings.from_env({})
    assert settings.database_url == "sqlite+aiosqlite:///dashboard.db"
    assert (settings.public_url, settings.state_ttl, settings.proxy_hops) == ("http://localhost:8000", 600, 0)
    assert (settings.state_cookie, settings.token_encryption) == ("slack-app-oauth-state", True)
    with pytest.raises(ConfigurationError, match="SECRET_KEY"):
        settings.require_secret_key()


def test_an_empty_variable_counts_as_absent():
    assert Settings.from_env(dict.fromkeys(NAMES, " ")) == Settings.from_env({})


@given(st.sampled_from(NAMES), st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_value_is_taken_or_named(name, value):
    with contextlib.suppress(ConfigurationError):
        Settings.from_env({name: value})
        return
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_env({name: value})
    assert name in refused.value.sentence or name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET")


def test_scopes_are_taken_as_people_write_them():
    settings = Settings.from_env({"SLACK_SCOPES": " chat:write, commands,,chat:write ", "SLACK_USER_SCOPES": "a b"})
    assert settings.slack_scopes == ("chat:write", "commands")
    assert settings.slack_user_scopes == ("a", "b")


def test_several_keys_are_newest_first():
    assert Settings.from_env({"SECRET_KEY": f"{'a' * 32}, {'b' * 32}"}).secret_keys == ("a" * 32, "b" * 32)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:1", "https://a.example/"])
def test_addresses_that_are_secure_enough(url):
    assert Settings.from_env({"PUBLIC_URL": url}).public_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["http://a.example", "https://", "https://a b", "javascript:alert(1)", "https://u:p@a.example", "//a.example", "x"],
)
def test_addresses_that_are_not(url):
    with pytest.raises(ConfigurationError, match="PUBLIC_URL"):
        Settings.from_env({"PUBLIC_URL": url})


def test_secrets_are_not_in_the_representation():
    secrets = {"SECRET_KEY": "k" * 32, "SLACK_CLIENT_SECRET": "hush", "SLACK_CLIENT_ID": "1.1"}
    assert "hush" not in repr(Settings.from_env(secrets))
    assert "k" * 32 not in repr(Settings.from_env(secrets))


def test_a_redirect_url_elsewhere_is_warned_of():
    (warning,) = Settings.from_env({"SLACK_REDIRECT_URI": "https://b.example/slack/oauth_redirect"}).warnings()
    assert warning.startswith("SLACK_REDIRECT_URI")


def test_every_setting_is_documented_with_its_default():
    page = (resource_dir("docs") / "configuration.md").read_text()
    for setting in Settings.documented():
        variable, default, help_text = (setting.metadata[name] for name in ("variable", "default", "help"))
        row = f"| `{variable}` | {f'`{default}`' if default else '–'} | {help_text} |"
        assert row in page, f"docs/configuration.md lacks this row:\n{row}"
