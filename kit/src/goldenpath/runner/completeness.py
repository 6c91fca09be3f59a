"""What the census promises and nobody collected, and what was collected and nobody reported."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from goldenpath.runner.census import TakenCensus
from goldenpath.runner.census.comparison import stem_of
from goldenpath.runner.local.collected import Collected
from goldenpath.runner.record import CollectionError, NotRun, NotRunReason
from goldenpath.runner.seams import Ghost

_SHADOWED = "shadowed"
"""The one kind of ghost whose name pytest does collect: for another test."""


@dataclass(frozen=True)
class Promise:
    """The census of what was asked for, in the words pytest uses for the same tests."""

    digest: str
    tests: int
    counts: Mapping[str, int | None]
    """By stem; None where only running tells how many."""
    ghosts: Sequence[Ghost]
    """What pytest never runs, and why."""

    @classmethod
    def of(cls, census: TakenCensus, root: Path, allowed: Sequence[str]) -> Promise:
        """From a census, its paths as seen from pytest's root; `allowed` patterns may be missing."""
        prefix = os.path.relpath(census.root, root).replace(os.sep, "/")
        before = "" if prefix == "." else f"{prefix}/"

        def kept(stem: str) -> bool:
            return not any(fnmatchcase(stem, pattern) or stem.startswith(f"{pattern}::") for pattern in allowed)

        return cls(
            census.digest,
            census.promised,
            {before + entry.stem: entry.count for entry in census.entries if kept(before + entry.stem)},
            [replace(ghost, stem=before + ghost.stem) for ghost in census.ghosts if kept(before + ghost.stem)],
        )


_MENDED: Final = "if that is meant, name it in may_be_missing of [tool.goldenpath.runner]"


def missing(promise: Promise, collected: Collected, named: Sequence[str]) -> list[NotRun]:
    """Tests that stand in a file and that pytest never collected, and why; `named` are single tests asked for."""
    return list(_missing(promise, collected, named))


def _missing(promise: Promise, collected: Collected, named: Sequence[str]) -> Iterator[NotRun]:
    errors = {error.path: error for error in collected.errors}
    skipped = dict(collected.skipped)
    counts = Counter(stem_of(node_id) for node_id in _all(collected))
    for ghost in promise.ghosts:
        haunts = not counts[ghost.stem] or ghost.reason == _SHADOWED
        if haunts and not _inside(ghost.stem, errors) and _asked(ghost.stem, named):
            yield NotRun(ghost.stem, NotRunReason.GHOST, ghost.message)
    for stem, count in promise.counts.items():
        short = (count or 1) - counts[stem]
        if short <= 0 or not _asked(stem, named):
            continue
        place = _inside(stem, errors)
        if place:
            yield NotRun(stem, NotRunReason.LOST, f"{place} could not be collected: {errors[place].message}")
        elif _inside(stem, skipped):
            why = skipped[_inside(stem, skipped)]
            yield NotRun(stem, NotRunReason.LOST, f"the file skipped itself: {why}; {_MENDED}")
        elif not counts[stem]:
            yield NotRun(stem, NotRunReason.LOST, "it stands in the file, but pytest never collected it")
        elif count is not None and not named:
            yield NotRun(
                stem, NotRunReason.LOST, f"it stands for {count} tests, but pytest collected {counts[stem]} of them"
            )


def _all(collected: Collected) -> Iterable[str]:
    yield from (item.node_id for item in collected.items)
    yield from collected.deselected
    yield from collected.vanished


def _inside(stem: str, places: Mapping[str, object]) -> str:
    """The narrowest of the places that a test stands in."""
    while stem:
        if stem in places:
            return stem
        stem = stem.rpartition("::")[0] if "::" in stem else stem.rpartition("/")[0]
    return ""


def _asked(stem: str, named: Sequence[str]) -> bool:
    """Whether a test is among those named by node id; when none is, all are asked for."""
    return not named or any(f"{stem}::".startswith(f"{stem_of(each)}::") for each in named)


def unreported(items: Iterable[str], reported: Iterable[str], left: Iterable[NotRun]) -> list[str]:
    """Tests that were to run and have neither a result nor a reason."""
    known = {*reported, *(each.node_id for each in left)}
    return [node_id for node_id in items if node_id not in known]


def explained(errors: Sequence[CollectionError]) -> str:
    """The first collection error in a sentence."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.path or 'the suite'} could not be collected: {first.message}{more}"
