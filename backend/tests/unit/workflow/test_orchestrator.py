from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from agent_backend.analysis import Sufficiency
from agent_backend.context import UserExecutionContext
from agent_backend.execution import StepFailed
from agent_backend.workflow import WorkflowOrchestrator
from agent_backend.workflow.routes import ROUTES

QUESTION = "Cut our cost by 20 %"


class Desk:
    """Steps that return what they are told to, and write down what they were given."""

    def __init__(self, sufficiency: str = "sufficient", failing: tuple[str, ...] = (), **results: Any) -> None:
        data = {"sufficiency": sufficiency, "missing": [] if sufficiency == "sufficient" else ["latencies"], "calls": 1}
        self.results = {
            "triage": {"goal": {}, "data": data},
            "optimization": {"chosen": [1], "totals": {}},
            "reporting": {"text": "the report"},
        } | results
        self.failing = failing
        self.given: dict[str, Mapping[str, Any]] = {}
        self.told: list[str] = []

    async def run(self, name: str, agent: str, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
        assert name == agent
        self.given[name] = inputs or {}
        await asyncio.sleep(0)
        if name in self.failing:
            raise StepFailed(name, "agent_failed")
        return self.results.get(name, {"of": name})

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        self.told.append(reasoning)

    @property
    def order(self) -> list[str]:
        return list(self.given)


@pytest.fixture
def work(new_context: Callable[..., UserExecutionContext]) -> Callable[[Desk], dict[str, Any]]:
    return lambda desk: asyncio.run(WorkflowOrchestrator().run(QUESTION, new_context(), desk))


@pytest.mark.parametrize(
    ("sufficiency", "order"),
    [
        ("sufficient", ["triage", "optimization", "actions", "reporting"]),
        ("partial", ["triage", "data_helper", "data", "reporting"]),
        ("insufficient", ["triage", "data_helper", "reporting"]),
        ("unknown", ["triage", "data_helper", "reporting"]),
    ],
)
def test_the_route_follows_from_how_far_the_data_goes(work: Any, sufficiency: str, order: list[str]) -> None:
    desk = Desk(sufficiency)
    assert work(desk) == {"text": "the report"}
    assert desk.order == order
    assert desk.given["reporting"]["sufficiency"] == sufficiency
    assert desk.given["reporting"]["failed"] == []
    assert set(desk.given["reporting"]["results"]) == set(order) - {"reporting"}
    assert len(desk.told) == 1


def test_every_sufficiency_has_a_route() -> None:
    assert set(ROUTES) == set(Sufficiency)


def test_a_triage_that_fails_leaves_the_data_unknown_and_the_report_is_written_all_the_same(work: Any) -> None:
    desk = Desk(failing=("triage",))
    work(desk)
    assert desk.order == ["triage", "data_helper", "reporting"]
    assert desk.given["reporting"]["failed"] == ["triage"]
    assert desk.given["reporting"]["goal"]["reduction"] == "20"


@pytest.mark.parametrize(
    ("sufficiency", "failing", "order", "failed"),
    [
        ("sufficient", ("optimization",), ["triage", "optimization", "reporting"], ["optimization", "actions"]),
        ("sufficient", ("actions",), ["triage", "optimization", "actions", "reporting"], ["actions"]),
        ("partial", ("data_helper",), ["triage", "data_helper", "data", "reporting"], ["data_helper"]),
        ("partial", ("data_helper", "data"), ["triage", "data_helper", "data", "reporting"], ["data_helper", "data"]),
    ],
)
def test_the_report_bears_the_failure_of_any_step_before_it(
    work: Any, sufficiency: str, failing: tuple[str, ...], order: list[str], failed: list[str]
) -> None:
    desk = Desk(sufficiency, failing)
    work(desk)
    assert (desk.order, desk.given["reporting"]["failed"]) == (order, failed)


def test_a_report_that_fails_is_the_failure_of_the_run(work: Any) -> None:
    with pytest.raises(StepFailed):
        work(Desk(failing=("reporting",)))


def test_the_same_question_and_results_ask_for_the_same_steps_again(work: Any) -> None:
    first, second = Desk("partial"), Desk("partial")
    work(first)
    work(second)
    assert first.given == second.given


def test_steps_that_do_not_follow_each_other_work_side_by_side(
    monkeypatch: pytest.MonkeyPatch, new_context: Callable[..., UserExecutionContext]
) -> None:
    route = {"data_helper": ["triage"], "data": ["triage"], "actions": ["data_helper", "data"]}
    monkeypatch.setitem(ROUTES, Sufficiency.PARTIAL, route)  # type: ignore[arg-type]
    monkeypatch.setattr("agent_backend.workflow.orchestrator.NEEDED", {})
    both = asyncio.Barrier(2)

    class Meeting(Desk):
        async def run(self, name: str, agent: str, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
            if name in {"data_helper", "data"}:
                await both.wait()
            return await super().run(name, agent, inputs)

    desk = Meeting("partial", optimization={"chosen": []})
    monkeypatch.setattr("agent_backend.workflow.orchestrator._Journey._handed_over", lambda *_: {})

    async def bounded() -> None:
        async with asyncio.timeout(10):
            await WorkflowOrchestrator().run(QUESTION, new_context(), desk)

    asyncio.run(bounded())
    assert desk.order[-2:] == ["actions", "reporting"]
