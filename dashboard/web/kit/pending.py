"""An act that waits until somebody has confirmed that it is them: what was sent is kept in a signed cookie, and sent
again by the form that asks for the password."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

from dashboard.web.kit.cookies import PENDING_LASTS

LONGEST = 3_000  # characters; browsers take 4,096 bytes of a cookie, its name and attributes included
NEVER_KEPT = frozenset(("password", "code", "next", "act"))  # the form's own fields: no secret gets into a cookie


@dataclass(frozen=True, slots=True)
class Pending:
    """Where the act was sent, and the fields of its form."""

    path: str
    fields: Mapping[str, str]


def pack(secret_keys: Sequence[str], session: str, pending: Pending) -> str | None:
    """The act as a cookie's value, for this session alone; None if it is too long, or a field of it is not kept."""
    if NEVER_KEPT & pending.fields.keys():
        return None
    packed = str(_serializer(secret_keys).dumps([session, pending.path, dict(pending.fields)]))
    return packed if len(packed) <= LONGEST else None


def unpack(secret_keys: Sequence[str], session: str, values: Sequence[str]) -> Pending | None:
    """The act behind the first good one of a cookie's values, if this session sent it a moment ago."""
    for value in values:
        try:
            of_session, path, fields = _serializer(secret_keys).loads(value, max_age=PENDING_LASTS)
        except (BadData, TypeError, ValueError):
            continue
        if of_session == session:
            return Pending(path, fields)
    return None


def _serializer(secret_keys: Sequence[str]) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        list(reversed(secret_keys)),  # itsdangerous wants the newest last
        salt="dashboard.pending-act",
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )
