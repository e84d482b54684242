"""Signing in: the password, then the one-time code if it is on. No web framework here.

Guesses are counted before anything is looked at, and an unknown account takes as long as a known one.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import Connection

from dashboard.access import audit, operators, passwords, second_factor, sessions, throttle
from dashboard.access.permissions import Operator
from dashboard.core.clock import now
from dashboard.core.crypto import Keyring, keyed_hash
from dashboard.core.db import Database
from dashboard.core.errors import SealError
from dashboard.core.models import OperatorAccount

log = structlog.get_logger("dashboard.signin")

TICKET_LASTS = 300  # seconds between the password and the code
BROWSER_LASTS = 180 * 86_400  # seconds that a browser which signed in is known


@dataclass(frozen=True, slots=True)
class Caller:
    """The client that is signing in: its address, for the throttle, what a session or the audit may keep of it, and
    the tokens of sessions it sent, which end where it gets a new one, and what it shows of having signed in before."""

    address: str
    traits: dict[str, str | None]  # browser, system, ip_prefix
    tokens: tuple[str, ...] = field(default=(), repr=False)
    known_browser: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a try: a session's token, a ticket if a code is still needed, or a wait (ms). Else it was wrong."""

    token: str | None = field(default=None, repr=False)
    known_browser: str | None = field(default=None, repr=False)  # for its cookie, with the token
    ticket: str | None = field(default=None, repr=False)
    wait: int | None = None


class Doorkeeper:
    """What signing in needs for the life of a process."""

    def __init__(self, database: Database, secret_keys: Sequence[str], roots: Sequence[str]) -> None:
        self.database = database
        self.factor_keys: Keyring = second_factor.keyring(roots)
        self._hash_key = secret_keys[0]
        self._tickets = _serializer(secret_keys, "dashboard.sign-in")
        self._browsers = _serializer(secret_keys, "dashboard.known-browser")

    async def with_password(self, email: str, password: str, caller: Caller) -> Result:
        """The first step. The account's second factor decides whether it is the last."""
        address = operators.normal_email(email) or ""
        against = self._limits(address, caller)
        wait = await self.database.write(throttle.charge, against, now())
        if wait:  # not audited: the denials before it are, and whoever floods us must not fill the audit
            return Result(wait=wait)
        account = await self.database.read(operators.find, address)
        known = account.password_hash if account and account.disabled_at is None else None
        right = await passwords.slowly(passwords.matches, known, password)
        if not right or account is None or known is None:
            await self._note_denied(address, caller, "wrong password")
            return Result()
        if passwords.is_outdated(known):
            account.password_hash = await passwords.slowly(passwords.hashed, password)
            await self.database.write(operators.rehash, account.id, known, account.password_hash)
        if account.totp_secret:
            await self.database.write(throttle.refund, against)
            return Result(ticket=self._tickets.dumps([account.id, _print_of(account)]))
        return await self._let_in(account, caller, against)

    async def with_link(self, operator_id: int, caller: Caller) -> Result:
        """Let somebody in who has just set the password by a one-time link; the second factor is still asked for."""
        account = await self.database.read(operators.get, operator_id)
        if account.totp_secret:
            return Result(ticket=self._tickets.dumps([account.id, _print_of(account)]))
        return await self._let_in(account, caller, ())

    async def with_code(self, ticket: str, code: str, caller: Caller) -> Result:
        """The second step: a one-time code or a recovery code, with the ticket of the first."""
        account = await self.of_ticket(ticket)
        if account is None:
            return Result()
        against = self._limits(account.email, caller)
        wait = await self.database.write(throttle.charge, against, now())
        if wait:
            return Result(wait=wait)
        if not await self._spend_code(account, _actor(account, caller), code):
            await self._note_denied(account.email, caller, "wrong code")
            return Result()
        return await self._let_in(account, caller, against)

    async def of_ticket(self, ticket: str) -> OperatorAccount | None:
        """The account a ticket was given for, unless it is old, or the password or second factor changed since."""
        try:
            operator_id, print_of = self._tickets.loads(ticket, max_age=TICKET_LASTS)
            account = await self.database.read(operators.get, int(operator_id))
        except (BadData, TypeError, ValueError):
            return None
        usable = account.disabled_at is None and account.totp_secret and _print_of(account) == print_of
        return account if usable else None

    async def again(self, operator: Operator, password: str, code: str) -> Result:
        """Whether somebody who is signed in still knows the password, or has the code. No token comes of it:
        `wait` is 0 where the answer was right."""
        account = await self.database.read(operators.get, operator.id or 0)
        against = throttle.of_proof(self._hash_key, account.email)
        wait = await self.database.write(throttle.charge, against, now())
        if wait:
            return Result(wait=wait)
        if code and not password:
            right = bool(account.totp_secret) and await self._spend_code(account, operator, code)
        else:
            right = await passwords.slowly(passwords.matches, account.password_hash, password)
        if not right:
            await self.database.write(audit.record, operator, "confirm", outcome=audit.DENIED)
            return Result()
        await self.database.write(_confirmed, operator, against)
        return Result(wait=0)

    def _limits(self, email: str, caller: Caller) -> list[throttle.Limit]:
        browser = self._known_browser(email, caller)
        return throttle.of_guess(self._hash_key, email, caller.address, browser)

    def _known_browser(self, email: str, caller: Caller) -> str | None:
        """What tells this browser from others, if it signed in to this account before and shows our word for it."""
        for token in caller.known_browser:
            try:
                account, browser = self._browsers.loads(token, max_age=BROWSER_LASTS)
            except (BadData, TypeError, ValueError):
                continue
            if account == self._account_of(email):
                return str(browser)
        return None

    def _account_of(self, email: str) -> str:
        return keyed_hash(self._hash_key, "known-browser", email)

    async def _let_in(self, account: OperatorAccount, caller: Caller, against: Sequence[throttle.Limit]) -> Result:
        """The last step of both ways in. The account may have changed since its password was looked at."""
        token = await self.database.write(_open_session, account, caller, against)
        if token is None:
            await self._note_denied(account.email, caller, "the account changed meanwhile")
            return Result()
        known_browser = self._browsers.dumps([self._account_of(account.email), secrets.token_urlsafe(12)])
        return Result(token=token, known_browser=known_browser)

    async def _spend_code(self, account: OperatorAccount, operator: Operator, code: str) -> bool:
        """Where the key that sealed the secret is gone, recovery codes are still good."""
        secret = None
        try:
            if account.totp_secret:
                secret = second_factor.unseal(self.factor_keys, account.id, account.totp_secret)
        except SealError as error:
            log.warning("second_factor.sealed", operator=account.email, sentence=error.sentence)
        return await self.database.write(second_factor.spend, operator, secret, code, now())

    async def _note_denied(self, email: str, caller: Caller, why: str) -> None:
        await self.database.write(_denied, email, caller, why)


def _serializer(secret_keys: Sequence[str], salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        list(reversed(secret_keys)),  # itsdangerous wants the newest last
        salt=salt,
        signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
    )


def _open_session(
    db: Connection, account: OperatorAccount, caller: Caller, against: Sequence[throttle.Limit]
) -> str | None:
    """The token of a new session; None if the account is disabled, or its password or second factor is another by now.

    The account is locked first: whoever disables it or changes its password either was first, and is seen here, or
    comes after, and ends this session with the others."""
    current = operators.locked(db, account.id)
    if current is None or current.disabled_at is not None or _print_of(current) != _print_of(account):
        return None
    throttle.refund(db, against)
    audit.record(db, _actor(account, caller), "sign_in")
    sessions.end_of_browser(db, caller.tokens)
    return sessions.begin(db, account.id, caller.traits, now())


def _confirmed(db: Connection, operator: Operator, against: Sequence[throttle.Limit]) -> None:
    throttle.refund(db, against)
    audit.record(db, operator, "confirm")


def _actor(account: OperatorAccount, caller: Caller) -> Operator:
    return Operator(account.id, account.email, owner=account.owner, network=caller.traits["ip_prefix"])


def _denied(db: Connection, email: str, caller: Caller, why: str) -> None:
    """The address is told only where it is an operator's: people type their passwords into the wrong field."""
    known = operators.find(db, email)
    who = known.email if known else "unknown"
    actor = Operator(None, who, owner=False, network=caller.traits["ip_prefix"])
    audit.record(db, actor, "sign_in", outcome=audit.DENIED, details=why)


def _print_of(account: OperatorAccount) -> str:
    """Changes whenever the password or the second factor does."""
    return sessions.digest(f"{account.password_hash}|{account.totp_secret}")[:16]
