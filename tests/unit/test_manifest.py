"""What is read of a pasted app manifest, and what of it is said not to fit."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.apps import manifest

HERE = "https://apps.example.com"
YAML = """
_metadata: {major_version: 1}
display_information:
  name: Acme Bot für alle
oauth_config:
  redirect_urls:
    - https://apps.example.com/apps
  scopes:
    bot: [chat:write, commands]
    bot_optional: [files:read]
    user: [search:read]
settings:
  org_deploy_enabled: true
  token_rotation_enabled: false
"""
PARTS = ("display_information", "oauth_config", "scopes", "bot", "name", "settings", "redirect_urls")


def changed(*path, value=None):
    """A manifest that fits, as JSON, with one value other than above."""
    made = {
        "display_information": {"name": "Acme Bot"},
        "oauth_config": {"redirect_urls": [f"{HERE}/apps/acme-bot/oauth_redirect"], "scopes": {"bot": ["chat:write"]}},
        "settings": {"org_deploy_enabled": True},
    }
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(made)


def found(text):
    return " ".join(manifest.read(text, HERE).findings)


def test_what_is_taken_over():
    read = manifest.read(YAML, HERE)
    assert read.values == {
        "name": "Acme Bot für alle",
        "slug": "acme-bot-f-r-alle",
        "scopes": "chat:write,commands,files:read",
        "optional_scopes": "files:read",
        "user_scopes": "search:read",
    }
    (only,) = read.findings
    assert only.startswith("Distribution stands in no manifest")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (changed("oauth_config", "redirect_urls", value=[]), "Redirect URL"),
        (changed("oauth_config", "redirect_urls", value=["https://apps.example.com.evil/"]), "Redirect URL"),
        (changed("oauth_config", "redirect_urls", value="https://apps.example.com"), "Redirect URL"),
        (changed("oauth_config", "scopes", value={}), "Scopes: it asks for none"),
        (changed("settings", value={}), "org_deploy_enabled"),
        (changed("settings", "token_rotation_enabled", value=True), "Token rotation is on"),
        (changed("settings", "function_runtime", value="slack"), "on Slack's own platform"),
    ],
)
def test_what_does_not_fit_is_said(text, finding):
    assert finding in found(text)
    assert finding not in found(changed("display_information", "name", value="Acme Bot"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds neither"),
        ("[1, 2]", "holds neither"),
        ("a: [", "is neither YAML nor JSON in line 1"),
        ("!!python/object/apply:os.system [true]", "is neither YAML nor JSON in line 1"),
        ("a: 2026-99-99", "is neither YAML nor JSON"),
        ("[" * 5_000, "is neither YAML nor JSON"),
        ("x" * 60_001, "must have at most 60,000 characters, and has 60,001"),
    ],
)
def test_what_is_none(text, says):
    with pytest.raises(ValueError, match=says):
        manifest.read(text, HERE)


@pytest.mark.parametrize("merge", ["[{}]", "{{<<: [{}]}}"])
def test_one_that_means_a_billion_words_is_refused_at_once(merge):
    bomb = "a0: &a0 {x: 1}\n"
    bomb += "".join(f"a{n}: &a{n} {merge.format(','.join([f'*a{n - 1}'] * 9))}\n" for n in range(1, 12))
    with pytest.raises(ValueError, match="in line 2: it has an alias"):
        manifest.read(f"{bomb}display_information: {{name: x}}", HERE)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(PARTS), inner),
    )
)
def test_whatever_stands_in_it_is_read_or_refused(anything):
    with contextlib.suppress(ValueError):
        assert manifest.read(json.dumps(anything), HERE).findings
