"""Finds every shape of every secret in bytes, in a time that does not grow with the number of tokens.

Needles that begin alike are looked for once, by their first bytes; a hit is then looked up. All tokens begin with the
same marker, so that in each encoding all of them share one beginning.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from goldenpath.tenancy.canary import Secret
from goldenpath.tenancy.encodings import shapes

ANCHOR: Final = 8
BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
WRAPPED: Final = 59
"""So many letters of base64 before the end of a line: a whole broken into lines, as mails and certificates have it."""
INFLATED: Final = 256 * 1024 * 1024
CHUNK: Final = 4096


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
    """What is in the data when it is compressed, an archive or broken into lines, each with what was undone."""
    if _wrapped(data):
        yield "joined lines", data.replace(b"\r\n", b"").replace(b"\n", b"")
    if data[:2] == b"\x1f\x8b":
        yield "gzip", _inflated(data, 31)
    elif data[:2] in {b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"}:
        yield "zlib", _inflated(data, 15)
    elif data[:4] == b"PK\x03\x04":
        yield from _archived(data)


def _wrapped(data: bytes) -> bool:
    """Whether a line ends like one of a longer base64 text; a regular expression takes the square of a long line."""
    end = data.find(b"\n")
    while end >= 0:
        last = data[max(0, end - WRAPPED - 1) : end].removesuffix(b"\r")[-WRAPPED:]
        if len(last) == WRAPPED and not last.translate(None, BASE64):
            return True
        end = data.find(b"\n", end + 1)
    return False


def _inflated(data: bytes, window: int) -> bytes:
    return b"".join(_unpacked(data, zlib.decompressobj(window)))


def _unpacked(data: bytes, unpacking: zlib._Decompress) -> Iterator[bytes]:
    """As much as can be unpacked: a torn archive has leaked what it holds all the same."""
    try:
        for at in range(0, len(data), CHUNK):
            yield unpacking.decompress(data[at : at + CHUNK], INFLATED)
    except zlib.error:
        return


def _archived(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of a zip archive, which documents and spreadsheets are too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                yield "a zip archive", member.filename.encode() + b"\n" + archive.read(member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError):
        return
