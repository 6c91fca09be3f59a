"""The stream of a run, as faces see it while it happens."""

from __future__ import annotations

from dataclasses import dataclass

from goldenpath.runner.record import CollectionError, LayerResult, Plan, ServiceState, TestResult


@dataclass(frozen=True, slots=True)
class RunPlanned:
    """The plan stands; tests have been collected and nothing has run yet."""

    run_id: str
    plan: Plan
    at: float


@dataclass(frozen=True, slots=True)
class CollectionFailed:
    """A file could not be collected."""

    error: CollectionError


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """A process is ready to run tests."""

    worker: str
    pid: int
    at: float
    host: str = ""


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """A process ended without being asked to; the test it was running is in `node_id`."""

    worker: str
    why: str
    at: float
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class LayerStarted:
    """The first test of a layer is about to run."""

    layer: str
    tests: int
    at: float
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class TestStarted:
    """A worker took a test."""

    __test__ = False

    node_id: str
    worker: str
    at: float


@dataclass(frozen=True, slots=True)
class TestRetried:
    """An attempt failed and the test is run again; the attempt's result is kept for the faces only."""

    __test__ = False

    result: TestResult
    attempts_left: int


@dataclass(frozen=True, slots=True)
class TestFinished:
    """A test has its result."""

    __test__ = False

    result: TestResult


@dataclass(frozen=True, slots=True)
class LayerFinished:
    """A layer is done, or was given up."""

    result: LayerResult


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """A service is starting, ready, failed or stopped."""

    state: ServiceState


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know: a fall-back that was taken, a file that was rebuilt."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Everything has run; the record follows through `Face.finish`."""

    at: float


RunEvent = (
    RunPlanned
    | CollectionFailed
    | WorkerStarted
    | WorkerDied
    | LayerStarted
    | TestStarted
    | TestRetried
    | TestFinished
    | LayerFinished
    | ServiceChanged
    | Notice
    | RunFinished
)

ExecutionEvent = WorkerStarted | WorkerDied | TestStarted | TestRetried | TestFinished | Notice
"""What an executor yields; the rest is added by the run."""
