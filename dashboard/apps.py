"""The Slack apps this deployment serves."""

import hashlib
import hmac
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboard.brand import Brand
from dashboard.config import Settings
from dashboard.crypto import Keyring, derive
from dashboard.errors import DashboardError
from dashboard.link import Link
from dashboard.store import Vault

DEFAULT_SLUG = "default"


@dataclass(frozen=True)
class App:
    """A Slack app of ours. The default one comes from the environment."""

    slug: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    user_scopes: tuple[str, ...]
    redirect_uri: str
    link_secrets: tuple[str, ...] = field(repr=False)  # sign metadata; the first signs, all are accepted
    optional_scopes: tuple[str, ...] = ()  # the person may decline them
    success_url: str = ""  # where to send the browser afterwards, instead of our page
    failure_url: str = ""
    page_enabled: bool = True  # without, *install* behaves as *start*
    paused: bool = False
    brand: Brand = field(default_factory=Brand)

    @property
    def path(self) -> str:
        """Where its three public addresses begin. The default app keeps the paths every Bolt app uses."""
        return "/slack" if self.slug == DEFAULT_SLUG else f"/apps/{self.slug}"

    def install_path(self, asked: Link) -> str:
        """The path of the install page for what a link asks for."""
        return f"{self.path}/install{self._query(asked)}"

    def start_path(self, asked: Link, source: str | None = None) -> str:
        """The path that begins an installation, carrying on what a link asked for."""
        return f"{self.path}/start{self._query(asked, source=source)}"

    def _query(self, asked: Link, **more: str | None) -> str:
        signature = self.sign(asked.metadata) if asked.metadata and asked.signed else None
        query = {"team": asked.team, "metadata": asked.metadata, "sig": signature, **more}
        given = urllib.parse.urlencode({name: value for name, value in query.items() if value})
        return f"?{given}" if given else ""

    def sign(self, metadata: str) -> str:
        """The `sig` of a link: hex HMAC-SHA256 of the metadata with the app's link secret."""
        return _signature(self.link_secrets[0], metadata)

    def accepts(self, metadata: str, signature: str) -> bool:
        """Whether a `sig` was made with one of this app's link secrets."""
        given = signature.encode()  # compare_digest takes text only where it is ASCII
        return any(hmac.compare_digest(_signature(secret, metadata).encode(), given) for secret in self.link_secrets)


def _signature(secret: str, metadata: str) -> str:
    return hmac.new(secret.encode(), metadata.encode(), hashlib.sha256).hexdigest()


def token_roots(settings: Settings) -> tuple[str, ...]:
    """What every app's token key is derived from, newest first."""
    return settings.token_keys or settings.secret_keys


def vault(settings: Settings, app: App) -> Vault:
    """The app's rows and keys, as the store wants them."""
    keyring = Keyring.from_roots(token_roots(settings), app.client_id)
    return Vault(app.client_id, keyring, seal=settings.token_encryption)


def from_environment(settings: Settings) -> Mapping[str, App]:
    """The apps by slug: none, or the default one."""
    if not settings.slack_client_id:
        return {}
    client_id = settings.slack_client_id
    app = App(
        slug=DEFAULT_SLUG,
        name="this app",
        client_id=client_id,
        client_secret=settings.slack_client_secret,
        scopes=settings.slack_scopes,
        user_scopes=settings.slack_user_scopes,
        redirect_uri=settings.slack_redirect_uri or f"{settings.public_url}/slack/oauth_redirect",
        link_secrets=tuple(derive(root, "link", client_id).hex() for root in settings.secret_keys),
    )
    return {app.slug: app}


def require(settings: Settings, slug: str) -> App:
    """The app of that slug. Raises DashboardError where there is none."""
    settings.require_secret_key()
    registry = from_environment(settings)
    if slug in registry:
        return registry[slug]
    known = f"There is only: {', '.join(registry)}." if registry else "Set SLACK_CLIENT_ID for the default app."
    raise DashboardError(f"There is no app '{slug[:40]}'.", known)
