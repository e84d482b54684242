"""The OAuth state (RFC 6749 §10.12): all the return needs to know of the start, signed, and bound to one browser.

Nothing is stored when a state is issued; the return spends it by its attempt id.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import base64_encode

from dashboard.core.crypto import keyed_hash

PREFIX = "WyI"  # what every state of ours begins with: base64 of `["`
LONGEST_STATE = 8192  # characters; ours stay under half of it even with 512 characters of metadata

_SALT = "dashboard.oauth-state"
_SHA256: dict[str, Any] = {"digest_method": hashlib.sha256}
_BROWSER_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class State:
    """What a start hands to its return. The order of the fields is the signed payload: append, never reorder."""

    client_id: str
    attempt_id: str
    reference: str
    issued_at: int  # milliseconds since 1970, UTC
    browser: str  # digest of the browser's secret
    redirect_uri: str
    team: str | None
    source: str
    metadata: str | None
    metadata_signed: bool
    link_expires_at: int | None = None  # seconds since 1970
    invitation: str | None = None  # digest of a one-time link
    language: str | None = None  # of the pages, if another was asked for than the browser's


# `astuple` copies each value, which takes ten times as long.
_payload = attrgetter(*(field.name for field in fields(State)))
_KNOWN_TO_ALL = 10  # fields: each release reads so many


class _Uncompressed(URLSafeSerializer):
    """zlib would take a tenth of a start, to make an address of 600 characters a hundred shorter."""

    def dump_payload(self, obj: object) -> bytes:
        return base64_encode(_Json.dumps(obj))


class _Json:
    """Compact, and without escapes: metadata in Japanese takes three bytes a character, not six."""

    # Made once: `json.dumps` makes one each time.
    _encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    @classmethod
    def dumps(cls, payload: object, **_: object) -> str:
        return cls._encode(payload)

    loads = staticmethod(json.loads)


class StateSigner:
    """Signs states with the newest key and reads those signed with any of them."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        derived = [Signer(key, _SALT, key_derivation="hmac", **_SHA256).derive_key() for key in secret_keys]
        self._serializer = _Uncompressed(
            list(reversed(derived)),  # itsdangerous wants the newest last
            salt=_SALT,
            serializer=_Json,
            signer_kwargs={"key_derivation": "none", **_SHA256},  # it would derive a key anew for each state
        )

    def sign(self, state: State) -> str:
        payload = list(_payload(state))
        # While a release is rolled out the one before reads states, too, and does not know the last fields.
        while len(payload) > _KNOWN_TO_ALL and payload[-1] is None:
            payload.pop()
        return str(self._serializer.dumps(payload))

    def read(self, text: str) -> State | None:
        """The state behind a signed text, however old, or None if no key of ours signed it."""
        if len(text) > LONGEST_STATE or not text.isascii():
            return None
        try:
            return State(*self._serializer.loads(text))
        except (BadData, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Process:
    """A running service, as its attempts know it: when it started (ms), and the id of the key it signs states with."""

    started_at: int
    key_id: str

    @classmethod
    def of(cls, secret_keys: Sequence[str], started_at: int) -> "Process":
        return cls(started_at, keyed_hash(secret_keys[0], "key id", "")[:8])


def shortest(client_id: str, redirect_uri: str) -> int:
    """How many characters a state of this app has at least."""
    least = State(client_id, "0" * 32, "0" * 9, 10**12, "0" * 32, redirect_uri, None, "page", None, False)
    return len(StateSigner(("",)).sign(least))


def new_attempt_id(at: int) -> str:
    """16 bytes, in hex: a moment (ms) in 6 of them, and 10 random ones.

    Attempts that begin together are kept together so, in the table and in each index that names them: random keys touch
    a page each (https://www.rfc-editor.org/rfc/rfc9562#section-2.1).
    """
    return f"{at:012x}{secrets.token_hex(10)}"


def new_browser_secret() -> str:
    """What the browser keeps in its cookie. It is random and says nothing of the state."""
    return secrets.token_urlsafe(32)


def is_browser_secret(text: str) -> bool:
    return _BROWSER_SECRET.fullmatch(text) is not None


def browser_digest(secret: str, *, host_only: bool = False) -> str:
    """What the state and the attempt know of a browser's secret (256 random bits: a plain hash suffices). That of a
    `__Host-` cookie is another one: a cookie which a sibling domain could set does not do for it."""
    return hashlib.sha256(f"{'__Host-' if host_only else ''}{secret}".encode()).hexdigest()[:32]


def is_same_browser(state: State, digests: Iterable[str]) -> bool:
    """Whether any of the secrets received is the one this state was issued to."""
    return any(hmac.compare_digest(digest, state.browser) for digest in digests)
