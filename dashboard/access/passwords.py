"""Passwords: argon2id, with OWASP's least parameters, which take about 40 ms and 19 MB.

Both functions are slow on purpose. Async code runs them by `slowly`, in a thread and two at a time: each needs its
memory, and whoever floods the login must not take all of it.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

P = ParamSpec("P")
T = TypeVar("T")

SHORTEST, LONGEST = 12, 256  # characters

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_at_once = asyncio.Semaphore(2)


async def slowly(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run one of the functions below off the event loop."""
    async with _at_once:
        return await asyncio.to_thread(work, *args, **kwargs)


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _hasher.hash(_normal(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether a password fits the stored hash. Without a hash it takes as long, and the answer is no."""
    if len(password) > LONGEST:
        return False
    try:
        return _hasher.verify(stored or _of_nobody(), _normal(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def objection(password: str, repeated: str, email: str) -> str | None:
    """What is wrong with a new password, in a sentence; None if nothing is."""
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. A few words in a row are easy to remember and hard to guess."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    if password.casefold() in (email, email.partition("@")[0]) or len(set(password)) < 5:
        return "This one is too easy to guess."
    if password != repeated:
        return "The two passwords are not the same."
    return None


def _normal(password: str) -> str:
    """The same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return _hasher.hash("the password of nobody")
