"""A tool that an agent may call."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from goldenpath.doubles.kinds.kind import Kind


@runtime_checkable
class Tool(Protocol):
    """Something with a name, a schema and one thing it does."""

    name: str
    description: str

    async def execute(self, *args: Any, **parameters: Any) -> Any: ...
    def get_schema(self) -> dict[str, Any]: ...


class Behaviour:
    """Succeeds with the result it was given, or says what it was called with."""

    __slots__ = ("_result", "description", "name")

    def __init__(self, tool_name: str = "test_tool", execution_result: Any = None) -> None:
        self.name = tool_name
        self.description = f"{tool_name}, a test double"
        self._result = execution_result

    async def execute(self, *args: Any, **parameters: Any) -> Any:
        if self._result is not None:
            return self._result
        return {"status": "success", "tool": self.name, "result": f"{self.name} finished"}

    def get_schema(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "description": self.description,
            "parameters": {"type": "object", "properties": {}, "additionalProperties": True},
        }


KIND = Kind("tool", Tool)
