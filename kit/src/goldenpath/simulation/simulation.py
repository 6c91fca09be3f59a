"""One run of simulated code under one seed."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Collection, Coroutine, Iterable
from typing import Any, TypeVar

from goldenpath.simulation import properties
from goldenpath.simulation.channel import Channel
from goldenpath.simulation.loop import VirtualLoop
from goldenpath.simulation.message import Direction
from goldenpath.simulation.network import Network
from goldenpath.simulation.properties import Properties
from goldenpath.simulation.refusal import Fence
from goldenpath.simulation.rule import Rule
from goldenpath.simulation.stall import StallError
from goldenpath.simulation.timeline import Timeline
from goldenpath.simulation.trace import Event, Trace
from goldenpath.simulation.world import EPOCH, virtual_world

_T = TypeVar("_T")
Simulated = Callable[..., Coroutine[Any, Any, _T]]
"""An async function that takes nothing, or the `Simulation` it runs in."""


class UnhandledError(RuntimeError):
    """An exception was raised where nobody awaits it: in a callback, or in a task that was dropped."""


class Simulation:
    """A world of its own for one coroutine: virtual time, seeded order, seeded chance, a network with faults.

    Two simulations of the same code with the same seed do the same, and have the same `trace_hash`. It runs once.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        faults: Iterable[Rule] = (),
        only: Collection[str] | None = None,
        allow: Collection[str] = (),
        epoch: float = EPOCH,
    ) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise TypeError(f"a seed is a whole number, got {seed!r}")
        self._fence = Fence(allow)
        self.seed = seed
        self.loop = VirtualLoop(seed)
        self.network = Network(*faults, seed=f"{seed} network", clock=self.loop.time, log=True, only=only)
        self.properties = Properties(self.loop, self.network)
        self._epoch = epoch
        self._unhandled: list[dict[str, Any]] = []

    @property
    def now(self) -> float:
        """Virtual seconds since the beginning."""
        return self.loop.time()

    @property
    def trace(self) -> Trace:
        """All that was decided and said."""
        return self.loop.trace

    @property
    def trace_hash(self) -> str:
        """The run in one word: equal for equal runs, in whichever process."""
        return self.loop.trace.hash

    @property
    def timeline(self) -> Timeline:
        """Who said what when."""
        return Timeline(self.trace.events)

    def tell(self, who: str, what: str) -> None:
        """Note something on the timeline."""
        self.trace.tell(Event(self.now, what, who, until=self.now, place=self.trace.place()))

    def channel(
        self,
        sender: str,
        receiver: str,
        deliver: Callable[[Any], object],
        *,
        direction: Direction = "to_client",
        tenant: str = "",
        on_close: Callable[[int], object] | None = None,
    ) -> Channel:
        """A line over this simulation's network, whose messages appear on the timeline."""
        return Channel(
            self.network,
            deliver,
            sender=sender,
            receiver=receiver,
            direction=direction,
            tenant=tenant,
            on_close=on_close,
            trace=self.trace,
        )

    def run(self, simulated: Simulated[_T] | Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine, or an async function that takes this simulation or nothing, and return its result."""
        result = self.run_one_of_many(simulated)
        properties.require(self.properties.witnessed(), runs=1)
        return result

    def run_one_of_many(self, simulated: Simulated[_T] | Coroutine[Any, Any, _T]) -> _T:
        """`run`, where what happens `sometimes` is for the caller to judge over all runs."""
        coroutine = self._coroutine(simulated)
        try:
            if self.loop.is_closed():
                raise RuntimeError(
                    "this simulation has run already; make another one with the same seed to see it again"
                )
            if asyncio._get_running_loop() is not None:
                raise RuntimeError("a simulation brings its own loop: call it from a plain function, not a coroutine")
            with virtual_world(self.loop.time, self.seed, self._epoch), self._fence:
                return self._run_in_its_world(coroutine)
        finally:
            if inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
                coroutine.close()

    def _coroutine(self, simulated: Simulated[_T] | Coroutine[Any, Any, _T]) -> Coroutine[Any, Any, _T]:
        if callable(simulated):
            simulated = simulated(self) if _takes_something(simulated) else simulated()
        if not inspect.iscoroutine(simulated):
            raise TypeError(f"a simulation runs an async function or a coroutine, got {simulated!r}")
        return simulated

    def _run_in_its_world(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        self.loop.set_exception_handler(lambda _, context: self._unhandled.append(context))
        token = properties.current.set(self.properties)
        try:
            return self._run_to_the_end(coroutine)
        finally:
            properties.current.reset(token)
            self.loop.close()
            self.loop.set_exception_handler(None)

    def _run_to_the_end(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        main = self.loop.create_task(coroutine)
        main._log_destroy_pending = False  # type: ignore[attr-defined]
        try:
            result: _T = self.loop.run_until_complete(main)
            self.properties.judge_promises()
        except BaseException as failure:
            try:
                self._end_tasks()
            except StallError as stall:
                failure.add_note(f"and when cancelled, tasks did not end: {stall}")
            for error in self._swallowed():
                failure.add_note(f"and {type(error).__name__}: {error}")
            raise
        self._end_tasks()
        for error in self._swallowed():
            raise error
        return result

    def _end_tasks(self) -> None:
        """Cancel what still runs and let it end, as `asyncio.run` does."""
        self.loop.after_step = None
        if tasks := asyncio.all_tasks(self.loop):
            for task in tasks:
                task.cancel()
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())

    def _swallowed(self) -> list[Exception]:
        """What went wrong and reached nobody: refused I/O, failed callbacks, failed tasks that nobody awaited."""
        swallowed: list[Exception] = [*self._fence.breaches]
        swallowed += [_unhandled(context["message"], context.get("exception")) for context in self._unhandled]
        swallowed += [
            _unhandled(f"{task.get_name()} failed and nobody awaits it", task.exception())
            for task in self.loop.failed_unseen()
        ]
        return swallowed


def _takes_something(function: Callable[..., object]) -> bool:
    return any(parameter.default is parameter.empty for parameter in inspect.signature(function).parameters.values())


def _unhandled(message: str, cause: BaseException | None) -> UnhandledError:
    error = UnhandledError(f"{message}: {cause!r}")
    error.__cause__ = cause
    return error
