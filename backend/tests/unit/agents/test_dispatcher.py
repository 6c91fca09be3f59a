from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agent_backend.agents import ToolDispatcher, ToolFailed, UnknownTool
from agent_backend.context import UnifiedIDManager, UserExecutionContext


class Record(list[tuple[Any, ...]]):
    """Writes down what a dispatcher tells."""

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Any) -> None:
        self.append(("executing", tool_name, parameters))

    async def tool_completed(
        self, tool_call_id: str, tool_name: str, result: Any, *, duration_ms: int, ok: bool
    ) -> None:
        self.append(("completed", tool_name, result, duration_ms, ok))


class Scale:
    """Doubles a number, in two seconds, or does what it is told to."""

    name = "scale"

    def __init__(self, clock: Any, failure: BaseException | None = None) -> None:
        self._clock = clock
        self._failure = failure

    def get_schema(self) -> dict[str, Any]:
        return {}

    async def execute(self, context: UserExecutionContext, **parameters: Any) -> dict[str, Any]:
        self._clock.move(seconds=2)
        if self._failure:
            raise self._failure
        return {"doubled": parameters["number"] * 2, "for": context.tenant_id}


@pytest.fixture
def dispatch(clock: Any, ids: UnifiedIDManager, new_context: Callable[..., UserExecutionContext]) -> Any:
    def make(record: Record, failure: BaseException | None = None) -> tuple[ToolDispatcher, UserExecutionContext]:
        context = new_context()
        return ToolDispatcher([Scale(clock, failure)], context, record, ids, clock), context

    return make


@pytest.mark.asyncio
async def test_a_call_is_told_before_and_after_and_timed(dispatch: Any) -> None:
    record = Record()
    tools, context = dispatch(record)
    result = {"doubled": 42, "for": context.tenant_id}
    assert await tools.call("scale", number=21) == result
    assert record == [("executing", "scale", {"number": 21}), ("completed", "scale", result, 2000, True)]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("failure", "raised"), [(ValueError("a secret"), ToolFailed), (asyncio.CancelledError(), asyncio.CancelledError)]
)
async def test_a_call_that_fails_or_is_cut_short_is_told_as_not_ok(
    dispatch: Any, failure: BaseException, raised: type[BaseException]
) -> None:
    record = Record()
    tools, _ = dispatch(record, failure)
    with pytest.raises(raised) as error:
        await tools.call("scale", number=21)
    assert record[1:] == [("completed", "scale", None, 2000, False)]
    assert "a secret" not in str(error.value)


class Interrupted(Record):
    """Whoever calls is cancelled while the beginning is told, which is told to its end nevertheless."""

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Any) -> None:
        await super().tool_executing(tool_call_id, tool_name, parameters)
        raise asyncio.CancelledError


@pytest.mark.asyncio
async def test_a_call_that_is_cancelled_while_its_beginning_is_told_is_not_left_open(dispatch: Any) -> None:
    record = Interrupted()
    tools, _ = dispatch(record)
    with pytest.raises(asyncio.CancelledError):
        await tools.call("scale", number=21)
    assert record == [("executing", "scale", {"number": 21}), ("completed", "scale", None, 0, False)]


@pytest.mark.asyncio
async def test_an_unknown_tool_is_refused_with_the_names_of_the_known(dispatch: Any) -> None:
    record = Record()
    tools, _ = dispatch(record)
    with pytest.raises(UnknownTool, match="there is no tool 'weigh'; this run has scale"):
        await tools.call("weigh")
    assert record == []
