"""A made-up run of any size with everything in it that a report has to show."""

from __future__ import annotations

import random

from goldenpath.runner.history.past import NO_PAST, Past
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
    PlannedLayer,
    RunRecord,
    ServiceState,
    TestResult,
    Verdict,
    WorkerRecord,
)

STARTED = 1_790_000_000.0
_CATEGORIES = ("unit", "database", "websocket", "api", "agent", "e2e")
_LAYERS = {"unit": "fast_feedback", "database": "core_integration", "websocket": "core_integration"}
_NOUNS = ("ticket", "thread", "tenant", "event", "agent", "cart", "price", "order", "answer", "token")
_TRACEBACK = """
    async def test_{name}(stack):
        client = await connected(stack, user="ada")
        await client.ask("what did we spend?")
>       assert [event.type for event in await client.events()] == FIVE
E       AssertionError: assert ['agent_started', 'agent_completed'] == ['agent_started', 'agent_thinking', ...]
E         At index 1 diff: 'agent_completed' != 'agent_thinking'

{path}:{line}: AssertionError
----------------------------- Captured log call -----------------------------
WARNING  shop.agent:agent.py:71 the model answered in <script>alert(1)</script> without thinking
"""
_MESSAGES = (
    "AssertionError: events arrived in another order: agent_completed before agent_thinking",
    "ConnectionError: postgres on port {port} closed the connection",
    "TimeoutError: no event within 5.0 s; 2 of 5 had arrived",
    "AssertionError: assert '<b>4 200 €</b>' == '<b>4 250 €</b>'",
)


def run_record(tests: int, seed: int = 1, workers: int = 4, failing: float = 0.01) -> RunRecord:
    """The record of a run that failed."""
    chance = random.Random(seed)
    free = [STARTED + 1.5] * workers
    results = [_result(number, chance, free, failing) for number in range(tests)]
    finished = max(free)
    bad = sum(result.outcome.bad for result in results)
    return RunRecord(
        run_id=f"run-{seed:04}",
        asked=Asked(("--mode", "nightly", "--html", "report.html"), "nightly", "test", ("unit", "e2e"), (), ""),
        plan=Plan(
            (PlannedLayer("fast_feedback", ("unit",), 120.0),),
            (PlannedCategory("unit", "fast_feedback", tests),),
            (),
            workers,
        ),
        verdict=Verdict(
            ExitCode.FAILED, "failures", f"{bad} of {tests:,} tests failed", ("2 files could not be collected",)
        ),
        started=STARTED,
        finished=finished,
        census_digest="5f2c" * 16,
        census_tests=tests + 9,
        collected=tests + 5,
        results=results,
        not_run=_not_run(),
        collection_errors=[
            CollectionError(
                "tests/api/test_rates.py",
                "ModuleNotFoundError: No module named 'shop.rates'",
                "E   ModuleNotFoundError",
            ),
        ],
        layers=_layers(results),
        services=[
            ServiceState("postgres", "ready", "embedded", 0.38),
            ServiceState("redis", "ready", "embedded", 0.04),
            ServiceState(
                "clickhouse", "failed", "docker", 31.0, "not ready within 30 s: port 9000 refused the connection"
            ),
        ],
        workers=[
            WorkerRecord(f"w{number}", 4000 + number, "", tests // workers, 0.9 * (finished - STARTED))
            for number in range(workers - 1)
        ]
        + [WorkerRecord(f"w{workers - 1}", 4099, "", tests // workers, 1.0, "killed by signal 9 (SIGKILL)")],
        environment={"platform": "Linux x86_64", "cores": "4"},
        tools={"python": "3.12.1", "pytest": "9.2.0", "goldenpath": "0.1.0", "pytest-asyncio": "1.5.0"},
        notices=("history was rebuilt: its file was torn",),
        evidence=".goldenpath/evidence/run-0001.jsonl",
        digest="9ac1" * 16,
    )


def pasts_of(record: RunRecord, runs: int = 8, seed: int = 2) -> dict[str, Past]:
    """What earlier runs of the same tests might have left behind."""
    chance = random.Random(seed)
    pasts: dict[str, Past] = {}
    for place, result in enumerate(record.results):
        past = NO_PAST
        slower = 0.4 if place % 997 == 5 else 1.0
        for run in range(runs):
            outcome = Outcome.FAILED if place % 1500 == 7 and run % 3 == 0 else Outcome.PASSED
            seconds = result.duration * slower * chance.lognormvariate(0, 0.08)
            past = past.after(TestResult(result.node_id, outcome, duration=seconds), run)
        pasts[result.node_id] = past
    return pasts


def _result(number: int, chance: random.Random, free: list[float], failing: float) -> TestResult:
    category = chance.choices(_CATEGORIES, (60, 12, 10, 8, 6, 4))[0]
    noun, other = chance.choice(_NOUNS), chance.choice(_NOUNS)
    path = f"tests/{category}/test_{noun}_{number % 40}.py"
    name = f"test_a_{noun}_of_another_{other}_is_refused_{number}"
    owner = f"Test{noun.title()}::" if number % 3 == 0 else ""
    worker = free.index(min(free))
    slow = 4.0 if category == "e2e" else 0.3 if category in {"database", "websocket"} else 0.01
    seconds = chance.expovariate(1 / slow) * (6 if chance.random() < 0.01 else 1)
    start = free[worker]
    free[worker] += seconds + 0.0005
    outcome = chance.choices(
        (
            Outcome.FAILED,
            Outcome.ERROR,
            Outcome.TIMED_OUT,
            Outcome.CRASHED,
            Outcome.SKIPPED,
            Outcome.XFAILED,
            Outcome.PASSED,
        ),
        (failing * 0.7, failing * 0.15, failing * 0.1, failing * 0.05, 0.02, 0.003, 1 - failing - 0.023),
    )[0]
    line = chance.randrange(10, 300)
    message = chance.choice(_MESSAGES).format(port=chance.randrange(30000, 60000)) if outcome.bad else ""
    if outcome is Outcome.SKIPPED:
        message = "needs a model that answers"
    return TestResult(
        f"{path}::{owner}{name}",
        outcome,
        "setup" if outcome is Outcome.ERROR else "call",
        category,
        _LAYERS.get(category, "service_integration"),
        seconds,
        start,
        f"w{worker}",
        2 if chance.random() < 0.002 else 1,
        0 if chance.random() < 0.003 else chance.randrange(1, 9),
        message,
        _TRACEBACK.format(name=name, path=path, line=line).strip("\n") if outcome.bad else "",
        path,
        line,
    )


def _not_run() -> list[NotRun]:
    return [
        NotRun(
            "tests/unit/test_money.py::TestMoney",
            NotRunReason.GHOST,
            "TestMoney has a __init__, so pytest never makes one",
        ),
        NotRun(
            "tests/unit/orders_tests.py", NotRunReason.GHOST, "orders_tests.py matches none of test_*.py, *_test.py"
        ),
        NotRun("tests/e2e/test_rates.py::test_rates_arrive", NotRunReason.SERVICE, "clickhouse"),
        NotRun("tests/e2e/test_stock.py::test_stock_is_counted", NotRunReason.LOST),
        *(NotRun(f"tests/performance/test_load.py::test_load[{size}]", NotRunReason.CATEGORY) for size in (1, 10, 100)),
    ]


def _layers(results: list[TestResult]) -> list[LayerResult]:
    rows = []
    for name, budget, threshold in (
        ("fast_feedback", 120.0, 1.0),
        ("core_integration", 600.0, 0.95),
        ("service_integration", 1200.0, 0.9),
    ):
        own = [result for result in results if (result.layer == name)]
        failed = sum(result.outcome.bad for result in own)
        skipped = sum(result.outcome is Outcome.SKIPPED for result in own)
        passed = len(own) - failed - skipped
        met = not own or passed / max(passed + failed, 1) >= threshold
        seconds = sum(result.duration for result in own) / 4
        why = "" if met else f"{passed:,} of {passed + failed:,} passed, {threshold:.0%} had to"
        rows.append(
            LayerResult(name, len(own) - skipped, passed, failed, skipped, seconds, budget, threshold, met, why)
        )
    return rows
