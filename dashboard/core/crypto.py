"""Keys, and the sealing of tokens at rest.

From each root (`DASHBOARD_TOKEN_KEYS`, else `SECRET_KEY`) every app gets a key of its own, so that the key a Bolt
process holds opens its own app's rows and nothing else. A sealed value names its key and is bound to the row and
column it stands in: AES-GCM refuses it anywhere else.
"""

import base64
import hashlib
import hmac
import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dashboard.core.errors import ConfigurationError, SealError

SEALED = "sealed:1:"
_NONCE = 12
_KEY_LENGTH = 32


@lru_cache(maxsize=1024)
def derive(root: str, purpose: str, *context: str) -> bytes:
    """A 32-byte key for one purpose (RFC 5869). Roots are high-entropy by configuration, so no slow hash is needed."""
    info = pack("dashboard", purpose, *context)
    return HKDF(algorithm=SHA256(), length=_KEY_LENGTH, salt=None, info=info).derive(root.encode())


def pack(*fields: str | None) -> bytes:
    """Length-prefixed, so that no two lists of fields look alike; None is distinct from the empty string."""
    parts = []
    for text in fields:
        if text is None:
            parts.append(struct.pack(">i", -1))
            continue
        encoded = text.encode()
        parts.append(struct.pack(">i", len(encoded)) + encoded)
    return b"".join(parts)


def keyed_hash(root: str, purpose: str, value: str) -> str:
    """32 hex characters that stand for a value without telling it, such as a visitor's address."""
    return hmac.new(derive(root, purpose), value.encode(), hashlib.sha256).hexdigest()[:32]


def app_key(root: str, client_id: str) -> str:
    """The token key of one app, as its Bolt process gets it in `DASHBOARD_TOKEN_KEY`."""
    return base64.urlsafe_b64encode(derive(root, "token", client_id)).decode()


def app_secret_keyring(roots: Sequence[str], client_id: str) -> "Keyring":
    """Seals an app's own secrets. Not its token key: a Bolt process has that one."""
    return Keyring(base64.urlsafe_b64encode(derive(root, "app secret", client_id)).decode() for root in roots)


class Keyring:
    """Seals and opens the tokens of one app. The first key seals; all of them open."""

    def __init__(self, app_keys: Iterable[str]) -> None:
        self._ciphers: dict[str, AESGCM] = {}
        for text in app_keys:
            key = _decoded(text)
            self._ciphers[hashlib.sha256(b"dashboard key id" + key).hexdigest()[:8]] = AESGCM(key)
        if not self._ciphers:
            raise ConfigurationError("No token key is given.")
        self.active = next(iter(self._ciphers))

    @classmethod
    def from_roots(cls, roots: Sequence[str], client_id: str) -> "Keyring":
        return cls(app_key(root, client_id) for root in roots)

    @property
    def key_ids(self) -> frozenset[str]:
        return frozenset(self._ciphers)

    def seal(self, plain: str, *place: str | None) -> str:
        """The sealed form of a token, bound to its place: client id, enterprise, team, user, column."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self.active].encrypt(nonce, plain.encode(), pack(*place))
        return f"{SEALED}{self.active}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, stored: str, *place: str | None) -> str:
        """The token behind a stored value; a plain one is handed back as it is.

        Raises SealError if the key is missing or the value stands in another place than it was sealed for.
        """
        if not is_sealed(stored):
            return stored
        key_id, _, payload = stored.removeprefix(SEALED).partition(":")
        if key_id not in self._ciphers:
            raise SealError(f"A token is sealed with key {key_id}, which is not among the keys given.")
        try:
            raw = base64.b64decode(payload, altchars=b"-_", validate=True)
            return self._ciphers[key_id].decrypt(raw[:_NONCE], raw[_NONCE:], pack(*place)).decode()
        except (InvalidTag, ValueError):
            raise SealError("A sealed token does not belong to the row or column it stands in.") from None


@dataclass(frozen=True)
class Vault:
    """The app whose rows these are, and the keys that seal and open them. Without `seal` new rows are stored plain;
    sealed ones can still be opened."""

    client_id: str
    keyring: Keyring
    seal: bool = True


def is_sealed(stored: str) -> bool:
    return stored.startswith(SEALED)


def _decoded(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip().encode())
    except ValueError:
        key = b""
    if len(key) != _KEY_LENGTH:
        raise ConfigurationError(
            "DASHBOARD_TOKEN_KEY is not a token key.", "Print the app's key with `dashboard app key SLUG`."
        )
    return key
