"""The reference a visitor reads out to support: eight characters and a check character, such as `K7QF-2M9X-V`.

Alphabet and reading rules are Crockford's base32 (https://www.crockford.com/base32.html). His check symbol needs 37
characters, so the check here is a weighted sum over the field of 32 elements instead: every position has a weight of
its own, so every wrong character and every swap of neighbours changes the sum.
"""

import secrets
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 9

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_FORGIVEN = str.maketrans({"O": "0", "I": "1", "L": "1", "\N{MINUS SIGN}": None})
_BETWEEN = ("Pd", "Zs", "Zl", "Zp", "Cf", "Cc")  # dashes and spaces of any kind, and what cannot be seen
_PRIMITIVE = 0b100101  # x⁵ + x² + 1, irreducible over two elements; x generates all 31 non-zero elements


def _weights() -> list[int]:
    """xⁱ for each position: 1 for the check character, x to x⁸ for the others; no two alike."""
    weights, power = [], 1
    for _ in range(LENGTH):
        weights.append(power)
        power <<= 1
        power ^= _PRIMITIVE if power & 32 else 0
    return [*weights[1:], weights[0]]


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        product ^= left if right & 1 else 0
        left <<= 1
        left ^= _PRIMITIVE if left & 32 else 0
        right >>= 1
    return product


# One table for each position: what a character adds to the sum.
_SHARE = [[_times(value, weight) for value in range(32)] for weight in _weights()]


def _sum(characters: str) -> int:
    total = 0
    for share, character in zip(_SHARE, characters, strict=False):
        total ^= share[_VALUE[character]]
    return total


def new() -> str:
    """A fresh reference, without dashes, as it is stored. Not unique by itself: the table's column is."""
    return of_number(secrets.randbits(40))


def of_number(number: int) -> str:
    """The reference of a 40-bit number."""
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -5, -5))
    return body + ALPHABET[_sum(body)]


def parse(text: str) -> str | None:
    """The stored form of what somebody typed, or None if it is no reference.

    Forgives case, spaces and dashes of any kind, what mail and chat programs put between, the full stop or comma of
    the sentence it stood in, O for 0, and I or L for 1.
    """
    typed = "".join(character for character in text if unicodedata.category(character) not in _BETWEEN)
    characters = typed.rstrip(".,").upper().translate(_FORGIVEN)
    if len(characters) != LENGTH or any(character not in _VALUE for character in characters):
        return None
    return None if _sum(characters) else characters


def display(stored: str) -> str:
    """The form people see: `K7QF2M9XV` as `K7QF-2M9X-V`."""
    return f"{stored[:4]}-{stored[4:8]}-{stored[8:]}"
