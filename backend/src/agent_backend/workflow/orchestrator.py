"""Chooses the agents for a question by how far the data goes, and hands the results from one to the next."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from agent_backend.agents import Answer
from agent_backend.analysis import Sufficiency, read_goal
from agent_backend.context import UserExecutionContext
from agent_backend.execution import StepFailed, Steps
from agent_backend.workflow.coordination import CoordinationValidator
from agent_backend.workflow.routes import NEEDED, REPORTING, ROUTES, TRIAGE, Route


class WorkflowOrchestrator:
    """The supervisor: triage first, then a route by the sufficiency of the data, reporting last whatever failed before.

    It decides by the question and by what its steps return, by nothing else, so that another instance that takes the
    run over decides the same.
    """

    name = "supervisor"

    async def run(self, question: str, context: UserExecutionContext, steps: Steps) -> Answer:
        """Carry the workflow through; raises StepFailed only when not even a report could be written."""
        journey = _Journey(question, steps, CoordinationValidator(context))
        await journey.step(TRIAGE)
        sufficiency = journey.sufficiency
        await steps.thinking(_REASONS[sufficiency], progress=0.2)
        await journey.follow(ROUTES[sufficiency])
        return await journey.report()


_REASONS: Mapping[Sufficiency, str] = {
    Sufficiency.SUFFICIENT: "The data is sufficient: I have the savings computed, turned into steps and reported.",
    Sufficiency.PARTIAL: "The data answers a part: I have written down what is missing, and report what there is.",
    Sufficiency.INSUFFICIENT: "The data is too little for an answer: I report how to collect it.",
    Sufficiency.UNKNOWN: "How far the data goes is not known: I report how to collect it.",
}


class _Journey:
    """One run: what has been returned so far, and what failed."""

    def __init__(self, question: str, steps: Steps, validator: CoordinationValidator) -> None:
        self._steps = steps
        self._validator = validator
        self._results: dict[str, Answer] = {}
        self._failed: list[str] = []
        self._goal: dict[str, Any] = read_goal(question).to_json()

    @property
    def sufficiency(self) -> Sufficiency:
        """What triage found; a triage that failed leaves it unknown."""
        data = self._results.get(TRIAGE, {}).get("data", {})
        return Sufficiency(data.get("sufficiency", Sufficiency.UNKNOWN))

    async def follow(self, route: Route) -> None:
        """Carry out the steps of a route, each as soon as those it follows have ended: side by side where it may."""
        async with asyncio.TaskGroup() as group:
            tasks: dict[str, asyncio.Task[None]] = {}
            for name, after in route.items():
                tasks[name] = group.create_task(
                    self._in_turn(name, after, [tasks[each] for each in after if each in tasks])
                )

    async def step(self, name: str, after: Sequence[str] = ()) -> None:
        """Carry out one step; its failure is noted, not raised."""
        inputs = {"goal": self._goal, **self._handed_over(name)}
        self._validator.begins(name, after, inputs)
        try:
            result = await self._steps.run(name, name, inputs)
        except StepFailed:
            self._failed.append(name)
            self._validator.failed(name)
            return
        self._validator.completed(name, result)
        self._results[name] = result

    async def report(self) -> Answer:
        """Carry out the last step with all that there is; the failures are told in the order of the route."""
        failed = [name for name in (TRIAGE, *ROUTES[self.sufficiency]) if name in self._failed]
        inputs = {"goal": self._goal, "sufficiency": self.sufficiency.value, "failed": failed, "results": self._results}
        self._validator.begins(REPORTING, list(self._results), inputs)
        answer = await self._steps.run(REPORTING, REPORTING, inputs)
        self._validator.completed(REPORTING, answer)
        return answer

    async def _in_turn(self, name: str, after: Sequence[str], waiting_for: list[asyncio.Task[None]]) -> None:
        if waiting_for:
            await asyncio.wait(waiting_for)
        if any(needed not in self._results for needed in NEEDED.get(name, ())):
            self._failed.append(name)
            return
        await self.step(name, after)

    def _handed_over(self, name: str) -> dict[str, Any]:
        """What a step is given of the results it follows, beside the goal."""
        match name:
            case "data_helper":
                missing = self._results.get(TRIAGE, {}).get("data", {}).get("missing")
                return {"missing": missing if missing is not None else ["usage records"]}
            case "actions":
                return {"chosen": self._results["optimization"]["chosen"]}
            case _:
                return {}
