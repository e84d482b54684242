"""A Slack that runs here, for the demo and the tests: the page that allows an app, and the methods the flow calls.

It is as strict as Slack where an installation can go wrong: wrong Basic authentication, another redirect URL, a spent
or foreign code and an unknown token are refused. What happens after *Allow* can be chosen, on the page or by posting
its form: `exchange/CODE`, `auth/CODE`, `revoke/CODE`, `uninstall/CODE`, `page/CODE`, where CODE is one of Slack's
error codes or a fault (`slow`, `429`, `500`, `html`, `proxy`, `reset`, `redirect`, `nested`, `endless`). A number can
follow: seconds of `slow`, and to wait after `429`; the status of `500` and of `proxy`, which answers in Slack's place.
What is put into `odd` the answers of that method say instead. It knows nothing of the dashboard.
"""

import asyncio
import base64
import binascii
import secrets
import time
import urllib.parse
from collections.abc import Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from dashboard.simulator import faults, pages
from dashboard.simulator.faults import request_id
from dashboard.simulator.issuing import Grant, Issuer, Token
from dashboard.simulator.world import FAULTS, PLACES, Place, SimulatedApp

__all__ = ["PLACES", "Place", "SimulatedApp", "Simulator"]

CODE_LIVES = 600.0  # seconds

Form = Mapping[str, object]


class Simulator:
    """The state of one simulated Slack. `calls` lists (method, error or None) in the order they
    were answered; `tokens` has those that are good."""

    def __init__(
        self, apps: list[SimulatedApp], places: tuple[Place, ...] = PLACES, *, knows_every_app: bool = False
    ) -> None:
        """`knows_every_app`: one that nobody has told it of is there as soon as somebody asks for it, as it asks."""
        self.apps = {app.client_id: app for app in apps}
        self.places = {place.id: place for place in places}
        self.calls: list[tuple[str, str | None]] = []
        self.not_added: set[str] = set()  # workspaces, by id, that an organization has not added any app to
        self.odd: dict[str, dict[str, object]] = {}
        self.late: dict[str, float] = {}  # seconds that answers of a method are on their way
        self._knows_every_app = knows_every_app
        self._grants: dict[str, Grant] = {}
        self._issuer = Issuer()
        self.tokens = self._issuer.tokens

    def give(self, token: str, client_id: str, place: Place, scopes: str) -> None:
        """Let a bot's token be good that was not given out here."""
        if client_id not in self.apps:
            self._make(client_id, "")
        self.tokens[token] = Token(
            self.apps[client_id], place, user_id="U0DEMOBOT", scopes=scopes, is_bot=True, demand=""
        )

    def web_app(self) -> web.Application:
        app = web.Application(middlewares=[self._deliver])
        app.router.add_get("/oauth/v2/authorize", self.authorize_page)
        app.router.add_post("/oauth/v2/authorize", self.authorize)
        app.router.add_post("/api/oauth.v2.access", self.access)
        app.router.add_post("/api/auth.test", self.auth_test)
        app.router.add_post("/api/auth.teams.list", self.auth_teams_list)
        app.router.add_get("/api/auth.revoke", self.auth_revoke)
        app.router.add_post("/api/apps.uninstall", self.apps_uninstall)
        return app

    @web.middleware
    async def _deliver(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        await asyncio.sleep(self.late.get(request.path.rpartition("/")[2], 0))
        return answer

    # The page where a person allows the app

    async def authorize_page(self, request: web.Request) -> web.Response:
        problem = self._problem(request.query)
        if problem:
            return pages.stop(problem)
        return pages.ask(self.apps[request.query["client_id"]], self.places.values(), request.query)

    async def authorize(self, request: web.Request) -> web.Response:
        form = await request.post()
        problem = self._problem(form)
        if problem:
            return pages.stop(problem)
        demand = str(form.get("demand", ""))
        if form.get("answer") == "cancel":
            return _back(form, error="access_denied", error_description="The user has denied access to the scope(s)")
        if demand.startswith("page/"):
            return _back(form, error=demand.removeprefix("page/"))
        place = self.places.get(str(form.get("place", "")))
        if place is None:
            return pages.stop("There is no such workspace.")
        code = f"{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._grants[code] = Grant(
            app=self.apps[str(form["client_id"])],
            place=place,
            user_id=str(form.get("user") or "U0ANA"),
            scopes=str(form.get("scope", "")),
            user_scopes=str(form.get("user_scope", "")),
            redirect_uri=str(form.get("redirect_uri", "")),
            demand=demand,
        )
        return _back(form, code=code)

    def _problem(self, query: Form) -> str | None:
        """What Slack's page would show instead of asking, so that the app never hears of it."""
        client_id = str(query.get("client_id", ""))
        if self._knows_every_app and client_id and client_id not in self.apps:
            self._make(client_id, str(query.get("redirect_uri", "")))
        app = self.apps.get(client_id)
        if app is None:
            return "invalid_client_id: no app has this client id."
        if str(query.get("redirect_uri", "")) not in app.redirect_uris:
            return "bad_redirect_uri: redirect_uri did not match any configured URIs."
        if not query.get("scope") and not query.get("user_scope"):
            return "no_scopes: the link asks for no permission."
        return None

    def _make(self, client_id: str, redirect_uri: str) -> None:
        """An app as somebody asks for it; its secret is the first that comes."""
        app_id = f"A0MADE{len(self.apps):03}"
        self.apps[client_id] = SimulatedApp(client_id, "", (redirect_uri,), name=f"The app {client_id}", app_id=app_id)

    # The methods

    async def access(self, request: web.Request) -> web.StreamResponse:
        """oauth.v2.access: a code, or a refresh token, for tokens."""
        form = await request.post()
        app = self._authenticated(request)
        if isinstance(app, str):
            return self._refuse("oauth.v2.access", app)
        if form.get("grant_type") == "refresh_token":
            answer = self._issuer.refreshed(app, str(form.get("refresh_token", "")))
            if answer is None:
                return self._refuse("oauth.v2.access", "invalid_refresh_token")
            return self._answer("oauth.v2.access", answer)
        grant = self._grants.get(str(form.get("code", "")))
        if grant is None or grant.app is not app or grant.spent or time.monotonic() - grant.at > CODE_LIVES:
            return self._refuse("oauth.v2.access", "invalid_code")
        if str(form.get("redirect_uri", "")) != grant.redirect_uri:
            return self._refuse("oauth.v2.access", "bad_redirect_uri")
        grant.spent = True
        if grant.demand.startswith("exchange/"):
            return await self._demanded("oauth.v2.access", grant.demand.removeprefix("exchange/"), request)
        return self._answer("oauth.v2.access", self._issuer.granted(grant))

    async def auth_test(self, request: web.Request) -> web.StreamResponse:
        """auth.test: whose token it is."""
        text = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = self.tokens.get(text)
        if token is None:
            return self._refuse("auth.test", "invalid_auth" if text else "not_authed")
        token.tests += 1
        once = token.demand.endswith("/once")
        if token.demand.startswith("auth/") and not (once and token.tests > 1):
            demand = token.demand.removeprefix("auth/").removesuffix("/once")
            return await self._demanded("auth.test", demand, request)
        place = token.place
        answer = {
            "ok": True,
            "url": place.url,
            "team": place.name,
            "team_id": place.team_id,
            "enterprise_id": place.enterprise_id,
            "user": "acmebot" if token.is_bot else "ana",
            "user_id": f"U{token.app.app_id}" if token.is_bot else token.user_id,
            "is_enterprise_install": place.team_id is None,
        }
        return self._answer("auth.test", answer | ({"bot_id": f"B{token.app.app_id}"} if token.is_bot else {}), token)

    async def auth_teams_list(self, request: web.Request) -> web.StreamResponse:
        """auth.teams.list: the organization's workspaces, to which the app is added but for `not_added`; two a page."""
        token = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if token is None:
            return self._refuse("auth.teams.list", "invalid_auth")
        if token.demand.startswith("teams/"):
            return await self._demanded("auth.teams.list", token.demand.removeprefix("teams/"), request)
        known = dict.fromkeys((*self.places.values(), *(other.place for other in self.tokens.values())))
        mine = [place for place in known if place.enterprise_id == token.place.enterprise_id]
        added = [place for place in mine if place.team_id and place.team_id not in self.not_added]
        first = int(request.query.get("cursor") or 0)
        teams = [{"id": place.team_id, "name": place.name} for place in added[first : first + 2]]
        cursor = str(first + 2) if len(added) > first + 2 else ""
        return self._answer(
            "auth.teams.list", {"ok": True, "teams": teams, "response_metadata": {"next_cursor": cursor}}
        )

    async def auth_revoke(self, request: web.Request) -> web.StreamResponse:
        """auth.revoke: the token is no good from now on."""
        text = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = self.tokens.get(text)
        if token is None:
            return self._refuse("auth.revoke", "invalid_auth")
        if token.demand.startswith("revoke/"):
            return await self._demanded("auth.revoke", token.demand.removeprefix("revoke/"), request)
        del self.tokens[text]
        return self._answer("auth.revoke", {"ok": True, "revoked": True})

    async def apps_uninstall(self, request: web.Request) -> web.StreamResponse:
        """apps.uninstall: every token of the app in that place is no good from now on."""
        text = request.headers.get("Authorization", "").removeprefix("Bearer ")
        form = await request.post()
        token, app = self.tokens.get(text), self.apps.get(str(form.get("client_id", "")))
        if token is None:
            return self._refuse("apps.uninstall", "invalid_auth")
        if app is not token.app or form.get("client_secret") != app.client_secret:
            return self._refuse("apps.uninstall", "client_id_token_mismatch" if app else "invalid_client_id")
        if token.demand.startswith("uninstall/"):
            return await self._demanded("apps.uninstall", token.demand.removeprefix("uninstall/"), request)
        self._issuer.end_all(token.app, token.place)
        return self._answer("apps.uninstall", {"ok": True})

    def _authenticated(self, request: web.Request) -> SimulatedApp | str:
        """The app a request comes from, by HTTP Basic; else Slack's error."""
        scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
        try:
            client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "invalid_client_id"
        app = self.apps.get(client_id) if scheme == "Basic" else None
        if app is None:
            return "invalid_client_id"
        app.client_secret = app.client_secret or secret
        return app if secrets.compare_digest(secret, app.client_secret) else "bad_client_secret"

    async def _demanded(self, method: str, demand: str, request: web.Request) -> web.StreamResponse:
        """The fault, or Slack's error code, that was chosen for this call."""
        fault, _, number = demand.partition("/")
        if fault not in FAULTS:
            return self._refuse(method, demand)
        self.calls.append((method, fault))
        return await faults.answer(fault, number, request)

    def _answer(self, method: str, answer: dict[str, object], token: Token | None = None) -> web.Response:
        self.calls.append((method, None))
        scopes = {"x-oauth-scopes": token.scopes} if token else {}
        answer |= self.odd.get(method, {})
        return web.json_response(answer, headers={**request_id(), **scopes})

    def _refuse(self, method: str, error: str) -> web.Response:
        self.calls.append((method, error))
        return web.json_response({"ok": False, "error": error}, headers=request_id())


def _back(form: Form, **answer: str) -> web.Response:
    """Send the browser back to the app's redirect URL, with its state."""
    query = urllib.parse.urlencode({**answer, "state": str(form.get("state", ""))})
    address = str(form["redirect_uri"])
    return web.Response(status=302, headers={"Location": f"{address}{'&' if '?' in address else '?'}{query}"})
