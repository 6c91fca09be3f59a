from __future__ import annotations

from pathlib import Path

import pytest

from goldenpath.runner.census import TakenCensus
from goldenpath.runner.census.collecting import Collected
from goldenpath.runner.census.comparison import compare, stem_of
from goldenpath.runner.record import NotRun, NotRunReason, Outcome, TestResult
from goldenpath.runner.seams import CensusEntry, Ghost

A, B = "test_a.py::test_a", "test_b.py::TestB::test_b"


def census(*entries: CensusEntry, ghosts: tuple[Ghost, ...] = (), **more: dict[str, str]) -> TakenCensus:
    return TakenCensus(Path(), entries, ghosts, **more)  # type: ignore[arg-type]


def entry(stem: str, count: int | None = 1) -> CensusEntry:
    return CensusEntry(stem, count, stem.partition("::")[0], 1)


REASONS = {
    "could not be collected: ImportError": Collected((), (), {"test_b.py": "ImportError"}),
    "skips itself: needs numpy": Collected((), (), {}, {"test_b.py": "needs numpy"}),
    "2 deselected": Collected((), (f"{B}[1]", f"{B}[2]")),
    "pytest does not collect it": Collected(),
    "more parameters": Collected((f"{B}[1]", f"{B}[2]", f"{B}[3]")),
    "fewer parameters": Collected((f"{B}[1]",)),
}


@pytest.mark.parametrize("reason", REASONS)
def test_every_difference_between_files_and_collection_has_its_reason(reason: str) -> None:
    (found,) = compare(census(entry(B, 2)), REASONS[reason])
    assert (found.stem, found.static, found.collected) == (B, 2, len(REASONS[reason].node_ids))
    assert reason in found.reason


def test_what_only_pytest_sees_is_a_difference_too() -> None:
    (found,) = compare(census(), Collected((f"{A}[x]",)))
    assert (found.stem, found.static, found.collected) == (A, 0, 1)
    assert "made while importing" in found.reason


def test_a_ghost_that_is_collected_after_all_is_not_hidden() -> None:
    (found,) = compare(census(ghosts=(Ghost(A, "test_a.py", 1, "shadowed", "it is shadowed"),)), Collected((A,)))
    assert found.reason == "against: it is shadowed"


def test_what_was_not_executed_says_why() -> None:
    c = "test_c.py::test_c"
    results = [TestResult(A, Outcome.FAILED), TestResult(B, Outcome.SKIPPED, message="no docker")]
    lost = "test_d.py::test_d"
    not_run = [NotRun(c, NotRunReason.FAIL_FAST, "an earlier failure")]
    found = compare(census(entry(A), entry(B), entry(c), entry(lost)), None, results, not_run)
    assert [(each.stem, each.executed, each.reason) for each in found] == [
        (B, 0, "skipped: no docker"),
        (c, 0, "fail_fast: an earlier failure"),
        (lost, 0, "no evidence that it ever ran"),
    ]


@pytest.mark.parametrize("parameters", ["", "[1]", "[a::b]", "[x[y]-z/w.py]"])
def test_parameters_are_no_part_of_the_stem(parameters: str) -> None:
    assert stem_of(B + parameters) == B
