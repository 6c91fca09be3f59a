"""asyncio's event loop on a clock that moves only when nothing can run, and an order of running that a seed decides.

Shuffled is what asyncio leaves to circumstance: which of the tasks that could go on goes on first, the order of timers
for the same moment, the order in which a set of tasks iterates. What asyncio promises stays: callbacks given to
`call_soon` run in the order given.
"""

from __future__ import annotations

import asyncio
import gc
from asyncio import futures
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from heapq import heapify, heappop, heappush
from itertools import repeat
from math import inf, isnan
from random import Random
from threading import get_ident
from typing import Any, Final, TypeVarTuple, Unpack

from goldenpath.simulation.chance import odd_key
from goldenpath.simulation.refusal import LOOP_METHODS, RealIORefusedError, noted, refused_method
from goldenpath.simulation.stall import DeadlockError, LivelockError
from goldenpath.simulation.task import VirtualTask, kinds_of_step
from goldenpath.simulation.trace import Trace

RESOLUTION: Final = 1e-9
"""Timers closer together than this are due at the same moment, as on asyncio's own loops."""
STEPS_PER_MOMENT: Final = 1_000_000
"""So many steps without the clock moving are taken for a busy loop."""
TIMERS_BEFORE_SWEEP: Final = 1_000
TASKS_BEFORE_PRUNING: Final = 100


_Coroutine = Coroutine[Any, Any, Any] | Generator[Any, None, Any]
_CLOSED: Final = "Event loop is closed"
_Ts = TypeVarTuple("_Ts")


class _Call(asyncio.TimerHandle):
    """A callback to be run, soon or at a time; what `call_soon`, `call_later` and `call_at` return."""

    __slots__ = ()

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: VirtualLoop,
        context: Context | None,
    ) -> None:
        self._when = when
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = copy_context() if context is None else context
        self._cancelled = False
        self._scheduled = False
        self._repr = None
        self._source_traceback = None

    def fire(self) -> None:
        """Run, unless it was cancelled meanwhile."""
        if not self._cancelled:
            self._run()

    def cancel(self) -> None:
        """Do not run after all."""
        if not self._cancelled:
            self._cancelled = True
            self._callback = self._args = None  # type: ignore[assignment]
            self._loop._one_cancelled()


class _Inert(asyncio.TimerHandle):
    """The handle of what nobody cancels by it: a task's own steps, and sleeps, whose future says whether to wake."""

    __slots__ = ()

    def __init__(self) -> None: ...

    def cancel(self) -> None: ...


_Timer = _Call | tuple[Any, ...]
"""What is due at a time: a call, or the future of a sleeper and what to wake it with."""

_INERT: Final = _Inert()
_Future: Final = asyncio.Future
_FIRST_STEP, _WAKEUP_KIND, _WAKEUP_NAME = kinds_of_step()
_wake_sleeper: Final[object] = futures._set_result_unless_cancelled  # type: ignore[attr-defined]


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without I/O, without waiting and without accident: the seed decides every order left open.

    Usable wherever a loop factory is: `asyncio.Runner(loop_factory=VirtualLoop)`.
    """

    _ready: deque[_Call]
    _stopping: bool
    _closed: bool
    _thread_id: int | None
    _task_factory: object

    def __init__(self, seed: int | str = 0) -> None:
        super().__init__()
        self.trace = Trace()
        self.after_step: Callable[[], None] | None = None
        """Called after every step: where properties that always hold are checked."""
        self._now = 0.0
        self._random_bits = Random(f"{seed} schedule").getrandbits
        self._task_hash = odd_key(seed, "tasks")
        self._tasks_made = 0
        self._tasks: list[VirtualTask] = []
        self._prune_at = TASKS_BEFORE_PRUNING
        self._steps: list[tuple[Any, Any, Any]] = []
        self._times: list[float] = []
        self._due: dict[float, list[_Timer]] = {}
        self._cancelled = 0
        self._sweep_at = TIMERS_BEFORE_SWEEP

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def create_future(self) -> asyncio.Future[Any]:
        """A future of this loop."""
        return _Future(loop=self)

    def create_task(
        self, coro: _Coroutine, *, name: object = None, context: Context | None = None, **options: Any
    ) -> asyncio.Task[Any]:
        """A task; one without a name is numbered within this loop, so that each run calls it the same."""
        if self._task_factory is not None:
            return super().create_task(coro, name=name, context=context, **options)
        if self._closed:
            raise RuntimeError(_CLOSED)
        self._tasks_made += 1
        self.trace.record(getattr(coro, "__qualname__", ""))
        task = VirtualTask(
            coro,
            self._tasks_made * self._task_hash,
            loop=self,
            name=f"Task-{self._tasks_made}" if name is None else name,
            context=context,
            **options,
        )
        self._tasks.append(task)
        if len(self._tasks) > self._prune_at:
            self._tasks = [task for task in self._tasks if not task.done() or task.failed_unseen]
            self._prune_at = max(TASKS_BEFORE_PRUNING, 2 * len(self._tasks))
        return task

    def failed_unseen(self) -> list[VirtualTask]:
        """The tasks that have failed and that nobody has asked why.

        asyncio tells of them when they are collected as garbage, which may be long after the run.
        """
        return [task for task in self._tasks if task.failed_unseen]

    def call_soon(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Run a callback in its turn."""
        if self._closed:
            raise RuntimeError(_CLOSED)
        if context is not None:
            kind = type(callback)
            if kind is _FIRST_STEP or (kind is _WAKEUP_KIND and callback.__name__ == _WAKEUP_NAME):
                self._steps.append((context.run, callback, args))
                return _INERT
        call = _Call(self._now, callback, args, self, context)
        self._ready.append(call)
        return call

    def call_soon_threadsafe(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """`call_soon`, for callers that cannot know where they run; from another thread it is refused."""
        if self._thread_id not in (None, get_ident()):
            refusal = RealIORefusedError(
                "call_soon_threadsafe() came from another thread, and when a thread acts no seed decides: "
                "let a task of the simulation do it"
            )
            raise noted(refusal, self._thread_id)
        return self.call_soon(callback, *args, context=context)

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run a callback so many virtual seconds from now."""
        when = self._now + delay
        if callback is not _wake_sleeper:
            return self.call_at(when, callback, *args, context=context)
        due = self._due.get(when)
        if due is None:
            self._open_moment(when, args)
        else:
            due.append(args)
        return _INERT

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run a callback at a virtual time."""
        call = _Call(when, callback, args, self, context)
        if when in self._due:
            self._due[when].append(call)
        else:
            self._open_moment(when, call)
        return call

    def _open_moment(self, when: float, timer: _Timer) -> None:
        if self._closed:
            raise RuntimeError(_CLOSED)
        if isnan(when):
            raise ValueError("a timer cannot be set for a time that is not a number")
        self._due[when] = [timer]
        heappush(self._times, when)
        if len(self._times) > self._sweep_at:
            self._sweep()

    def _one_cancelled(self) -> None:
        self._cancelled += 1
        if self._cancelled > self._sweep_at:
            self._sweep()

    def _sweep(self) -> None:
        """Forget the timers that nobody waits for any more; twice as many as now are left alone until the next time."""
        self._due = {when: alive for when, due in self._due.items() if (alive := [t for t in due if _is_awaited(t)])}
        self._times[:] = self._due
        heapify(self._times)
        self._cancelled = 0
        self._sweep_at = max(TIMERS_BEFORE_SWEEP, 2 * sum(map(len, self._due.values())))

    def _run_once(self) -> None:
        """Run until stopped: what asyncio does once around its selector needs no coming round again here.

        The garbage collector has its turns at moments of the schedule, because what it collects may close async
        generators and report lost exceptions, and the moment of that would otherwise depend on the whole process.
        """
        collecting = gc.isenabled()
        gc.disable()
        try:
            while not self._stopping:
                self._run_moment()
        finally:
            if collecting:
                gc.enable()

    def _run_moment(self) -> None:
        """Run what can run at this moment, one step at a time, then let the clock go on."""
        steps, ready, bits, record = self._steps, self._ready, self._random_bits, self.trace.record
        for _ in repeat(None, STEPS_PER_MOMENT):
            choices = len(steps)
            if ready:
                choices += 1
            if not choices:
                return self._advance()
            choice = 0
            if choices > 1:
                choice = bits(32) % choices
                record(choice)
            if choice < len(steps):
                run, callback, args = steps[choice]
                steps[choice] = steps[-1]
                del steps[-1]
                run(callback, *args)
            else:
                ready.popleft().fire()
            if self.after_step is not None:
                self.after_step()
            if self._stopping:
                return None
        raise LivelockError(self, STEPS_PER_MOMENT)

    def _advance(self) -> None:
        """Move the clock to the next moment at which somebody is woken; the clock does not stop where nobody is."""
        steps, ready, times = self._steps, self._ready, self._times
        while not steps and not ready:
            if not times or times[0] == inf:
                raise DeadlockError(self)
            moment = times[0]
            for timer in self._take_due(moment + RESOLUTION):
                if isinstance(timer, tuple):
                    sleeper, result = timer
                    if not sleeper.done():
                        sleeper.set_result(result)
                elif not timer._cancelled:
                    steps.append((_Call.fire, timer, ()))
        self._now = max(self._now, moment)
        self.trace.record(self._now)
        if self.trace.fold():
            gc.collect(1)

    def _take_due(self, before: float) -> list[_Timer]:
        times, due = self._times, self._due.pop(heappop(self._times))
        while times and times[0] < before:
            due += self._due.pop(heappop(times))
        return due

    def close(self) -> None:
        """Forget all that is still scheduled."""
        super().close()
        self._steps.clear()
        self._times.clear()
        self._due.clear()
        self._tasks.clear()

    def __del__(self) -> None:
        """Say nothing of a loop left unclosed, as asyncio does of loops that hold sockets; this one holds none."""


def _is_awaited(timer: _Timer) -> bool:
    return not (timer._cancelled if isinstance(timer, _Call) else timer[0].done())


for _name, _instead in LOOP_METHODS.items():
    setattr(VirtualLoop, _name, refused_method(_name, _instead))
