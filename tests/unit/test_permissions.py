"""What each role may do, and what nobody may who is no member."""

import pytest

from dashboard.access import permissions
from dashboard.access.permissions import ACTS, ROLES, AppAccess, Operator
from dashboard.commands import operator
from dashboard.core.errors import NotAllowedError, NotFoundError

OURS, THEIRS = "111.222", "333.444"


def _member(role: str) -> Operator:
    return Operator(1, "ana@example.com", owner=False, apps=(AppAccess(1, "acme", "Acme Bot", OURS, role),))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ACTS)
def test_a_role_reaches_what_those_before_it_reach_and_no_further(role, act):
    reaches = ROLES.index(role) >= ROLES.index(ACTS[act])
    assert _member(role).may(act, OURS) == reaches
    assert _member(role).may_anywhere(act) == reaches
    if reaches:
        permissions.require(_member(role), act, OURS)
        return
    with pytest.raises(NotAllowedError) as refused:
        permissions.require(_member(role), act, OURS, "installation", 42)
    assert (refused.value.act, refused.value.client_id, refused.value.object_id) == (act, OURS, "42")


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("client_id", [THEIRS, None, ""])
def test_outside_there_is_nothing(act, client_id):
    with pytest.raises(NotFoundError):
        permissions.require(_member("admin"), act, client_id)


@pytest.mark.parametrize("act", ACTS)
def test_owners_may_everything_everywhere(act):
    for owner in (Operator(1, "ana@example.com", owner=True), permissions.command_line()):
        permissions.require(owner, act, THEIRS)
        assert owner.may_anywhere(act)


def test_an_act_nobody_defined_is_a_mistake_not_a_permission():
    with pytest.raises(KeyError):
        _member("admin").may("fly", OURS)


def test_the_app_of_another_is_not_found():
    assert _member("viewer").app("acme").client_id == OURS
    with pytest.raises(NotFoundError):
        _member("admin").app("other")


def test_the_command_line_names_the_same_roles():
    assert operator.ROLES == ROLES
