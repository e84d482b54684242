"""Every address of the desk by everybody: what each is answered. A route that does not say so here fails."""

from dataclasses import dataclass, field

import pytest

from dashboard.access import sessions
from dashboard.app import create_app
from dashboard.core.config import Settings
from tests.conftest import BOTH
from tests.support import desk
from tests.support.desk import Desk
from tests.support.stage import SECRET_KEY, stage

EVERYBODY = ("signed out", *desk.ROLES)


@dataclass(frozen=True)
class Answers:
    """What a route answers to those it is for, and to others. `path` may name what the cast made."""

    path: str
    allowed: dict[str, int]
    form: dict[str, str] = field(default_factory=dict)
    otherwise: int = 403

    def to(self, who: str) -> int:
        return 303 if who == "signed out" else self.allowed.get(who, self.otherwise)


def _all(path: str, status: int = 200, **form: str) -> Answers:
    return Answers(path, dict.fromkeys(desk.ROLES, status), form)


def _owners(path: str, status: int = 200, **form: str) -> Answers:
    return Answers(path, {"owner": status}, form)


_SUPPORT = dict.fromkeys(("support", "operator", "admin", "owner"), 200)
_MEMBERS = {"viewer": 200, **_SUPPORT}
_SUPPORT_ACTS = dict.fromkeys(_SUPPORT, 303)

ANSWERS = {
    "home.index": _all("/ops"),
    "logout.sign_out": _all("/ops/logout", 303),
    "confirm.show": _all("/ops/confirm"),
    "confirm.prove": _all("/ops/confirm", 401, password="wrong"),
    "me.show": _all("/ops/me"),
    "me.change_password": _all("/ops/me/password", 422),
    "me.offer_codes": _all("/ops/me/codes/offer", 303),
    "me.withdraw_codes": _all("/ops/me/codes/withdraw", 303),
    "me.turn_codes_on": _all("/ops/me/codes/on", 422),
    "me.turn_codes_off": _all("/ops/me/codes/off", 303),
    "me.new_recovery_codes": _all("/ops/me/codes/recovery"),
    "me.end_session": _all("/ops/me/sessions/end", 303),
    "me.end_other_sessions": _all("/ops/me/sessions/end-others", 303),
    "operators.index": _owners("/ops/operators"),
    "operators.invite": _owners("/ops/operators", 422, email="no address"),
    "operators.show": _owners("/ops/operators/{viewer}"),
    "operators.set_role": _owners("/ops/operators/{viewer}/role", 303, app="{acme}", role="viewer"),
    "operators.set_owner": _owners("/ops/operators/{viewer}/owner", 303, owner="off"),
    "operators.disable": _owners("/ops/operators/{disabled}/disable", 303),
    "operators.reset": _owners("/ops/operators/{disabled}/reset"),
    "workspaces.show": Answers("/ops/workspaces/T0DESK001", _MEMBERS, otherwise=404),
    **{
        f"{name}.{page}": _all(f"/ops/{name}{ending}")
        for name in ("workspaces", "enterprises")
        for page, ending in (("index", ""), ("counts", "/counts"), ("newer", "/newer"), ("export", ".csv"))
    },
    "installations.choose": Answers("/ops/installations/bulk?ids={installation}", _SUPPORT | {"stranger": 404}),
    "installations.begin": Answers(
        "/ops/installations/bulk",
        _SUPPORT_ACTS | {"stranger": 404},
        {"act": "note", "ids": "{installation}", "text": "of many"},
    ),
    "jobs.index": Answers("/ops/jobs", _SUPPORT | {"stranger": 200}),
    "jobs.show": Answers("/ops/jobs/999999", {}, otherwise=404),
    "jobs.stop": Answers("/ops/jobs/999999/stop", {}, otherwise=404),
    "jobs.export": Answers("/ops/jobs/999999/rows.csv", {}, otherwise=404),
    "views.save": _all("/ops/views", 303, list="installations", query="status=active", name="Active ones"),
    "views.remove": Answers("/ops/views/999999/remove", {}, otherwise=404),
    "installations.newer": _all("/ops/installations/newer"),
    "attempts.newer": Answers("/ops/attempts/newer", _SUPPORT | {"stranger": 200}),
    "audit.newer": Answers("/ops/audit/newer", {"admin": 200, "stranger": 200, "owner": 200}),
    "enterprises.show": Answers("/ops/enterprises/E0NOWHERE", {}, otherwise=404),
    "codes.index": Answers("/ops/codes", _SUPPORT | {"stranger": 200}),
    "codes.show": Answers("/ops/codes/access_denied", _SUPPORT | {"stranger": 200}),
    "codes.note": Answers(
        "/ops/codes/access_denied", _SUPPORT_ACTS | {"viewer": 403}, {"app": "acme", "text": "noted"}, otherwise=404
    ),
    "apps.index": Answers("/ops/apps", {"admin": 200, "stranger": 200, "owner": 200}),
    "apps.show": Answers("/ops/apps/acme", {"admin": 200, "owner": 200, "stranger": 404}),
    "apps.new": _owners("/ops/apps/new"),
    "apps.add": _owners("/ops/apps", 422, slug="no good"),
    "apps.edit": Answers("/ops/apps/acme/settings", {"admin": 200, "owner": 200, "stranger": 404}),
    "apps.change": Answers(
        "/ops/apps/acme/brand", {"admin": 303, "owner": 303, "stranger": 404}, {"sentence": "It answers."}
    ),
    "apps.preview": Answers(
        "/ops/apps/acme/preview", {"admin": 200, "owner": 200, "stranger": 404}, {"page": "install"}
    ),
    "apps.check": Answers("/ops/apps/acme/check", {"admin": 200, "owner": 200, "stranger": 404}),
    "apps.set_logo": Answers("/ops/apps/acme/logo", {"admin": 422, "owner": 422, "stranger": 404}),
    "apps.set_member": Answers(
        "/ops/apps/acme/members", {"admin": 422, "owner": 422, "stranger": 404}, {"email": "nobody@example.com"}
    ),
    "apps.pause": Answers("/ops/apps/acme/pause", {"admin": 303, "owner": 303, "stranger": 404}),
    "apps.resume": Answers("/ops/apps/acme/resume", {"admin": 303, "owner": 303, "stranger": 404}),
    "lookup.index": _all("/ops/lookup?q=anything"),
    "lookup.find": _all("/ops/lookup", q="anything"),
    "installations.index": _all("/ops/installations"),
    "installations.counts": _all("/ops/installations/counts"),
    "installations.export": _all("/ops/installations.csv"),
    "installations.show": Answers("/ops/installations/{installation}", _MEMBERS, otherwise=404),
    "installations.ask": Answers(
        "/ops/installations/{installation}/suspend",
        {"operator": 200, "admin": 200, "owner": 200, "viewer": 403, "support": 403},
        otherwise=404,
    ),
    "installations.act": Answers(
        "/ops/installations/{installation}/note", _SUPPORT_ACTS | {"viewer": 403}, {"text": "noted"}, otherwise=404
    ),
    "attempts.index": Answers("/ops/attempts", _SUPPORT | {"stranger": 200}),
    "attempts.counts": Answers("/ops/attempts/counts", _SUPPORT | {"stranger": 200}),
    "attempts.export": Answers("/ops/attempts.csv", _SUPPORT | {"stranger": 200}),
    "attempts.show": Answers("/ops/attempts/{reference}", _SUPPORT | {"viewer": 403}, otherwise=404),
    "attempts.act": Answers(
        "/ops/attempts/{reference}/note", _SUPPORT_ACTS | {"viewer": 403}, {"text": "noted"}, otherwise=404
    ),
    "attempts.invite": Answers("/ops/attempts/{reference}/link", _SUPPORT | {"viewer": 403}, otherwise=404),
    "failures.index": Answers("/ops/failures", _SUPPORT | {"stranger": 200}),
    "failures.show": Answers("/ops/failures/{group}", _SUPPORT | {"viewer": 403}, otherwise=404),
    "failures.acknowledge": Answers(
        "/ops/failures/{group}/acknowledge", _SUPPORT_ACTS | {"viewer": 403}, otherwise=404
    ),
    "failures.resolve": Answers("/ops/failures/{group}/resolve", _SUPPORT_ACTS | {"viewer": 403}, otherwise=404),
    "failures.reopen": Answers("/ops/failures/{group}/reopen", _SUPPORT_ACTS | {"viewer": 403}, otherwise=404),
    "failures.assign": Answers("/ops/failures/{group}/assign", _SUPPORT_ACTS | {"viewer": 403}, otherwise=404),
    "failures.mute": Answers(
        "/ops/failures/{group}/mute", _SUPPORT_ACTS | {"viewer": 403}, {"days": "7"}, otherwise=404
    ),
    "funnel.index": Answers("/ops/funnel", _SUPPORT | {"stranger": 200}),
    # The stranger administers an app of his own: he sees its audit, and nothing of the other's.
    "audit.index": Answers("/ops/audit", {"admin": 200, "stranger": 200, "owner": 200}),
    "audit.counts": Answers("/ops/audit/counts", {"admin": 200, "stranger": 200, "owner": 200}),
    "audit.export": Answers("/ops/audit.csv", {"admin": 200, "stranger": 200, "owner": 200}),
    "patterns.index": _all("/ops/_patterns"),
    "patterns.show": _all("/ops/_patterns/install"),
}


def _routes() -> dict[str, list[str]]:
    """The guarded routes of the desk, with their methods."""
    app = create_app(Settings.from_env({"SECRET_KEY": SECRET_KEY}))
    handlers = [handler for route in app.litestar.routes for handler in route.route_handlers if handler.name]
    guarded = [handler for handler in handlers if not handler.opt.get("public")]
    return {handler.name: sorted(handler.http_methods) for handler in guarded}


ROUTES = _routes()


def test_every_route_says_whom_it_answers_what():
    assert set(ROUTES) == set(ANSWERS)


@pytest.fixture(scope="module", params=BOTH)
def office(request, new_database):
    with stage(new_database(request.param)) as running:
        running.cast = desk.people(running)
        group, reference = desk.failed(running)
        running.names = {
            "acme": running.cast.acme,
            "other": running.cast.other,
            "disabled": desk.operator(running, "disabled@example.com"),
            "group": group,
            "reference": reference,
            "installation": desk.installed(running),
            **running.cast.operators,
        }
        yield running
        assert running.server.errors() == []


@pytest.fixture(scope="module")
def browsers(office) -> dict[str, str]:
    """A session's token for each role. Tests use copies, since some acts end the session they are done in."""
    return {role: Desk(office, role).session() for role in desk.ROLES}


def _browser(office, browsers, who: str) -> Desk:
    if who == "signed out":
        return Desk(office)
    browser = Desk(office)
    of_mine = "SELECT 1 FROM dashboard_sessions WHERE digest = :digest"
    if not office.database.rows(of_mine, digest=sessions.digest(browsers[who])):  # an act has ended it
        browsers[who] = Desk(office, who).session()
    browser.client.cookies.set("dashboard-session", browsers[who], domain="127.0.0.1", path="/")
    return browser


# All of it on one database; on the other those who see everything, and those who see nothing of it.
@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_answer(office, browsers, name, who):
    check_answer(office, browsers, name, who)


@pytest.mark.postgresql
@pytest.mark.parametrize("office", ["postgresql"], indirect=True)
@pytest.mark.parametrize("who", ["owner", "stranger"])
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_same_on_postgresql(office, browsers, name, who):
    check_answer(office, browsers, name, who)


def check_answer(office, browsers, name, who):
    declared = ANSWERS[name]
    path = declared.path.format(**office.names)
    form = {key: value.format(**office.names) for key, value in declared.form.items()}
    (method,) = ROUTES[name]
    browser = _browser(office, browsers, who)
    response = browser.client.request(method, path, data=form if method == "POST" else None)
    assert response.status_code == declared.to(who), response.text

    fragment = _browser(office, browsers, who).client.request(
        method, path, data=form if method == "POST" else None, headers={"HX-Request-Type": "partial"}
    )
    assert fragment.status_code == (401 if who == "signed out" else declared.to(who))
    if who == "signed out":
        assert response.headers["Location"].startswith("/ops/login?next=")
        assert fragment.headers["HX-Redirect"].startswith("/ops/login?next=")


@pytest.mark.parametrize("name", sorted(name for name, methods in ROUTES.items() if methods == ["POST"]))
def test_no_form_takes_what_another_site_sends(office, browsers, name):
    path = ANSWERS[name].path.format(**office.names)
    browser = _browser(office, browsers, "owner")
    assert browser.post(path, {"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("who", desk.ROLES)
def test_what_is_not_there_is_not_there_for_anybody(office, browsers, who):
    browser = _browser(office, browsers, who)
    assert browser.get("/ops/nowhere").status == 404
    assert browser.get("/ops?app=nowhere").status == 404
    assert browser.get("/ops/operators/999999").status == (404 if who == "owner" else 403)


@pytest.mark.parametrize("who", desk.ROLES)
def test_an_app_is_seen_by_its_members_only(office, browsers, who):
    browser = _browser(office, browsers, who)
    assert browser.get("/ops?app=acme").status == (404 if who == "stranger" else 200)
    assert browser.get("/ops?app=other").status == (200 if who in ("stranger", "owner") else 404)
