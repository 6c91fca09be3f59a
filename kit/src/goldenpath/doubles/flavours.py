"""Recorders of the methods whose calls do not return at once: coroutines, generators, awaitables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Generator, Iterator, Mapping
from inspect import isawaitable, iscoroutine
from typing import Any

from goldenpath.doubles.calls import Entry
from goldenpath.doubles.marks import UNSET
from goldenpath.doubles.plan import Plan
from goldenpath.doubles.recorder import Recorder
from goldenpath.doubles.setup import replay, streamed
from goldenpath.doubles.tape import OPENING, Tape
from goldenpath.doubles.vocabulary import AwaitVocabulary


class AsyncRecorder(AwaitVocabulary, Recorder):
    """An async method: recorded when called, and once more when awaited."""

    __slots__ = ("_awaits",)

    def __init__(self, plan: Plan, tape: Tape, path: str) -> None:
        super().__init__(plan, tape, path)
        self._awaits: list[Entry] | None = None

    def __call__(self, /, *args: Any, **kwargs: Any) -> Coroutine[Any, Any, Any]:
        settled: Coroutine[Any, Any, Any]
        if kwargs or len(args) not in self._known:
            settled = self._plan.settle(self, args, kwargs, self._record(args, kwargs))
        else:
            self._log.append(args)  # type: ignore[union-attr]
            self._tape.entries.extend((self._path, args))  # type: ignore[union-attr]
            settled = self._plan.settle(self, args, kwargs)
        return settled

    def reset_mock(self, *, return_value: bool = False, side_effect: bool = False) -> None:
        """Forget every call and await; and, if asked, what it was told to answer."""
        self._awaits = None if self._log is None else []
        super().reset_mock(return_value=return_value, side_effect=side_effect)

    def _open(self) -> None:
        """Make the lists that the first call needs, and that of the awaits."""
        awaits: list[Entry] = []
        with OPENING:
            if self._awaits is None:
                self._awaits = awaits
        super()._open()

    async def _answer_awaited(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """The answer of an awaited call."""
        if self._tape.interfere is not None:
            pause = self._tape.interfere(self._path, True)
            if pause is not None:
                await pause
        return streamed(await self._reply_awaited(args, kwargs), self._plan.flavour.stream)

    async def _reply_awaited(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Side effects and what is wrapped may be coroutine functions themselves."""
        setup = self._setup
        if setup is not None:
            try:
                value = setup.take(args, kwargs)
            except StopIteration as end:
                raise StopAsyncIteration from end
            if value is not UNSET:
                return await value if iscoroutine(value) else value
            if setup.value is UNSET and setup.wraps is not None:
                value = setup.wraps(*args, **kwargs)
                return await value if isawaitable(value) else value
        return self._default()

    async def _coroutine_kind(self) -> None:
        """A function of the same flavour, for `inspect` to look at."""

    __code__ = _coroutine_kind.__code__


async def settle(
    recorder: AsyncRecorder, args: tuple[Any, ...], kwargs: Mapping[str, Any], entry: Entry | None = None
) -> Any:
    """The coroutine an async method returns; each method has its own copy of it, under its own name."""
    recorder._awaits.append(args if entry is None else entry)  # type: ignore[union-attr]
    value = recorder._ready
    return await recorder._answer_awaited(args, kwargs) if value is UNSET else value


class AwaitableRecorder(AsyncRecorder):
    """`__await__` itself, which hands out the iterator of a coroutine."""

    __slots__ = ()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return super().__call__(*args, **kwargs).__await__()


class StreamRecorder(Recorder):
    """A generator function, sync or async: recorded when called, answered when iterated."""

    __slots__ = ()

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        self._record(args, kwargs)
        return self._plan.settle(self, args, kwargs)

    def _generator_kind(self) -> Iterator[None]:
        yield

    __code__ = _generator_kind.__code__


class AsyncStreamRecorder(StreamRecorder):
    """The same, for `inspect` to tell apart."""

    __slots__ = ()

    async def _generator_kind(self) -> AsyncIterator[None]:  # type: ignore[override]
        yield

    __code__ = _generator_kind.__code__


def flow(recorder: StreamRecorder, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Generator[Any, Any, Any]:
    """The generator a generator function returns."""
    if recorder._tape.interfere is not None:
        recorder._tape.interfere(recorder._path, False)
    return (yield from recorder._reply(args, kwargs))


async def flow_async(recorder: StreamRecorder, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> AsyncIterator[Any]:
    """The async generator an async generator function returns."""
    if recorder._tape.interfere is not None:
        pause = recorder._tape.interfere(recorder._path, True)
        if pause is not None:
            await pause
    async for item in replay(recorder._reply(args, kwargs)):
        yield item
