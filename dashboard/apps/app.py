"""A Slack app of ours, as the install flow sees it, made from its row in the registry or from the environment."""

import hashlib
import hmac
import urllib.parse
from dataclasses import dataclass, field, replace
from functools import cached_property

from dashboard.apps.brand import Brand, Translation, reasons_of, translated_texts
from dashboard.apps.link import Link, signed_text
from dashboard.core.config import Settings
from dashboard.core.crypto import Keyring, Vault, app_secret_keyring, derive
from dashboard.core.errors import SealError
from dashboard.core.models import App as AppRow

DEFAULT_SLUG = "default"
UNNAMED = "this app"


@dataclass(frozen=True)
class App:
    """One Slack app with all that serving it takes. The default one comes from the environment."""

    slug: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    user_scopes: tuple[str, ...]
    redirect_uri: str
    link_secrets: tuple[str, ...] = field(repr=False)  # sign links; the first signs, all are accepted
    result_secret: str = field(repr=False)  # signs what a vendor's own pages are told
    vault: Vault = field(repr=False)  # its rows, and their keys
    optional_scopes: tuple[str, ...] = ()  # the person may decline them
    success_url: str = ""  # where to send the browser afterwards, instead of our page
    failure_url: str = ""
    page_enabled: bool = True  # without, *install* behaves as *start*
    paused: bool = False
    problem: SealError | None = None  # why it cannot be served: its secret cannot be opened
    brand: Brand = field(default_factory=Brand)

    @property
    def is_named(self) -> bool:
        return self.name != UNNAMED

    @property
    def initial(self) -> str:
        """What stands in the place of a logo."""
        return next((letter.upper() for letter in self.name if letter.isalnum()), "?") if self.is_named else "#"

    def speaking(self, language: str) -> "App":
        """The app with what its vendor says in that language, where there is anything."""
        brand = self.brand.speaking(language)
        return self if brand is self.brand else replace(self, brand=brand)

    @property
    def path(self) -> str:
        """Where its three public addresses begin. The default app keeps the paths every Bolt app uses."""
        return "/slack" if self.slug == DEFAULT_SLUG else f"/apps/{self.slug}"

    @cached_property
    def requested_scopes(self) -> tuple[str, ...]:
        """The bot scopes to ask Slack for: the optional ones too, unless they are optional user scopes."""
        optional = (scope for scope in self.optional_scopes if scope not in self.user_scopes)
        return tuple(dict.fromkeys((*self.scopes, *optional)))

    def install_path(self, asked: Link) -> str:
        """The path of the install page for what a link asks for."""
        return f"{self.path}/install{self._query(asked)}"

    def start_path(self, asked: Link, source: str | None = None) -> str:
        """The path that begins an installation, carrying on what a link asked for."""
        return f"{self.path}/start{self._query(asked, source=source)}"

    def _query(self, asked: Link, **more: str | None) -> str:
        signed = {}
        if asked.metadata and asked.signed:
            signed = {"exp": asked.expires_at, "sig": self.sign(signed_text(asked.metadata, asked.expires_at))}
        query = {"team": asked.team, "metadata": asked.metadata, **signed, "lang": asked.language, **more}
        encoded = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        return f"?{encoded}" if encoded else ""

    def sign(self, text: str) -> str:
        """The `sig` of a link: hex HMAC-SHA256 of its text (`link.signed_text`) with the app's link secret."""
        return _signature(self.link_secrets[0], text)

    def accepts(self, text: str, signature: str) -> bool:
        """Whether a `sig` was made with one of this app's link secrets."""
        sent = signature.encode()  # compare_digest takes text only where it is ASCII
        return any(hmac.compare_digest(_signature(secret, text).encode(), sent) for secret in self.link_secrets)

    def result_url(self, address: str, reference: str, reason: str, asked: Link) -> str:
        """The app's success or failure URL with how the installation ended. Signed as a whole where the metadata came
        signed: the metadata then names the vendor's own account, and nobody can claim another's (docs/links.md). With
        a secret of its own: a link's metadata can be any text, a result's among them."""
        result = {"ref": reference, "reason": reason}
        if asked.signed and asked.metadata:
            result["metadata"] = asked.metadata
            result["sig"] = _signature(self.result_secret, urllib.parse.urlencode(result))
        parts = urllib.parse.urlsplit(address)
        query = "&".join(part for part in (parts.query, urllib.parse.urlencode(result)) if part)
        return urllib.parse.urlunsplit(parts._replace(query=query))


def _signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def token_roots(settings: Settings) -> tuple[str, ...]:
    """What every app's token key is derived from, newest first."""
    return settings.token_keys or settings.secret_keys


def from_row(settings: Settings, row: AppRow) -> App:
    """An app of the registry. One whose secret cannot be opened has a `problem`, and the others are served."""
    client_secret, problem = "", None
    try:
        client_secret = open_secret(settings, row, "client_secret")
    except SealError as error:
        problem = error
    app = App(
        slug=row.slug,
        name=row.name,
        client_id=row.client_id,
        client_secret=client_secret,
        problem=problem,
        scopes=_words(row.scopes),
        user_scopes=_words(row.user_scopes),
        redirect_uri=row.redirect_uri or f"{settings.public_url}/apps/{row.slug}/oauth_redirect",
        link_secrets=_secrets(settings, "link", row.client_id),
        result_secret=_secrets(settings, "result", row.client_id)[0],
        vault=_vault(settings, row.client_id),
    )
    return _presented(app, row)


def from_environment(settings: Settings, row: AppRow | None) -> App:
    """The default app: the environment decides what it is, its row how it presents itself."""
    client_id = settings.slack_client_id
    app = App(
        slug=DEFAULT_SLUG,
        name=UNNAMED,
        client_id=client_id,
        client_secret=settings.slack_client_secret,
        scopes=settings.slack_scopes,
        user_scopes=settings.slack_user_scopes,
        redirect_uri=settings.slack_redirect_uri or f"{settings.public_url}/slack/oauth_redirect",
        link_secrets=_secrets(settings, "link", client_id),
        result_secret=_secrets(settings, "result", client_id)[0],
        vault=_vault(settings, client_id),
    )
    return _presented(app, row) if row else app


def _secrets(settings: Settings, purpose: str, client_id: str) -> tuple[str, ...]:
    """An app's secrets for one purpose, newest first."""
    return tuple(derive(root, purpose, client_id).hex() for root in settings.secret_keys)


def _vault(settings: Settings, client_id: str) -> Vault:
    keyring = Keyring.from_roots(token_roots(settings), client_id)
    return Vault(client_id, keyring, seal=settings.token_encryption)


def _presented(app: App, row: AppRow) -> App:
    """The app with what the registry decides of every app, the environment's too."""
    return replace(
        app,
        name=row.name,
        optional_scopes=_words(row.optional_scopes),
        success_url=row.success_url or "",
        failure_url=row.failure_url or "",
        page_enabled=row.page_enabled,
        paused=row.paused_at is not None,
        brand=brand_of(row),
    )


def brand_of(row: AppRow) -> Brand:
    """How an app with this row presents itself."""
    return Brand(
        vendor=row.vendor or "",
        sentence=row.sentence or "",
        how_it_works=row.how_it_works or "",
        next_steps=row.next_steps or "",
        scope_reasons=reasons_of(row.scope_reasons),
        accent=row.accent or "",
        logo_digest=hashlib.sha256(row.logo).hexdigest()[:12] if row.logo else "",
        privacy_url=row.privacy_url or "",
        terms_url=row.terms_url or "",
        support=row.support or "",
        translations=_translations(row.translations),
    )


def _translations(stored: str | None) -> tuple[Translation, ...]:
    return tuple(
        Translation(
            language,
            sentence=said.get("sentence", ""),
            how_it_works=said.get("how_it_works", ""),
            next_steps=said.get("next_steps", ""),
            scope_reasons=reasons_of(said.get("scope_reasons")),
        )
        for language, said in translated_texts(stored).items()
    )


def _words(joined: str | None) -> tuple[str, ...]:
    return tuple(joined.split(",")) if joined else ()


def open_secret(settings: Settings, row: AppRow, column: str) -> str:
    """A secret of an app in clear: `client_secret` or `signing_secret`; empty if there is none.

    Raises SealError, naming the app and the next step, if it cannot be opened.
    """
    keyring = app_secret_keyring(token_roots(settings), row.client_id)
    try:
        return keyring.open(getattr(row, column) or "", row.client_id, column)
    except SealError as error:
        raise SealError(
            f"The {column.replace('_', ' ')} of the app '{row.slug}' cannot be opened: {error.sentence}",
            "Add the older key to DASHBOARD_TOKEN_KEYS (or SECRET_KEY), or set the secret anew: `dashboard app edit`.",
        ) from None
