"""The small interfaces between the parts of the runner: who may be exchanged for what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from goldenpath.runner.events import ExecutionEvent, RunEvent
from goldenpath.runner.record import PlannedItem, RunRecord, TestResult


class Face(Protocol):
    """Something that shows a run: on the terminal while it happens, or as a document at its end."""

    def receive(self, event: RunEvent) -> None:
        """Take note of an event, in the order in which they happen."""

    def finish(self, record: RunRecord) -> None:
        """Write what is to be written; called once, after `RunFinished`, whatever the verdict."""


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """Which faces a run has (`goldenpath.runner.faces.open_faces(settings) -> list[Face]`)."""

    progress: str = "plain"
    """rich, plain or json."""
    json: Path | None = None
    """The whole record as one JSON document; `-` is standard output."""
    junit: Path | None = None
    html: Path | None = None
    ctrf: Path | None = None
    github: bool = False
    performance: bool = False
    """Show the slowest, the flakiest and the regressions (`--performance-tracking`)."""


class Executor(Protocol):
    """Runs items somewhere. Used as a context manager; `execute` may be called several times, once per layer.

    Exactly one TestFinished is yielded per item that was begun: an item whose worker died is CRASHED or, where nothing
    of it ran, given to another worker. Items that were never begun, after `stop`, are simply not reported.
    """

    def __enter__(self) -> Self:
        """Bring up the workers."""

    def __exit__(self, *exc_info: object) -> None:
        """End them all, at once if an exception is on its way."""

    def execute(self, items: Sequence[PlannedItem]) -> Iterator[ExecutionEvent]:
        """Run the items in any order and say what happens."""

    def stop(self) -> None:
        """Begin nothing more; what is running is finished and reported."""


@dataclass(frozen=True, slots=True)
class CensusEntry:
    """A test function or method as it stands in a file."""

    stem: str
    """The node id without parameters: tests/test_a.py::TestB::test_c."""
    count: int | None
    """How many tests it makes; None where parametrisation cannot be counted without importing."""
    path: str
    line: int
    category: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ghost:
    """Something that looks like a test and that pytest will never run."""

    stem: str
    path: str
    line: int
    reason: str
    """A stable word: file_pattern, init_class, shadowed, syntax_error, ..."""
    message: str
    """What is wrong and what mends it."""


class Census(Protocol):
    """A static inventory (`goldenpath.runner.census.take_census(root, paths)`)."""

    @property
    def entries(self) -> Sequence[CensusEntry]:
        """Every test that pytest is expected to collect."""

    @property
    def ghosts(self) -> Sequence[Ghost]:
        """Every test that it will not."""

    @property
    def digest(self) -> str:
        """A hash of all entries: the same tree gives the same digest anywhere."""


class History(Protocol):
    """What earlier runs took and how they ended (`goldenpath.runner.history.open_history(path)`)."""

    def expected(self, node_id: str) -> float | None:
        """The seconds the test is expected to take; None for one never seen."""

    def failed_last(self) -> frozenset[str]:
        """The tests whose last result was bad."""

    def learn(self, results: Iterable[TestResult]) -> None:
        """Take in a run, and save it atomically."""

    @property
    def notice(self) -> str:
        """What had to be rebuilt or dropped on opening, or empty."""
