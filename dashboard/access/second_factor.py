"""One-time codes (RFC 6238) and the recovery codes behind them."""

import base64
import re
import secrets
from collections.abc import Sequence

import pyotp
from sqlalchemy import Connection, delete, insert, select, update

from dashboard.access import audit
from dashboard.access.permissions import Operator
from dashboard.access.sessions import digest
from dashboard.core.crypto import Keyring, derive
from dashboard.core.db import changed, fetch
from dashboard.core.errors import SealError
from dashboard.core.models import OperatorAccount, RecoveryCode
from dashboard.core.reference import ALPHABET

STEP = 30_000  # ms a code lasts
RECOVERY_CODES = 10
_RECOVERY_LENGTH = 16  # characters of 5 bits
_SPACES = re.compile(r"\s")
_SIX_DIGITS = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s-]")  # what people put between the groups of a recovery code

ISSUER = "Installation dashboard"


def keyring(roots: Sequence[str]) -> Keyring:
    """What seals the secrets of second factors: a purpose of its own under the roots that seal tokens."""
    return Keyring(base64.urlsafe_b64encode(derive(root, "second-factor")).decode() for root in roots)


def new_secret() -> str:
    return pyotp.random_base32()


def seal(keys: Keyring, operator_id: int, secret: str) -> str:
    return keys.seal(secret, "second-factor", str(operator_id))


def unseal(keys: Keyring, operator_id: int, stored: str) -> str:
    """Raises SealError if the key is missing."""
    return keys.open(stored, "second-factor", str(operator_id))


def unreadable(db: Connection, keys: Keyring) -> list[str]:
    """The addresses of the operators whose secret, in use or offered, cannot be opened with these keys."""
    accounts = fetch(db, select(OperatorAccount).order_by(OperatorAccount.email), OperatorAccount)
    return [account.email for account in accounts if not _can_be_opened(keys, account)]


def _can_be_opened(keys: Keyring, account: OperatorAccount) -> bool:
    try:
        for stored in filter(None, (account.totp_secret, account.totp_offered)):
            unseal(keys, account.id, stored)
    except SealError:
        return False
    return True


def address(secret: str, email: str) -> str:
    """The `otpauth:` link that authenticator apps take."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: int) -> int | None:
    """The 30-second step a code belongs to, the current or one beside it: clocks differ. None for a wrong code."""
    digits = _SPACES.sub("", code)
    if not _SIX_DIGITS.fullmatch(digits):
        return None
    totp, current = pyotp.TOTP(secret), now // STEP
    return next(
        (
            step
            for step in (current, current - 1, current + 1)
            if secrets.compare_digest(totp.generate_otp(step), digits)
        ),
        None,
    )


def spend(db: Connection, operator: Operator, secret: str | None, code: str, now: int) -> bool:
    """Use up a code or a recovery code; whether it was right. No code works twice, however many ask at once.

    Without a secret only recovery codes work. That one was used is in the audit."""
    step = step_of(secret, code, now) if secret else None
    if step is None:
        return _spend_recovery_code(db, operator, code)
    unused = OperatorAccount.totp_last_step.is_(None) | (OperatorAccount.totp_last_step < step)
    account = update(OperatorAccount).where(OperatorAccount.id == operator.id, unused)
    return changed(db, account.values(totp_last_step=step))


def _spend_recovery_code(db: Connection, operator: Operator, code: str) -> bool:
    spent = (RecoveryCode.operator_id == operator.id) & (RecoveryCode.digest == digest(_normal(code)))
    if not changed(db, delete(RecoveryCode).where(spent)):
        return False
    audit.record(db, operator, "recovery_code.use", "operator", operator.email)
    return True


def new_recovery_codes(db: Connection, operator_id: int) -> list[str]:
    """Ten new codes, in place of all earlier ones, as they are shown once."""
    db.execute(delete(RecoveryCode).where(RecoveryCode.operator_id == operator_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    db.execute(insert(RecoveryCode), [{"operator_id": operator_id, "digest": digest(code)} for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4)) for code in codes]


def _normal(code: str) -> str:
    return _BETWEEN.sub("", code).upper().translate(str.maketrans("OIL", "011"))
