"""What somebody read on Slack's page, and what only sounds like it."""

import pytest

from dashboard.desk.sentences import codes_of, read_on_slack


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("redirect_uri did not match any configured URIs. Passed URI: https://x", "bad_redirect_uri"),
        ("Something went wrong: invalid_team_for_non_distributed_app", "invalid_team_for_non_distributed_app"),
        ("Invalid client_id parameter", "invalid_client_id"),
        ("The requested scopes are not valid", "invalid_scope"),
        ("You are not permitted to install apps on this workspace", "restricted"),
        ("This app isn’t listed in the Slack App Directory", "restricted"),
        ("Limit of apps reached", "app_limit"),
        ("Workspaces on free plans can only install 10 apps", "app_limit"),
        ("You've reached your app limit", "app_limit"),
    ],
)
def test_what_it_says_and_means(text, meaning):
    assert read_on_slack(f"> it says\n> {text}\nwhat now?") == {meaning}


@pytest.mark.parametrize(
    "text",
    [
        "Does the app limit access to channels?",
        "Is anybody who is no admin not authorized to install it?",
        "We are not listed in your directory.",
        "",
    ],
)
def test_what_only_sounds_like_it(text):
    assert read_on_slack(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("“This link was already used” was all it said", "state_reused"),
        ("Da stand: Dieser Link wurde schon verwendet", "state_reused"),
        ("Bonjour, j’ai lu « Le lien avait expiré » … Vous êtes revenu dans un autre navigateur", "cookie_mismatch"),
        ("Volvió en otro navegador, dice", "cookie_mismatch"),
        ("画面に「Slack の応答に時間がかかりすぎました」と出ました", "timeout"),
        ("1 分待ってから、やり直してください。何度やっても同じです。", "rate_limited"),
    ],
)
def test_what_was_read_on_our_pages_in_any_language(text, code):
    assert code in codes_of(text)
