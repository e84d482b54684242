"""What somebody read on Slack's page, and what only sounds like it."""

import pytest

from dashboard.desk.sentences import read_on_slack


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
