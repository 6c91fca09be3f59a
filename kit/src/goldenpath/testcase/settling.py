"""Code that may have to await, written once: it yields awaitables, and whoever drives it awaits them in its own way."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from types import TracebackType
from typing import Any

__unittest = True
"""Has unittest leave the frames of this module out of tracebacks."""

Steps = Generator[Awaitable[Any], Any, Any]
"""Yields what has to be awaited, and is sent what came of it."""


def settled(outcome: Any) -> Steps:
    """What a call gave, awaited if that is what it takes."""
    if inspect.isawaitable(outcome):
        outcome = yield outcome
    return outcome


def attempt(call: Callable[..., Any], failures: list[BaseException], *args: Any, **kwargs: Any) -> Steps:
    """Call and settle; note what it raised, and say whether it went well."""
    __tracebackhide__ = True
    try:
        yield from settled(call(*args, **kwargs))
    except GeneratorExit:
        raise
    except BaseException as failure:
        failures.append(failure)
        return False
    return True


async def drive(steps: Steps) -> Any:
    """Carry out steps inside a running event loop."""
    __tracebackhide__ = True
    reply: Any = None
    failure: BaseException | None = None
    while True:
        try:
            awaitable = steps.send(reply) if failure is None else steps.throw(failure)
        except StopIteration as end:
            return end.value
        try:
            reply, failure = await awaitable, None
        except BaseException as raised:
            failure = raised


class CaseLoop:
    """An event loop for one test, made when the first awaitable turns up: most synchronous tests never need it."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    def drive(self, steps: Steps) -> Any:
        """Carry out steps from synchronous code."""
        __tracebackhide__ = True
        reply: Any = None
        failure: BaseException | None = None
        while True:
            try:
                awaitable = steps.send(reply) if failure is None else steps.throw(failure)
            except StopIteration as end:
                return end.value
            try:
                reply, failure = self.wait(awaitable), None
            except BaseException as raised:
                failure = raised

    def wait(self, awaitable: Awaitable[Any]) -> Any:
        """Await on this loop; context variables that were set there hold for the code here."""
        __tracebackhide__ = True
        if self._runner is None:
            self._runner = new_runner()
        context = copy_context()
        try:
            return self._runner.run(_coroutine(awaitable), context=context)
        except BaseException as failure:
            raise failure.with_traceback(_without_the_loop(failure.__traceback__)) from None
        finally:
            _adopt(context)

    def close(self) -> None:
        """Cancel what still runs and close the loop, if there is one."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()


def new_runner() -> asyncio.Runner:
    """A runner that leaves the thread's current event loop alone: other tests' plugins keep theirs there."""
    return asyncio.Runner(loop_factory=asyncio.new_event_loop)


def complete(steps: Steps) -> Any:
    """Carry out steps from synchronous code, on a loop of their own if they need one."""
    loop = CaseLoop()
    try:
        return loop.drive(steps)
    finally:
        loop.close()


def _coroutine(awaitable: Awaitable[Any]) -> Coroutine[Any, Any, Any]:
    if inspect.iscoroutine(awaitable):
        return awaitable

    async def awaited() -> Any:
        return await awaitable

    return awaited()


def _adopt(context: Context) -> None:
    missing = object()
    for variable, value in context.items():
        if variable.get(missing) is not value:
            variable.set(value)


def _without_the_loop(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the first frame that is neither of this module nor of the event loop."""
    inner = trace
    while inner is not None and inner.tb_frame.f_globals.get("__name__", "").startswith(("asyncio.", __name__)):
        inner = inner.tb_next
    return inner or trace
