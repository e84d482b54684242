"""One's own account: password, second factor, sessions. Each verb acts on whoever calls it, and nobody else."""

from sqlalchemy import Connection, delete, func, select, update

from dashboard.access import audit, operators, second_factor, sessions
from dashboard.access.permissions import Operator
from dashboard.access.sessions import SignedIn
from dashboard.core.crypto import Keyring
from dashboard.core.errors import SealError
from dashboard.core.models import OperatorAccount, RecoveryCode


def change_password(db: Connection, session: SignedIn, password_hash: str, now: int) -> str | None:
    """Set a new password. Every other session ends; this one gets the token returned, None if it is over."""
    operator_id = own_id(session.operator)
    operators.set_password(db, operator_id, password_hash)
    sessions.end_all(db, operator_id, but=session.digest)
    audit.record(db, session.operator, "password.set", "operator", session.operator.email)
    return sessions.renew(db, session.digest, now)


def offer_factor(db: Connection, operator: Operator, keys: Keyring) -> None:
    """Make a new secret for an authenticator app. Codes are not asked for until one has proved that the app has it."""
    operator_id = own_id(operator)
    sealed = second_factor.seal(keys, operator_id, second_factor.new_secret())
    _change(db, operator_id, totp_offered=sealed)


def withdraw_factor(db: Connection, operator: Operator) -> None:
    """Forget a secret that was offered and not put to use."""
    _change(db, own_id(operator), totp_offered=None)


def offered_secret(keys: Keyring, account: OperatorAccount) -> str | None:
    """The secret that was offered and not put to use; None if there is none, or the key that sealed it is gone."""
    if not account.totp_offered:
        return None
    try:
        return second_factor.unseal(keys, account.id, account.totp_offered)
    except SealError:
        return None


def turn_factor_on(
    db: Connection, session: SignedIn, keys: Keyring, code: str, now: int
) -> tuple[str | None, list[str]] | None:
    """Ask for codes from now on, where `code` is of the secret last offered; None if it is not.

    Every other session ends: none of them gave a code. Returns the session's new token and the recovery codes, which
    are shown this once.
    """
    operator_id = own_id(session.operator)
    account = operators.get(db, operator_id)
    secret = offered_secret(keys, account)
    step = second_factor.step_of(secret, code, now) if secret else None
    if step is None:
        return None
    _change(db, operator_id, totp_secret=account.totp_offered, totp_offered=None, totp_last_step=step)
    sessions.end_all(db, operator_id, but=session.digest)
    audit.record(db, session.operator, "second_factor.on", "operator", session.operator.email)
    return sessions.renew(db, session.digest, now), second_factor.new_recovery_codes(db, operator_id)


def turn_factor_off(db: Connection, session: SignedIn, now: int) -> str | None:
    """Ask for the password alone from now on. The session's new token. The caller has asked for a code."""
    operator_id = own_id(session.operator)
    _change(db, operator_id, totp_secret=None, totp_offered=None, totp_last_step=None)
    db.execute(delete(RecoveryCode).where(RecoveryCode.operator_id == operator_id))
    audit.record(db, session.operator, "second_factor.off", "operator", session.operator.email)
    return sessions.renew(db, session.digest, now)


def new_recovery_codes(db: Connection, operator: Operator) -> list[str]:
    audit.record(db, operator, "recovery_codes.new", "operator", operator.email)
    return second_factor.new_recovery_codes(db, own_id(operator))


def recovery_codes_left(db: Connection, operator: Operator) -> int:
    left = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.operator_id == own_id(operator))
    return int(db.execute(left).scalar_one())


def end_session(db: Connection, operator: Operator, session: str) -> None:
    """End one of one's own sessions, named by its digest; nothing where it is none."""
    if sessions.end(db, own_id(operator), session):
        audit.record(db, operator, "session.end", "operator", operator.email)


def sign_out(db: Connection, session: SignedIn) -> None:
    """End the session one is in."""
    if sessions.end(db, own_id(session.operator), session.digest):
        audit.record(db, session.operator, "sign_out")


def end_other_sessions(db: Connection, session: SignedIn) -> None:
    sessions.end_all(db, own_id(session.operator), but=session.digest)
    audit.record(db, session.operator, "session.end", "operator", session.operator.email, details="all others")


def own_id(operator: Operator) -> int:
    """The id of an operator who is a person: whoever is signed in."""
    if operator.id is None:
        raise ValueError("The command line has no account of its own.")
    return operator.id


def _change(db: Connection, operator_id: int, **columns: object) -> None:
    db.execute(update(OperatorAccount).where(OperatorAccount.id == operator_id).values(columns))
