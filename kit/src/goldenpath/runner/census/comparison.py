"""Static against collected against executed, with a reason for every difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from goldenpath.runner.census.collecting import Collected
from goldenpath.runner.census.taking import TakenCensus
from goldenpath.runner.record import NotRun, Outcome, TestResult
from goldenpath.runner.seams import CensusEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """One test function that is not the same everywhere."""

    stem: str
    static: int | None
    """How many tests it makes by reading; None where only running tells, 0 where nothing of it was seen."""
    collected: int | None
    """None where pytest was not asked."""
    executed: int | None
    """None where there is no evidence."""
    reason: str


def stem_of(node_id: str) -> str:
    """A node id without its parameters, which may hold brackets and colons of their own."""
    path, separator, rest = node_id.partition("::")
    return path + separator + rest.partition("[")[0]


def compare(
    census: TakenCensus,
    collected: Collected | None = None,
    results: Iterable[TestResult] | None = None,
    not_run: Iterable[NotRun] = (),
) -> list[Difference]:
    """Every difference there is between what stands in the files, what pytest collects and what was executed."""
    found = list(_collected(census, collected)) if collected is not None else []
    if results is not None:
        known = {difference.stem for difference in found}
        found.extend(each for each in _executed(census, collected, results, not_run) if each.stem not in known)
    return sorted(found, key=lambda difference: difference.stem.split("/"))


def _collected(census: TakenCensus, collected: Collected) -> Iterator[Difference]:
    counts = Counter(stem_of(node_id) for node_id in collected.node_ids)
    dropped = Counter(stem_of(node_id) for node_id in collected.deselected)
    ghosts = {ghost.stem: ghost for ghost in census.ghosts}
    known = {entry.stem for entry in census.entries}
    for entry in census.entries:
        count = counts[entry.stem]
        if count == 0 or (entry.count is not None and count != entry.count):
            yield Difference(entry.stem, entry.count, count, None, _why_other(census, entry, count, collected, dropped))
    for stem, count in counts.items():
        if stem not in known:
            ghost = ghosts.get(stem)
            yield Difference(stem, 0, count, None, f"against: {ghost.message}" if ghost else _why_new(stem))


def _why_other(
    census: TakenCensus, entry: CensusEntry, count: int, collected: Collected, dropped: Mapping[str, int]
) -> str:
    for place in _around(entry.stem):
        if place in collected.failed:
            return f"{place} could not be collected: {collected.failed[place]}"
        if place in collected.skipped:
            return f"{place} skips itself: {collected.skipped[place]}"
    if dropped.get(entry.stem):
        return f"{dropped[entry.stem]} deselected by an option or a plugin"
    if count == 0:
        skipping = census.skipping.get(entry.path)
        return f"the file can skip itself ({skipping})" if skipping else (
            "pytest does not collect it: a decorator, a condition, a hook or a metaclass hides it"
        )  # fmt: skip
    if entry.count is not None and count > entry.count:
        return "more parameters than stand here: a parametrised fixture or pytest_generate_tests adds them"
    return "fewer parameters than stand here: some are computed, or a hook takes them away"


def _why_new(stem: str) -> str:
    path = stem.partition("::")[0]
    if not path.endswith(".py"):
        return "no Python file: a plugin collects it"
    return "made while importing: inherited from outside of the project, generated, or assigned"


def _around(stem: str) -> Iterator[str]:
    """A test, then what it stands in, outwards: class, file, folders."""
    while stem:
        yield stem
        stem = stem.rpartition("::")[0] if "::" in stem else stem.rpartition("/")[0]


def _executed(
    census: TakenCensus, collected: Collected | None, results: Iterable[TestResult], not_run: Iterable[NotRun]
) -> Iterator[Difference]:
    results = list(results)
    executed = Counter(stem_of(result.node_id) for result in results if result.outcome.executed)
    skipped = {stem_of(each.node_id): each.message for each in results if each.outcome is Outcome.SKIPPED}
    left = {stem_of(each.node_id): f"{each.reason.value}: {each.detail}".rstrip(": ") for each in not_run}
    counts = Counter(stem_of(node_id) for node_id in collected.node_ids) if collected is not None else None
    static = {entry.stem: entry.count for entry in census.entries}
    for stem in dict.fromkeys([*static, *(counts or ())]):
        expected = counts[stem] if counts is not None else (static.get(stem) or 1)
        if executed[stem] >= expected:
            continue
        reason = left.get(stem) or (f"skipped: {skipped[stem]}" if stem in skipped else "no evidence that it ever ran")
        yield Difference(
            stem, static.get(stem, 0), counts[stem] if counts is not None else None, executed[stem], reason
        )
