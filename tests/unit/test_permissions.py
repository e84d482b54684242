"""What each role may do, and what nobody may who is no member."""

import pytest
from sqlalchemy import String, column, create_engine, select, values

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


LOCKED = AppAccess(2, "other", "Other Bot", THEIRS, "owner")


@pytest.mark.parametrize(
    ("operator", "only", "visible"),
    [
        (_member("viewer"), None, {OURS}),
        (_member("viewer"), OURS, {OURS}),
        (_member("viewer"), THEIRS, set()),
        (_member("viewer"), "", set()),
        (Operator(1, "ana@example.com", owner=True), None, {OURS, THEIRS}),
        (Operator(1, "ana@example.com", owner=True), THEIRS, {THEIRS}),
        (Operator(1, "ana@example.com", owner=True, locked=(LOCKED,)), None, {OURS}),
        (Operator(1, "ana@example.com", owner=True, locked=(LOCKED,)), THEIRS, set()),
    ],
)
def test_a_query_is_kept_to_the_apps_that_may_be_seen_or_to_one_of_them(operator, only, visible):
    rows = values(column("client_id", String)).data([(OURS,), (THEIRS,)]).cte("rows")
    seen = select(rows.c.client_id).where(permissions.visible_to(operator, rows.c.client_id, only=only))
    with create_engine("sqlite://").connect() as db:
        assert set(db.scalars(seen)) == visible


def test_a_query_is_kept_to_apps_in_which_the_role_reaches():
    seen = permissions.visible_to(_member("viewer"), column("client_id"), "see_attempts", only=OURS)
    assert str(seen) == "false"


def test_an_act_nobody_defined_is_a_mistake_not_a_permission():
    with pytest.raises(KeyError):
        _member("admin").may("fly", OURS)


def test_the_app_of_another_is_not_found():
    assert _member("viewer").app("acme").client_id == OURS
    with pytest.raises(NotFoundError):
        _member("admin").app("other")


def test_the_command_line_names_the_same_roles():
    assert operator.ROLES == ROLES
