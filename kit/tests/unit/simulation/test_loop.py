from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from goldenpath.simulation import DeadlockError, LivelockError, RealIORefusedError, VirtualLoop
from goldenpath.simulation.refusal import LOOP_METHODS


def run(main: Coroutine[Any, Any, Any], seed: int = 0) -> Any:
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(seed)) as runner:
        return runner.run(main)


def moments(main: Callable[[list[float]], Awaitable[object]]) -> list[float]:
    """What the clock showed at the moments `main` noted."""
    seen: list[float] = []

    async def noting() -> None:
        await main(seen)

    run(noting())
    return seen


def test_sleeping_takes_its_time_on_the_virtual_clock() -> None:
    async def main(seen: list[float]) -> None:
        loop = asyncio.get_running_loop()
        for seconds in (0, 1, 3600, 0.25):
            await asyncio.sleep(seconds)
            seen.append(loop.time())

    assert moments(main) == [0, 1, 3601, 3601.25]


def test_timers_fire_in_the_order_of_their_times() -> None:
    async def main(seen: list[float]) -> None:
        loop = asyncio.get_running_loop()
        for seconds in (3, 1, 2):
            loop.call_later(seconds, lambda: seen.append(loop.time()))
        loop.call_at(2.5, lambda: seen.append(loop.time()))
        await asyncio.sleep(4)

    assert moments(main) == [1, 2, 2.5, 3]


def test_a_timer_for_the_past_fires_without_turning_the_clock_back() -> None:
    async def main(seen: list[float]) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(5)
        loop.call_at(1, lambda: seen.append(loop.time()))
        await asyncio.sleep(1)
        seen.append(loop.time())

    assert moments(main) == [5, 6]


def test_timeouts_strike_on_the_virtual_clock() -> None:
    async def main(seen: list[float]) -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 30)
        seen.append(loop.time())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.sleep(60)
        seen.append(loop.time())
        assert await asyncio.wait_for(asyncio.sleep(5, "in time"), 6) == "in time"
        seen.append(loop.time())

    assert moments(main) == [30, 40, 45]


def test_a_cancelled_timer_neither_fires_nor_moves_the_clock() -> None:
    async def main(seen: list[float]) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(5, seen.append, -1.0).cancel()
        sleeper = asyncio.ensure_future(asyncio.sleep(7))
        await asyncio.sleep(1)
        sleeper.cancel()
        loop.call_later(10, lambda: seen.append(loop.time()))
        await asyncio.sleep(10)

    assert moments(main) == [11]


def test_a_callback_cancelled_in_its_turn_does_not_run() -> None:
    async def main(seen: list[float]) -> None:
        loop = asyncio.get_running_loop()
        handles: list[asyncio.Handle] = []
        handles += [loop.call_later(1, lambda: [handle.cancel() for handle in handles]) for _ in range(3)]
        handles.append(loop.call_soon(seen.append, -1.0))
        handles[-1].cancel()
        await asyncio.sleep(2)
        seen.append(sum(handle.cancelled() for handle in handles))

    assert moments(main) == [4]


def test_ten_thousand_timeouts_that_never_strike_are_forgotten() -> None:
    async def main() -> int:
        for _ in range(10_000):
            await asyncio.wait_for(asyncio.sleep(0), 3600)
        for _ in range(10_000):
            sleeper = asyncio.ensure_future(asyncio.sleep(3600))
            await asyncio.sleep(0.001)
            sleeper.cancel()
        timers: list[list[object]] = list(asyncio.get_running_loop()._due.values())  # type: ignore[attr-defined]
        return sum(len(due) for due in timers)

    assert run(main()) < 5_000


async def racing() -> str:
    order = ""

    async def runner(name: str) -> None:
        nonlocal order
        await asyncio.sleep(0)
        order += name

    await asyncio.gather(*map(runner, "abcd"))
    return order


def test_a_seed_always_gives_the_same_order_and_seeds_give_every_order() -> None:
    orders = [run(racing(), seed) for seed in range(300)]
    assert orders == [run(racing(), seed) for seed in range(300)]
    assert len(set(orders)) == 24


def test_timers_for_the_same_moment_fire_in_any_order() -> None:
    async def main() -> str:
        order: list[str] = []
        for name in "abc":
            asyncio.get_running_loop().call_later(1, order.append, name)
        await asyncio.sleep(2)
        return "".join(order)

    assert {run(main(), seed) for seed in range(60)} == {"abc", "acb", "bac", "bca", "cab", "cba"}


def test_call_soon_keeps_the_order_that_asyncio_promises() -> None:
    async def main() -> list[int]:
        order: list[int] = []
        for number in range(20):
            asyncio.get_running_loop().call_soon(order.append, number)
        await asyncio.sleep(1)
        return order

    assert all(run(main(), seed) == list(range(20)) for seed in range(20))


def test_a_set_of_tasks_iterates_in_an_order_the_seed_decides() -> None:
    async def main() -> list[str]:
        tasks = [asyncio.create_task(asyncio.sleep(1), name=name) for name in "abcde"]
        done, _ = await asyncio.wait(tasks)
        return [task.get_name() for task in done]

    orders = [run(main(), seed) for seed in range(40)]
    assert orders == [run(main(), seed) for seed in range(40)]
    assert len(set(map(tuple, orders))) > 5


def test_unnamed_tasks_are_numbered_from_one_in_each_run() -> None:
    async def main() -> str:
        return asyncio.create_task(asyncio.sleep(0)).get_name()

    assert [run(main()) for _ in range(3)] == ["Task-2"] * 3


def test_an_exception_in_a_callback_reaches_the_exception_handler() -> None:
    async def main() -> list[BaseException]:
        loop, seen = asyncio.get_running_loop(), []
        loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
        loop.call_soon(lambda: 1 / 0)
        loop.call_later(1, lambda: 1 / 0)
        await asyncio.sleep(2)
        return seen

    assert [type(error) for error in run(main())] == [ZeroDivisionError, ZeroDivisionError]


def test_the_trace_hash_tells_runs_apart_and_repeats() -> None:
    def trace_hash(seed: int) -> str:
        loop = VirtualLoop(seed)
        loop.run_until_complete(racing())
        loop.close()
        return loop.trace.hash

    assert trace_hash(1) == trace_hash(1)
    assert len({trace_hash(seed) for seed in range(20)}) > 10


def test_a_deadlock_names_who_waits_where_and_for_what() -> None:
    async def starved(queue: asyncio.Queue[int]) -> None:
        await queue.get()

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(starved(asyncio.Queue()), name="reader")
            bare = group.create_task(asyncio.wait_for(asyncio.get_running_loop().create_future(), None))
            group.create_task(asyncio.wait_for(bare, None))

    loop = VirtualLoop()
    with pytest.raises(DeadlockError) as deadlock:
        loop.run_until_complete(main())
    for task in asyncio.all_tasks(loop):
        task.cancel()
    with pytest.raises(DeadlockError):
        loop.run_forever()
    loop.close()
    here = "test_loop.py:"
    assert "nothing can run and no timer is set" in str(deadlock.value)
    by_name = {line.partition(":")[0]: line for line in deadlock.value.tasks}
    assert here in by_name["reader"]
    assert by_name["reader"].endswith("starved, waits in Queue.get")
    assert "TaskGroup.__aexit__" in by_name["Task-1"]
    assert "waits for" in "".join(deadlock.value.tasks)


def test_sleeping_for_ever_is_a_deadlock_too() -> None:
    loop = VirtualLoop()
    main = loop.create_task(asyncio.sleep(float("inf")), name="sleeper")
    with pytest.raises(DeadlockError, match="sleeper"):
        loop.run_until_complete(main)
    main.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(main)
    loop.close()


def test_a_busy_loop_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldenpath.simulation.loop.STEPS_PER_MOMENT", 1_000)

    async def main() -> None:
        for _ in itertools.repeat(None):
            await asyncio.sleep(0)

    loop = VirtualLoop()
    task = loop.create_task(main(), name="busy")
    with pytest.raises(LivelockError, match=r"1,000 steps were taken at 0 s[\s\S]*busy"):
        loop.run_until_complete(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()


def test_a_time_that_is_not_a_number_is_refused() -> None:
    loop = VirtualLoop()
    with pytest.raises(ValueError, match="not a number"):
        loop.call_at(float("nan"), print)
    loop.close()


def test_a_closed_loop_takes_nothing_more() -> None:
    loop = VirtualLoop()
    loop.close()
    for schedule in (lambda: loop.call_soon(print), lambda: loop.call_later(1, print), lambda: loop.call_at(1, print)):
        with pytest.raises(RuntimeError, match="Event loop is closed"):
            schedule()


@pytest.mark.parametrize("name", sorted(LOOP_METHODS))
def test_each_method_of_the_loop_that_reaches_outside_refuses_itself_by_name(name: str) -> None:
    loop = VirtualLoop()
    assert name in dir(asyncio.AbstractEventLoop)
    with pytest.raises(RealIORefusedError, match=rf"loop\.{name}\(\) is real I/O and refused in a simulation: \w+"):
        getattr(loop, name)()
    loop.close()


def test_no_method_of_the_loop_that_reaches_outside_was_forgotten() -> None:
    ours = {name for cls in VirtualLoop.__mro__[:1] for name in vars(cls)}
    harmless = {
        *("run_forever", "run_until_complete", "stop", "is_running", "is_closed", "shutdown_asyncgens"),
        *("shutdown_default_executor", "set_default_executor", "create_future", "set_task_factory"),
        *("get_task_factory", "get_exception_handler", "set_exception_handler", "default_exception_handler"),
        *("call_exception_handler", "get_debug", "set_debug", "close"),
    }
    public = {name for name in dir(asyncio.AbstractEventLoop) if not name.startswith("_")}
    assert public - ours - harmless == set()


def test_a_call_from_another_thread_is_refused() -> None:
    refused: list[Exception] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def call() -> None:
            try:
                loop.call_soon_threadsafe(print)
            except RealIORefusedError as refusal:
                refused.append(refusal)

        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
        loop.call_soon_threadsafe(lambda: None)

    run(main())
    assert "came from another thread" in str(refused[0])
