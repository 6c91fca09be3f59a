"""The nouns of a run: what was planned, what every test came to, what was not run and why, and the verdict.

Everything here is frozen and made of plain values, so that the same record can be streamed, kept as evidence and drawn
by any face without a second model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Outcome(StrEnum):
    """What one test came to."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    """Its set-up or tear-down failed, not the test itself."""
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    TIMED_OUT = "timed_out"
    """It was ended because its time was up; `TestResult.text` has the stack."""
    CRASHED = "crashed"
    """The process that ran it died under it."""

    @property
    def bad(self) -> bool:
        """Whether a run with this outcome in it has failed."""
        return self in _BAD

    @property
    def executed(self) -> bool:
        """Whether the test's own code ran, or at least was meant to."""
        return self is not Outcome.SKIPPED


_BAD = frozenset({Outcome.FAILED, Outcome.ERROR, Outcome.TIMED_OUT, Outcome.CRASHED})


class NotRunReason(StrEnum):
    """Why a test that exists has no result."""

    DESELECTED = "deselected"
    """By a keyword, marker or pattern of the caller, or by a plugin."""
    CATEGORY = "category"
    """Its category was not asked for."""
    SHARD = "shard"
    """It belongs to another shard."""
    UNCHANGED = "unchanged"
    """Nothing it imports has changed (`--changed-since`)."""
    RESUMED = "resumed"
    """An earlier part of the same run has its result (`--resume-from`)."""
    BLOCKED = "blocked"
    """A layer or category it depends on failed."""
    FAIL_FAST = "fail_fast"
    """The run was stopped by an earlier failure."""
    SERVICE = "service"
    """A service it needs did not start."""
    BUDGET = "budget"
    """The time of its layer was up before it began."""
    INTERRUPTED = "interrupted"
    """The run was interrupted."""
    LOST = "lost"
    """It was to be run and nobody reported anything: always an error."""
    GHOST = "ghost"
    """It stands in a file but pytest never collected it."""

    @property
    def asked_for(self) -> bool:
        """Whether the caller's own request explains it; everything else makes the run incomplete."""
        return self in _ASKED_FOR


_ASKED_FOR = frozenset(
    {
        NotRunReason.DESELECTED,
        NotRunReason.CATEGORY,
        NotRunReason.SHARD,
        NotRunReason.UNCHANGED,
        NotRunReason.RESUMED,
    }
)


class ExitCode(IntEnum):
    """The exit codes of `goldenpath run`."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOTHING_RAN = 3
    """Nothing was executed, or fewer than the census promises."""
    COLLECTION = 4
    SERVICE = 5
    TIME = 6


@dataclass(frozen=True, slots=True)
class TestResult:
    """The result of one test, the last attempt's where there were several."""

    __test__ = False

    node_id: str
    outcome: Outcome
    phase: str = "call"
    """The phase that decided the outcome: setup, call or teardown."""
    category: str = ""
    layer: str = ""
    duration: float = 0.0
    """Seconds, all phases of all attempts."""
    start: float = 0.0
    """Seconds since the epoch."""
    worker: str = "main"
    attempts: int = 1
    assertions: int | None = None
    """Assertions executed; None where nobody counted."""
    message: str = ""
    """One line."""
    text: str = ""
    """The traceback and captured output; empty for what passed."""
    path: str = ""
    line: int | None = None

    @property
    def flaky(self) -> bool:
        """It passed, but not at once."""
        return self.attempts > 1 and not self.outcome.bad

    @property
    def hollow(self) -> bool:
        """It passed without executing one assertion."""
        return self.outcome is Outcome.PASSED and self.assertions == 0


@dataclass(frozen=True, slots=True)
class NotRun:
    """A test without a result, and why."""

    node_id: str
    reason: NotRunReason
    detail: str = ""
    category: str = ""
    layer: str = ""


@dataclass(frozen=True, slots=True)
class CollectionError:
    """A file that could not be collected."""

    path: str
    message: str
    """One line."""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One test as an executor gets it."""

    node_id: str
    category: str = ""
    layer: str = ""
    predicted: float | None = None
    """Seconds, from history."""
    tokens: tuple[str, ...] = ()
    """Resources of which the run has a limited number; an item holds its tokens while it runs."""
    timeout: float | None = None
    """Seconds; None where only the run's own limit holds."""
    urgent: bool = False
    """Before everything else of its layer: it failed the last time."""


@dataclass(frozen=True, slots=True)
class PlannedCategory:
    """A category in the plan."""

    name: str
    layer: str
    tests: int = 0
    services: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """The categories that must have held before it starts."""
    command: tuple[str, ...] = ()
    """The specialist command it is delegated to; empty for pytest."""
    why: str = ""
    """`asked for`, or the category that needs it."""


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A layer in the plan: categories that run together, with the share of tests that must pass and a budget."""

    name: str
    categories: tuple[str, ...] = ()
    budget: float | None = None
    threshold: float = 1.0
    fail_fast: str = "layer"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run, in order."""

    layers: tuple[PlannedLayer, ...] = ()
    categories: tuple[PlannedCategory, ...] = ()
    """In the order in which they run."""
    services: tuple[str, ...] = ()
    workers: int = 1
    predicted: float | None = None
    """Seconds of the whole run, where history knows."""

    @property
    def tests(self) -> int:
        """How many tests pytest is to run."""
        return sum(category.tests for category in self.categories)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service, and what became of it: starting, ready, failed or stopped."""

    name: str
    state: str
    provider: str = ""
    seconds: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """A process that ran tests."""

    name: str
    pid: int
    host: str = ""
    tests: int = 0
    busy: float = 0.0
    """Seconds."""
    died: str = ""
    """How, where it did not end by itself."""


@dataclass(frozen=True, slots=True)
class LayerResult:
    """How a layer went."""

    name: str
    executed: int
    passed: int
    failed: int
    skipped: int
    seconds: float
    budget: float | None
    threshold: float
    met: bool
    why: str = ""
    """What it missed, in words."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The exit code, and the reason for it that comes first; what else was wrong stands in `also`."""

    code: ExitCode
    cause: str
    """A stable word: passed, failures, nothing_executed, all_skipped, fewer_than_census, lost, collection, ..."""
    message: str
    """What was wrong, what was expected and what mends it."""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller asked for."""

    arguments: tuple[str, ...] = ()
    mode: str = ""
    environment: str = "test"
    categories: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    shard: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    """Every other option that was given, as text."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All of a run: what faces draw, history learns from and evidence keeps."""

    run_id: str
    asked: Asked
    plan: Plan
    verdict: Verdict
    started: float
    """Seconds since the epoch."""
    finished: float
    census_digest: str = ""
    census_tests: int | None = None
    """How many tests the census counts in what was asked for; None where it cannot know."""
    collected: int = 0
    results: Sequence[TestResult] = ()
    not_run: Sequence[NotRun] = ()
    collection_errors: Sequence[CollectionError] = ()
    layers: Sequence[LayerResult] = ()
    services: Sequence[ServiceState] = ()
    workers: Sequence[WorkerRecord] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    """Versions: python, pytest, goldenpath and every pytest plugin."""
    notices: Sequence[str] = ()
    """What the reader must know besides: a fall-back taken, a plugin that was ended, history rebuilt."""
    coverage: float | None = None
    evidence: str = ""
    """The path of the evidence file."""
    digest: str = ""
    """Of the evidence's manifest."""

    @property
    def seconds(self) -> float:
        """From the first to the last moment."""
        return self.finished - self.started

    def count(self, *outcomes: Outcome) -> int:
        """How many tests came to one of these outcomes."""
        return sum(result.outcome in outcomes for result in self.results)
