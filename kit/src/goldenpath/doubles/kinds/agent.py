"""An agent: it executes tasks and, when told where to, streams the events of each run."""

from __future__ import annotations

from typing import Any, Final, Protocol

from goldenpath.doubles.kinds.kind import Kind
from goldenpath.doubles.streaming import Run, Stream

CAPABILITIES: Final = ("text_processing", "data_analysis", "tool_use")


class Agent(Protocol):
    """Something that carries out a task."""

    agent_type: str
    name: str

    async def execute(self, task: Any = None, context: Any = None, **options: Any) -> Any: ...
    def get_capabilities(self) -> list[str]: ...


class Behaviour:
    """Completes every task at once, reporting `execution_time` without spending it."""

    __slots__ = ("_result", "_stream", "agent_type", "execution_time", "name")

    def __init__(
        self,
        agent_type: str = "supervisor",
        execution_result: Any = None,
        execution_time: float = 0.1,
        stream: Stream | None = None,
    ) -> None:
        self.agent_type = agent_type
        self.name = agent_type
        self.execution_time = execution_time
        self._result = execution_result
        self._stream = stream

    async def execute(self, task: Any = None, context: Any = None, **options: Any) -> Any:
        result = self._result
        if result is None:
            result = {
                "status": "completed",
                "agent_type": self.agent_type,
                "result": f"{self.agent_type} completed the task",
                "execution_time": self.execution_time,
            }
        if self._stream is not None:
            run = self._stream.begin(self.agent_type, context)
            await self._tell(self._stream, run, task, result)
        return result

    async def _tell(self, stream: Stream, run: Run, task: Any, result: Any) -> None:
        duration_ms = self.execution_time * 1000
        tool = {"tool_name": f"{self.agent_type}_tool", "tool_call_id": f"{run.run_id}-tool"}
        await stream.tell(run, "agent_started", task=task if task is not None else f"{self.agent_type} task")
        await stream.tell(run, "agent_thinking", reasoning="choosing a tool", step=1, progress=0.5)
        await stream.tell(run, "tool_executing", **tool, parameters={})
        await stream.tell(run, "tool_completed", **tool, result={"ok": True}, duration_ms=duration_ms, ok=True)
        await stream.tell(run, "agent_completed", status="completed", result=result, duration_ms=duration_ms)

    async def fail(self, error: BaseException, task: Any = None, context: Any = None, **options: Any) -> None:
        """Tell the listeners of a run that starts and fails on purpose."""
        if self._stream is None:
            return
        run = self._stream.begin(self.agent_type, context)
        await self._stream.tell(run, "agent_started", task=task if task is not None else f"{self.agent_type} task")
        await self._stream.tell(run, "agent_error", code=type(error).__name__, message=str(error), retryable=True)

    def get_capabilities(self) -> list[str]:
        return list(CAPABILITIES)


KIND = Kind("agent", Agent, Behaviour)
