"""What a workflow is to the engine, and the steps by which the engine lets it work.

A *step* is one agent's work within a run: named once per run, given plain JSON, returning plain JSON. Its result is
committed before the workflow sees it. When another instance takes the run over, it calls the workflow again from the
top: every step that was completed answers at once with its stored result and tells the user nothing a second time, and
the first that was not completed is carried out.

So a workflow must choose its steps by the question and by the results of earlier steps only: not by the clock, by
chance or by what it reads elsewhere. Whatever else it needs belongs into a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from agent_backend.agents import Answer
from agent_backend.context import UserExecutionContext


class StepFailed(Exception):
    """The agent of a step raised; stored like a result, so the workflow may go on without it, or let it pass.

    `code` says what kind of failure it was and is all that a user may be told; the cause is in the service's log.
    """

    def __init__(self, step: str, code: str) -> None:
        super().__init__(f"the step {step!r} failed: {code}")
        self.step = step
        self.code = code


class WorkflowChanged(Exception):
    """A workflow asks for another step than the one that is stored under its name: it is not the one that began."""


class Steps(Protocol):
    """What the engine offers a workflow for the length of one run."""

    async def run(self, name: str, agent: str, inputs: Mapping[str, Any] | None = None) -> Answer:
        """Carry out the step of this name by the registered agent of that name, or return what it returned before.

        Steps may run side by side (`asyncio.TaskGroup`, `asyncio.gather`). Raises StepFailed when the agent failed, now
        or then, and ValueError for a name that was used before in this run. When the run is cancelled, has timed out or
        belongs to another instance now, the workflow is cancelled as any task is.
        """

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        """Tell the user what the workflow itself decides; told again where the run is taken over."""


class Workflow(Protocol):
    """From a question to its answer, by steps."""

    name: str
    """The `agent_name` of the events that belong to no single step: agent_started, agent_completed, agent_error."""

    async def run(self, question: str, context: UserExecutionContext, steps: Steps) -> Answer:
        """Work the question out; the answer has a `text` and whatever figures stand behind it."""
