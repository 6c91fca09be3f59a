"""Finds every shape of every secret in bytes, in a time that does not grow with the number of tokens.

Needles that begin alike are looked for once, by their first bytes; a hit is then looked up. All tokens begin with the
same marker, so that in each encoding all of them share one beginning.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from goldenpath.tenancy.canary import Secret
from goldenpath.tenancy.encodings import shapes

ANCHOR: Final = 8
WRAPPED: Final = re.compile(rb"[A-Za-z0-9+/_-]{59,}\r?\n[A-Za-z0-9+/_-]")
"""Base64 broken into lines, as mails and certificates have it."""
INFLATED: Final = 256 * 1024 * 1024


class Match(NamedTuple):
    """One shape of one secret at one place."""

    start: int
    end: int
    secret: Secret
    encoding: str


class Needles:
    """All shapes of the secrets given."""

    def __init__(self, secrets: Iterable[Secret] = (), hashes: Iterable[str] = ()) -> None:
        self._hashes = tuple(hashes)
        self._known: dict[bytes, tuple[Secret, str]] = {}
        self._sizes: dict[bytes, list[int]] = {}
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Look for this one too."""
        for encoding, needle in shapes(secret.value, self._hashes):
            other, _ = self._known.setdefault(needle, (secret, encoding))
            if other.tenant != secret.tenant:
                raise ValueError(
                    f"{other.mask} and {secret.mask} look the same (as {encoding}), so that finding one would say "
                    "nothing: give the tenants different values"
                )
            sizes = self._sizes.setdefault(needle[:ANCHOR], [])
            if len(needle) not in sizes:
                sizes.append(len(needle))
                sizes.sort(reverse=True)

    def find(self, data: bytes) -> list[Match]:
        """Every match, in order, the longest where several begin at one place."""
        find = data.find
        hits = [(anchor, sizes, at) for anchor, sizes in self._sizes.items() if (at := find(anchor)) >= 0]
        matches = [match for hit in hits for match in self._at(*hit, data)]
        matches.sort()
        return matches

    def _at(self, anchor: bytes, sizes: list[int], at: int, data: bytes) -> Iterator[Match]:
        while at >= 0:
            for size in sizes:
                known = self._known.get(data[at : at + size])
                if known is not None:
                    yield Match(at, at + size, *known)
                    break
            at = data.find(anchor, at + 1)


def layers(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What is in the data when it is compressed or broken into lines, each with what was undone."""
    if WRAPPED.search(data):
        yield "joined lines", data.replace(b"\r\n", b"").replace(b"\n", b"")
    if data[:2] == b"\x1f\x8b":
        yield "gzip", _inflated(data, 31)
    elif data[:2] in {b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"}:
        yield "zlib", _inflated(data, 15)


def _inflated(data: bytes, window: int) -> bytes:
    """As much as can be unpacked: a torn archive has leaked what it holds all the same."""
    unpacking = zlib.decompressobj(window)
    try:
        return unpacking.decompress(data, INFLATED)
    except zlib.error:
        return b""
