"""Tools, and the one way to call them: watched by the user, timed, and for the caller's tenant only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from agent_backend.context import Clock, Kind, UnifiedIDManager, UserExecutionContext


class UnknownTool(Exception):
    """An agent called a tool that it was not given."""


class ToolFailed(Exception):
    """A tool raised; the cause is for the log, not for the user."""


class Tool(Protocol):
    """Something an agent can do for the user of a context."""

    name: str

    def get_schema(self) -> dict[str, Any]:
        """The parameters, as a JSON schema."""

    async def execute(self, context: UserExecutionContext, **parameters: Any) -> dict[str, Any]:
        """Do it and return plain JSON values."""


def required(**choices: list[str]) -> dict[str, Any]:
    """The schema of a tool whose parameters are all required and each one of a few words."""
    return {
        "type": "object",
        "properties": {name: {"type": "string", "enum": words} for name, words in choices.items()},
        "required": list(choices),
        "additionalProperties": False,
    }


class ToolWatcher(Protocol):
    """Who is told about every call."""

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Mapping[str, Any]) -> None:
        """A call begins."""

    async def tool_completed(
        self, tool_call_id: str, tool_name: str, result: Any, *, duration_ms: int, ok: bool
    ) -> None:
        """A call has ended."""


class ToolDispatcher:
    """The tools of one run."""

    def __init__(
        self,
        tools: Sequence[Tool],
        context: UserExecutionContext,
        watcher: ToolWatcher,
        ids: UnifiedIDManager,
        clock: Clock,
    ) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._context = context
        self._watcher = watcher
        self._ids = ids
        self._clock = clock

    async def call(self, name: str, **parameters: Any) -> dict[str, Any]:
        """Call a tool by name; its failure is told to the user without its reason.

        Where another call beside it fails while its beginning is told, it is cancelled, and its end is told too.
        """
        tool = self._tools.get(name)
        if tool is None:
            raise UnknownTool(f"there is no tool {name!r}; this run has {', '.join(self._tools) or 'none'}")
        call_id = self._ids.new(Kind.TOOL_CALL)
        try:
            await self._watcher.tool_executing(call_id, name, parameters)
        except asyncio.CancelledError:
            await self._watcher.tool_completed(call_id, name, None, duration_ms=0, ok=False)
            raise
        began = self._clock.monotonic()
        result: dict[str, Any] | None = None
        try:
            result = await tool.execute(self._context, **parameters)
        except Exception as error:
            raise ToolFailed(f"the tool {name} failed") from error
        finally:
            duration_ms = round((self._clock.monotonic() - began) * 1000)
            await self._watcher.tool_completed(call_id, name, result, duration_ms=duration_ms, ok=result is not None)
        return result
