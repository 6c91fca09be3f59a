"""An agent: it executes tasks and, when told where to, streams the events of each run."""

from __future__ import annotations

from typing import Any, Final, Protocol, runtime_checkable

from goldenpath.doubles.failures import FailurePlan
from goldenpath.doubles.kinds.kind import Kind
from goldenpath.doubles.streaming import Run, Stream

CAPABILITIES: Final = ("text_processing", "data_analysis", "tool_use")


@runtime_checkable
class Agent(Protocol):
    """Something that carries out a task."""

    agent_type: str
    name: str

    async def execute(self, task: Any = None, context: Any = None, **options: Any) -> Any: ...
    def get_capabilities(self) -> list[str]: ...


class Behaviour:
    """Completes every task at once, reporting `execution_time` without spending it.

    When it streams, it fails by its own plan, so that the failure comes in the midst of the run and is told as one.
    """

    __slots__ = ("_plan", "_result", "_stream", "agent_type", "execution_time", "name")

    def __init__(
        self,
        agent_type: str = "supervisor",
        execution_result: Any = None,
        execution_time: float = 0.1,
        stream: Stream | None = None,
        plan: FailurePlan | None = None,
    ) -> None:
        self.agent_type = agent_type
        self.name = agent_type
        self.execution_time = execution_time
        self._result = execution_result
        self._stream = stream
        self._plan = plan

    async def execute(self, task: Any = None, context: Any = None, *more: Any, **options: Any) -> Any:
        if self._stream is not None:
            return await self._execute_aloud(self._stream.begin(self.agent_type, context), task)
        return self._answer()

    def _answer(self) -> Any:
        if self._result is not None:
            return self._result
        return {
            "status": "completed",
            "agent_type": self.agent_type,
            "result": f"{self.agent_type} completed the task",
            "execution_time": self.execution_time,
        }

    async def _execute_aloud(self, run: Run, task: Any) -> Any:
        spent = self.execution_time * 1000
        tool = {"tool_name": f"{self.agent_type}_tool", "tool_call_id": f"{run.run_id}-tool"}
        await run.tell("agent_started", task=f"{self.agent_type} task" if task is None else str(task))
        try:
            await run.tell("agent_thinking", reasoning="choosing a tool", step=1, progress=0.5)
            if self._plan is not None:
                await self._plan.disturb("execute")
        except Exception as error:
            await run.tell("agent_error", message=str(error), code=type(error).__name__, retryable=True)
            raise
        await run.tell("tool_executing", **tool, parameters={})
        await run.tell("tool_completed", **tool, result={"found": 1}, duration_ms=spent, ok=True)
        answer = self._answer()
        await run.tell("agent_completed", result=answer, status="completed", duration_ms=spent)
        return answer

    def get_capabilities(self) -> list[str]:
        return list(CAPABILITIES)


KIND = Kind("agent", Agent)
