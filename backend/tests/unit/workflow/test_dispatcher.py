from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, UnifiedIDManager, UserExecutionContext
from agent_backend.events import Event, RunEvents
from agent_backend.storage import Admission
from agent_backend.workflow import Ask, AskRefused, RunDispatcher


class Book:
    """A log that admits every question, once its gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = asyncio.Event()

    async def begin(self, admission: Admission, now: Any) -> bool:
        self.asked.set()
        await self.gate.wait()
        return True


class Slow:
    """A workflow that waits to be let go, or tells that it was interrupted."""

    def __init__(self, clock: Any) -> None:
        self.let_go = asyncio.Event()
        self.began: list[str] = []
        self.ended: list[str] = []
        self._clock = clock

    async def run(self, task: str, context: UserExecutionContext, deliver: Any) -> None:
        self.began.append(task)
        ids = {"run_id": context.run_id, "thread_id": context.thread_id}
        events = RunEvents(**ids, agent_name="slow", epoch=1, now=self._clock.now)
        try:
            await self.let_go.wait()
            event = events.agent_completed({}, 0)
        except asyncio.CancelledError:
            event = events.agent_error("interrupted", "", retryable=True)
        self.ended.append(event.type)
        deliver(context.principal, event)


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Principal:
    return Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


@pytest.fixture
def question(ids: UnifiedIDManager) -> Ask:
    return Ask(ids.new(Kind.THREAD), "What?", "m")


@pytest.fixture
def connection_id(ids: UnifiedIDManager) -> str:
    return ids.new(Kind.CONNECTION)


def dispatcher(
    book: Book, slow: Slow, clock: Any, ids: UnifiedIDManager, deliver: Any = lambda *_: None
) -> RunDispatcher:
    return RunDispatcher(book, slow, deliver, clock, ids)  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_a_thread_is_free_again_when_its_user_hears_of_the_end(
    clock: Any, ids: UnifiedIDManager, ada: Principal, question: Ask, connection_id: str
) -> None:
    slow, heard = Slow(clock), asyncio.Event()
    again: list[asyncio.Task[Any]] = []

    def ask_at_once(principal: Principal, event: Event) -> None:
        if not again:
            again.append(asyncio.create_task(made.submit(ada, connection_id, question)))
        heard.set()

    made = dispatcher(Book(), slow, clock, ids, ask_at_once)
    await made.submit(ada, connection_id, question)
    with pytest.raises(AskRefused) as refused:
        await made.submit(ada, connection_id, question)
    assert refused.value.code == "run_active"
    slow.let_go.set()
    await heard.wait()
    assert await again[0] == []
    await made.shutdown()
    assert slow.began == ["What?", "What?"]


@pytest.mark.asyncio
async def test_a_run_that_had_just_been_admitted_is_interrupted_in_the_open(
    clock: Any, ids: UnifiedIDManager, ada: Principal, question: Ask, connection_id: str
) -> None:
    slow = Slow(clock)
    made = dispatcher(Book(), slow, clock, ids)
    await made.submit(ada, connection_id, question)
    await made.shutdown()
    assert slow.ended == ["agent_error"]


@pytest.mark.asyncio
async def test_stopping_waits_for_a_question_that_is_being_admitted_and_interrupts_its_run(
    clock: Any, ids: UnifiedIDManager, ada: Principal, question: Ask, connection_id: str
) -> None:
    book, slow = Book(), Slow(clock)
    made = dispatcher(book, slow, clock, ids)
    book.gate.clear()
    asking = asyncio.create_task(made.submit(ada, connection_id, question))
    await book.asked.wait()
    stopping = asyncio.create_task(made.shutdown())
    await asyncio.sleep(0)
    assert not stopping.done()
    book.gate.set()
    await asyncio.gather(asking, stopping)
    assert slow.ended == ["agent_error"]
    with pytest.raises(AskRefused) as refused:
        await made.submit(ada, connection_id, question)
    assert (refused.value.code, refused.value.retryable) == ("shutting_down", True)


@pytest.mark.asyncio
async def test_stopping_waits_no_longer_than_its_grace(
    clock: Any,
    ids: UnifiedIDManager,
    ada: Principal,
    question: Ask,
    connection_id: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    book = Book()
    made = dispatcher(book, Slow(clock), clock, ids)
    book.gate.clear()
    asking = asyncio.create_task(made.submit(ada, connection_id, question))
    await book.asked.wait()
    await made.shutdown(timedelta(0))
    assert "did not record their end" in caplog.text
    asking.cancel()
