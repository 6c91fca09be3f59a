"""Keyed chance: what one decision draws does not depend on which others are made.

A plain random generator hands its numbers out in the order of asking, so taking one fault away reshuffles all that
follow, and a failing run cannot be shrunk. Here the n-th message of a stream draws the same word whatever else happens:
each stream walks its own splitmix64 sequence, and each rule looks at the word through its own odd multiplier.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

WORD: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def key(*parts: object) -> int:
    """A 64-bit word for these parts, the same in every process (unlike `hash`)."""
    digest = blake2b("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def odd_key(*parts: object) -> int:
    """An odd word, fit to multiply a draw with so that each reader of the draw sees other bits."""
    return key(*parts) | 1


class Chance:
    """One word per message, keyed by the seed, the message's stream and its number in the stream."""

    def __init__(self, seed: object) -> None:
        self._seed = seed
        self._walked: dict[tuple[str, ...], int] = {}

    def draw(self, stream: tuple[str, ...]) -> int:
        """The next word of the stream."""
        walked = self._walked.get(stream)
        if walked is None:
            walked = key(self._seed, *stream)
        self._walked[stream] = word = (walked + _GOLDEN) & WORD
        word = ((word ^ word >> 30) * 0xBF58476D1CE4E5B9) & WORD
        word = ((word ^ word >> 27) * 0x94D049BB133111EB) & WORD
        return word ^ word >> 31
