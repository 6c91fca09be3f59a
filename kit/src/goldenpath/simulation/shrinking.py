"""Finding the smallest part of a set of causes that still has the effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

_T = TypeVar("_T")


def smallest(causes: Sequence[_T], suffices: Callable[[Sequence[_T]], bool]) -> Sequence[_T]:
    """A part of the causes that suffices and of which nothing can be left out (delta debugging, Zeller 2002).

    That all of them suffice is taken for granted. None at all is tried first: often the causes have no part in it.
    """
    if suffices(causes[:0]):
        return causes[:0]
    pieces = 2
    while len(causes) > 1:
        bounds = [len(causes) * number // pieces for number in range(pieces + 1)]
        for start, end in pairwise(bounds):
            without = [*causes[:start], *causes[end:]]
            if suffices(without):
                causes, pieces = without, max(pieces - 1, 2)
                break
        else:
            if pieces == len(causes):
                break
            pieces = min(2 * pieces, len(causes))
    return causes
