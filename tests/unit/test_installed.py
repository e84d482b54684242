"""Why an app that is installed can be silent: each cause likely, unlikely or unknown by what is known."""

import ast
import inspect

import pytest

from dashboard.core.clock import DAY, HOUR
from dashboard.install.catalogue.causes import installed
from dashboard.install.catalogue.causes.installed import Installed
from dashboard.install.catalogue.not_failed import SUCCEEDED

NOW = 1_800_000_000_000
FACTS = {
    "name": "Acme",
    "now": NOW,
    "stored_at": NOW - DAY,
    "status": "active",
    "removed_at": None,
    "held_at": None,
    "is_organization": False,
    "is_checked": True,
    "scopes": ("chat:write",),
    "missing": (),
    "expires_at": None,
    "can_be_renewed": False,
    "looked_up_at": None,
    "workspaces": None,
    "workspaces_at": None,
    "others_looked_up": 0,
}
ASKED = {"looked_up_at": NOW - HOUR}
ORGANIZATION = {"is_organization": True}
ADDED = {**ORGANIZATION, "workspaces": 2, "workspaces_at": NOW}

CASES = [
    ("removed_by_somebody", "likely", "was uninstalled there, Fri 15", {"status": "uninstalled", "removed_at": NOW}),
    ("removed_by_somebody", "likely", "tokens were revoked", {"status": "revoked", "removed_at": NOW}),
    ("removed_by_somebody", "unlikely", "Its tokens are there", {}),
    ("held_by_operator", "likely", "has suspended it here, Fri 15", {"status": "suspended", "held_at": NOW}),
    ("held_by_operator", "likely", "has deleted it here", {"status": "deleted", "held_at": NOW}),
    ("held_by_operator", "unlikely", "No operator has suspended it", {}),
    ("token_expired", "likely", "expired 3 h ago, and there is no refresh", {"expires_at": NOW - 3 * HOUR}),
    ("token_expired", "unknown", "renews it", {"expires_at": NOW - HOUR, "can_be_renewed": True}),
    ("token_expired", "unlikely", "is good until", {"expires_at": NOW + HOUR}),
    ("token_expired", "unlikely", "does not expire", {}),
    ("scope_missing", "likely", "im:read and im:write is asked for today", {"missing": ("im:read", "im:write")}),
    ("scope_missing", "unlikely", "All that the app asks for", {}),
    ("not_checked", "likely", "did not answer the check", {"is_checked": False}),
    ("not_checked", "unlikely", "confirmed its token", {}),
    (
        "no_workspace_added",
        "likely",
        "stored, 1 d ago, while 2 other installations",
        {**ORGANIZATION, "others_looked_up": 2},
    ),
    (
        "no_workspace_added",
        "likely",
        "none of the organization's workspaces, as Slack said Fri 15",
        ADDED | {"workspaces": 0},
    ),
    ("no_workspace_added", "unlikely", "added to 2 workspaces", ADDED),
    ("no_workspace_added", "unlikely", "it was looked up", {**ORGANIZATION, **ASKED}),
    ("no_workspace_added", "unlikely", "in one workspace", {}),
    ("no_workspace_added", "unknown", "left a trace", ORGANIZATION),
    ("wrong_level", "likely", "admin.users:read works for a whole", {"scopes": ("admin.users:read",)}),
    ("wrong_level", "unlikely", "installed for the organization", {"scopes": ("admin.users:read",), **ORGANIZATION}),
    ("wrong_level", "unlikely", "None of its scopes", {}),
    ("bot_never_asks", "likely", "last seen: never. 3 others of the app were", {"others_looked_up": 3}),
    ("bot_never_asks", "unlikely", "A Bolt process looked it up", ASKED),
    ("bot_never_asks", "unknown", "slack_sdk's own store", {}),
    (
        "bot_never_asks",
        "likely",
        "last seen: Wed 13",
        {"others_looked_up": 1, "looked_up_at": NOW - 2 * DAY},
    ),  # before it
    ("bot_not_in_channel", "likely", "All else is as it should be", ASKED),
    ("bot_not_in_channel", "unknown", "Whether the bot asks", {}),
    ("bot_not_in_channel", "unknown", "Something else is wrong", {**ASKED, "missing": ("im:read",)}),
    ("bot_not_in_channel", "unknown", "Something else is wrong", {**ASKED, "expires_at": NOW - 1}),
]


@pytest.mark.parametrize(("cause", "likelihood", "says", "given"), CASES)
def test_a_cause_in_its_circumstances(cause, likelihood, says, given):
    found = getattr(installed, cause)(Installed(**{**FACTS, **given}))
    assert (found.likelihood, says in found.sentence) == (likelihood, True), found.sentence


def test_every_likelihood_of_every_cause_is_reached():
    reached = {(cause, likelihood) for cause, likelihood, _, _ in CASES}
    for cause in SUCCEEDED.causes:
        calls = (node for node in ast.walk(ast.parse(inspect.getsource(cause.check))) if isinstance(node, ast.Call))
        names = {call.func.id for call in calls if isinstance(call.func, ast.Name)}
        possible = {(cause.name, name) for name in names & {"likely", "unlikely", "unknown"}}
        assert possible <= reached
