"""The tokens that the simulated Slack gives out, and its answer to a code or a refresh token that is good."""

import secrets
import time
from dataclasses import dataclass, field

from dashboard.simulator.world import Place, SimulatedApp


@dataclass
class Grant:
    """An authorization code that was given out, and what shall happen to it."""

    app: SimulatedApp
    place: Place
    user_id: str
    scopes: str
    user_scopes: str
    redirect_uri: str
    demand: str
    at: float = field(default_factory=time.monotonic)
    spent: bool = False


@dataclass
class Token:
    """A token that was given out."""

    app: SimulatedApp
    place: Place
    user_id: str
    scopes: str
    is_bot: bool
    demand: str
    tests: int = 0


class Issuer:
    """`tokens` are those that are good."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self._refresh_tokens: dict[str, Token] = {}

    def granted(self, grant: Grant) -> dict[str, object]:
        """The answer to a code, with new tokens."""
        place = grant.place
        person: dict[str, object] = {"id": grant.user_id}
        answer: dict[str, object] = {
            "ok": True,
            "app_id": grant.app.app_id,
            "authed_user": person,
            "team": {"id": place.team_id, "name": place.name} if place.team_id else None,
            "enterprise": place.enterprise_id and {"id": place.enterprise_id, "name": place.enterprise_name},
            "is_enterprise_install": place.team_id is None,
        }
        if grant.scopes:
            answer |= self._issue(grant, grant.scopes, is_bot=True)
            answer |= {"token_type": "bot", "bot_user_id": f"U{grant.app.app_id}"}
        if grant.user_scopes:
            person |= self._issue(grant, grant.user_scopes, is_bot=False) | {"token_type": "user"}
        if "incoming-webhook" in grant.scopes.split(","):
            answer["incoming_webhook"] = {
                "channel": "#general",
                "channel_id": "C0GENERAL",
                "configuration_url": f"{place.url}services/B0WEBHOOK",
                "url": f"https://hooks.slack.com/services/{place.id}/B0WEBHOOK/{secrets.token_hex(12)}",
            }
        return answer

    def refreshed(self, app: SimulatedApp, refresh_token: str) -> dict[str, object] | None:
        """The answer to a refresh token, which works once, with a new token; None if it is none of that app's."""
        token = self._refresh_tokens.get(refresh_token)
        if token is None or token.app is not app:
            return None
        del self._refresh_tokens[refresh_token]
        issued = self._issue(token, token.scopes, is_bot=token.is_bot)
        more = {"token_type": "bot", "bot_user_id": f"U{app.app_id}"} if token.is_bot else {"user_id": token.user_id}
        return {"ok": True, "app_id": app.app_id, **issued, **more}

    def end_all(self, app: SimulatedApp, place: Place) -> None:
        """No token of an app in a place is good any more."""
        for text in [text for text, token in self.tokens.items() if (token.app, token.place) == (app, place)]:
            del self.tokens[text]

    def _issue(self, grant: Grant | Token, scopes: str, *, is_bot: bool) -> dict[str, object]:
        """A new token for a place, with a refresh token where the app rotates."""
        token = Token(grant.app, grant.place, grant.user_id, scopes, is_bot, grant.demand)
        kind = "b" if is_bot else "p"
        text = f"xox{kind}-{secrets.randbelow(10**12)}-{secrets.token_hex(12)}"
        issued: dict[str, object] = {"scope": scopes}
        if grant.app.rotating:
            text, refresh_token = f"xoxe.{text}", f"xoxe-1-{secrets.token_hex(24)}"
            issued |= {"refresh_token": refresh_token, "expires_in": 43_200}
            self._refresh_tokens[refresh_token] = token
        self.tokens[text] = token
        return issued | {"access_token": text}
