"""Many small pieces searched as one: what a search costs is mostly the number of times it is begun."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from goldenpath.tenancy.canary import Secret
from goldenpath.tenancy.needles import Match, Needles, layers
from goldenpath.tenancy.walking import Leaf

BETWEEN: Final = b"\0\xff\0"
"""What stands between two pieces, so that the end of one and the beginning of the next make no match."""
HEAP: Final = 1 << 20
AROUND: Final = 24


class Sighting(NamedTuple):
    """A secret in a piece."""

    secret: Secret
    encoding: str
    path: str
    excerpt: str
    """What stands around it, with every secret masked."""


class Heap:
    """Some pieces in one."""

    def __init__(self, pieces: list[Leaf]) -> None:
        self.pieces = pieces
        self.data = BETWEEN.join(piece.data for piece in pieces)
        self._starts = [0]
        for piece in pieces[:-1]:
            self._starts.append(self._starts[-1] + len(piece.data) + len(BETWEEN))

    def sightings(self, needles: Needles, of_interest: Callable[[str], bool]) -> Iterator[Sighting]:
        """The secrets of these tenants in every piece, in whatever they are wrapped."""
        matches = needles.find(self.data)
        for match in matches:
            if not of_interest(match.secret.tenant):
                continue
            at = bisect_right(self._starts, match.start) - 1
            piece, start = self.pieces[at], self._starts[at]
            around = excerpt(self.data, match, matches, start, start + len(piece.data))
            yield Sighting(match.secret, match.encoding, piece.path, around)
        for piece in self.pieces:
            for undone, data in layers(piece.data):
                matches = needles.find(data)
                for match in matches:
                    if of_interest(match.secret.tenant):
                        around = excerpt(data, match, matches, 0, len(data))
                        yield Sighting(match.secret, f"{match.encoding} in {undone}", piece.path, around)


def heaps(pieces: Iterable[Leaf]) -> Iterator[Heap]:
    """The pieces in heaps of a size that is quickly searched."""
    some: list[Leaf] = []
    size = 0
    for piece in pieces:
        some.append(piece)
        size += len(piece.data)
        if size > HEAP:
            yield Heap(some)
            some, size = [], 0
    if some:
        yield Heap(some)


def excerpt(data: bytes, match: Match, matches: list[Match], first: int, last: int) -> str:
    """What stands around a match within these bounds, every match in it masked."""
    start, end = max(first, match.start - AROUND), min(last, match.end + AROUND)
    text, at = [], start
    for each in matches:
        if each.end <= at or each.start >= end:
            continue
        text += [data[at : max(at, each.start)].decode("utf-8", "replace"), each.secret.mask]
        at = each.end
    text.append(data[at:end].decode("utf-8", "replace") if at < end else "")
    return f"{'…' if start > first else ''}{''.join(text)}{'…' if end < last else ''}".replace("\n", "⏎")


def masked(needles: Needles, text: str) -> str:
    """The text with every secret in it masked."""
    data, at, parts = text.encode("utf-8", "surrogatepass"), 0, []
    for match in needles.find(data):
        if match.start >= at:
            parts += [data[at : match.start].decode("utf-8", "replace"), match.secret.mask]
            at = match.end
    return "".join([*parts, data[at:].decode("utf-8", "replace")])
