"""A small run with everything in it."""

from __future__ import annotations

from dataclasses import replace

from goldenpath.runner import events
from goldenpath.runner.record import (
    Asked,
    CollectionError,
    ExitCode,
    LayerResult,
    NotRun,
    NotRunReason,
    Outcome,
    Plan,
    PlannedCategory,
    RunRecord,
    ServiceState,
    TestResult,
    Verdict,
    WorkerRecord,
)

ODD = "a\x00b <&> \ud800 é %\n::error::"
PLAN = Plan((), (PlannedCategory("unit", "fast_feedback", 5),), ("postgres",), 2, 12.0)
BASE = TestResult("", Outcome.PASSED, "call", "unit", "fast_feedback", 1.0, 1000.0, "w0", 1, 3)
RESULTS = (
    replace(BASE, node_id="tests/test_a.py::test_ok"),
    replace(
        BASE,
        node_id="tests/test_a.py::TestB::test_bad[x::y]",
        outcome=Outcome.FAILED,
        duration=2.0,
        worker="w1",
        message="assert 1 == 2",
        text="E   assert 1 == 2",
        path="tests/test_a.py",
        line=7,
    ),
    replace(
        BASE,
        node_id="tests/test_a.py::test_gone",
        outcome=Outcome.CRASHED,
        duration=0.5,
        worker="w1",
        message=ODD,
        text=ODD,
    ),
    replace(BASE, node_id="tests/test_c.py::test_shaky", category="api", duration=0.5, attempts=2, assertions=0),
    replace(
        BASE,
        node_id="tests/test_c.py::test_left",
        outcome=Outcome.SKIPPED,
        category="api",
        assertions=0,
        message="no docker",
    ),
)
RECORD = RunRecord(
    "run-1",
    Asked(("--layers", "fast feedback"), "nightly"),
    PLAN,
    Verdict(ExitCode.FAILED, "failures", "2 of 5 tests failed", ("one was lost",)),
    1000.0,
    1004.0,
    "abc",
    6,
    5,
    RESULTS,
    (
        NotRun("tests/test_d.py::test_lost", NotRunReason.LOST),
        NotRun("tests/test_d.py::test_unasked", NotRunReason.CATEGORY),
        NotRun("tests/test_e.py::TestE", NotRunReason.GHOST, "TestE has a __init__"),
    ),
    (CollectionError("tests/test_f.py", "No module named 'f'", "E   ModuleNotFoundError"),),
    (LayerResult("fast_feedback", 3, 1, 2, 0, 3.0, 120.0, 1.0, False, "1 of 3 passed, all had to"),),
    (ServiceState("postgres", "ready", "embedded", 0.4),),
    (WorkerRecord("w0", 1), WorkerRecord("w1", 2, died="SIGKILL")),
    {"platform": "Linux"},
    {"pytest": "9.2.0"},
    ("history was rebuilt",),
)
GOOD = replace(
    RECORD,
    results=RESULTS[:1],
    not_run=RECORD.not_run[1:2],
    collection_errors=(),
    layers=(),
    verdict=Verdict(ExitCode.OK, "passed", "1 test passed"),
)
NOTHING = replace(GOOD, results=(), verdict=Verdict(ExitCode.NOTHING_RAN, "nothing_executed", "no test was executed"))
STREAM = (
    events.RunPlanned("run-1", PLAN, 1000.0),
    events.ServiceChanged(RECORD.services[0]),
    events.WorkerStarted("w0", 1, 1000.0),
    events.LayerStarted("fast_feedback", 5, 1000.0, 120.0),
    events.TestStarted(RESULTS[0].node_id, "w0", 1000.0),
    events.TestFinished(RESULTS[0]),
    events.TestFinished(RESULTS[1]),
    events.WorkerDied("w1", "killed by signal 9", 1002.0, RESULTS[2].node_id),
    events.TestFinished(RESULTS[2]),
    events.TestRetried(replace(RESULTS[3], outcome=Outcome.FAILED, message="late"), 1),
    events.TestFinished(RESULTS[3]),
    events.TestFinished(RESULTS[4]),
    events.CollectionFailed(RECORD.collection_errors[0]),
    events.LayerFinished(RECORD.layers[0]),
    events.Notice("history was rebuilt", warning=True),
    events.RunFinished(1004.0),
)
