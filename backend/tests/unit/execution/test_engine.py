from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.agents import Agent
from agent_backend.context import Principal, UnifiedIDManager, UserExecutionContext
from agent_backend.events import Event, EventType
from agent_backend.execution import UserExecutionEngine
from agent_backend.storage import RunClosed, StoreUnavailable


class Story:
    """A log and a listener that write down, in one list, what is committed and what is sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.broken: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.ended = False
        self.seq = 0
        self._reached = {event_type: asyncio.Event() for event_type in EventType}

    async def waiting(self, event_type: str) -> None:
        """Return when an event is about to be committed."""
        await self._reached[EventType(event_type)].wait()

    async def append(self, context: UserExecutionContext, event: Event) -> Event:
        return await self._commit(event)

    async def complete(self, context: UserExecutionContext, event: Event, message_id: str, answer: Any) -> Event:
        return await self._commit(event, ends=True)

    async def fail(self, context: UserExecutionContext, event: Event) -> Event:
        return await self._commit(event, ends=True)

    def deliver(self, principal: Principal, event: Event) -> None:
        self.lines.append(f"send {event.type} {event.payload.get('code', '')}".strip())
        self.text = str(event.payload)

    async def _commit(self, event: Event, *, ends: bool = False) -> Event:
        self._reached[event.type].set()
        await self.gate.wait()
        if event.type in self.broken:
            raise StoreUnavailable("PostgreSQL", "a secret reason")
        if self.ended:
            raise RunClosed
        self.ended = ends
        self.seq += 1
        self.lines.append(f"commit {event.type}")
        return event.numbered(self.seq)


class Thinker(Agent):
    """Thinks once, then does what it is told to."""

    agent_type = "thinker"

    def __init__(self, then: Callable[[], Awaitable[Any]]) -> None:
        self._then = then

    def get_capabilities(self) -> list[str]:
        return []

    async def execute(self, task: Any, context: UserExecutionContext, progress: Any, tools: Any) -> dict[str, Any]:
        await progress.thinking("hm", progress=0.5)
        await self._then()
        return {"text": "an answer"}


BEGINNING = ["commit agent_started", "send agent_started", "commit agent_thinking", "send agent_thinking"]
COMPLETED = [*BEGINNING, "commit agent_completed", "send agent_completed"]


async def nothing() -> None:
    return


async def forever() -> None:
    await asyncio.Event().wait()


async def mishap() -> None:
    raise ValueError("a secret")


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def tell(
    story: Story, clock: Any, ids: UnifiedIDManager, new_context: Callable[..., UserExecutionContext]
) -> Callable[..., Any]:
    def run(then: Callable[[], Awaitable[Any]], timeout: timedelta = timedelta(hours=1), deliver: Any = None) -> Any:
        engine = UserExecutionEngine(story, [], clock, ids, timeout)  # type: ignore[arg-type]
        return engine.execute(Thinker(then), "task", new_context(), deliver or story.deliver)

    return run


@pytest.mark.asyncio
async def test_every_event_is_committed_before_it_is_sent(story: Story, tell: Any) -> None:
    await tell(nothing)
    assert story.lines == COMPLETED


@pytest.mark.asyncio
async def test_an_answer_that_was_not_committed_is_not_announced(story: Story, tell: Any) -> None:
    story.broken = {"agent_completed"}
    await tell(nothing)
    assert story.lines == [*BEGINNING, "commit agent_error", "send agent_error internal_error"]


@pytest.mark.asyncio
async def test_the_cause_of_a_failure_is_logged_and_not_sent(
    story: Story, tell: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await tell(mishap)
    assert story.lines == [*BEGINNING, "commit agent_error", "send agent_error internal_error"]
    assert "a secret" not in story.text
    assert "a secret" in caplog.text


@pytest.mark.asyncio
async def test_a_run_that_takes_too_long_ends_as_a_timeout(story: Story, tell: Any) -> None:
    await tell(forever, timeout=timedelta(milliseconds=100))
    assert story.lines[-2:] == ["commit agent_error", "send agent_error timeout"]


@pytest.mark.asyncio
async def test_a_run_that_is_cancelled_says_so_and_stays_cancelled(story: Story, tell: Any) -> None:
    thinking = asyncio.Event()

    async def think_on() -> None:
        thinking.set()
        await forever()

    running = asyncio.create_task(tell(think_on))
    await thinking.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert story.lines == [*BEGINNING, "commit agent_error", "send agent_error interrupted"]


@pytest.mark.asyncio
async def test_a_cancellation_does_not_part_a_commit_from_its_frame(story: Story, tell: Any) -> None:
    story.gate.clear()
    running = asyncio.create_task(tell(nothing))
    await story.waiting("agent_started")
    running.cancel()
    await asyncio.sleep(0)
    story.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert story.lines == [*BEGINNING[:2], "commit agent_error", "send agent_error interrupted"]


@pytest.mark.asyncio
async def test_a_run_cancelled_while_its_answer_is_committed_has_one_end(story: Story, tell: Any) -> None:
    async def hold() -> None:
        story.gate.clear()

    running = asyncio.create_task(tell(hold))
    await story.waiting("agent_completed")
    running.cancel()
    await asyncio.sleep(0)
    story.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert story.lines == COMPLETED


@pytest.mark.asyncio
async def test_a_failure_that_cannot_be_recorded_is_told_outside_of_the_log(story: Story, tell: Any) -> None:
    story.broken = {"agent_completed", "agent_error"}
    await tell(nothing)
    assert story.lines == [*BEGINNING, "send error run_interrupted"]
    assert "a secret" not in story.text


@pytest.mark.asyncio
async def test_a_run_does_not_fail_because_nobody_can_be_told(
    story: Story, tell: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def deaf(principal: Principal, event: Event) -> None:
        raise ConnectionError

    await tell(nothing, deliver=deaf)
    assert story.lines == [line for line in COMPLETED if line.startswith("commit")]
    assert "was not delivered" in caplog.text
