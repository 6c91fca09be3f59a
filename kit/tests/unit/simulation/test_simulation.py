from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from goldenpath.simulation import DeadlockError, Simulation, UnhandledError


async def sleeping() -> float:
    await asyncio.sleep(3600)
    return asyncio.get_running_loop().time()


def test_a_coroutine_or_an_async_function_is_run_and_its_result_returned() -> None:
    async def looking(simulation: Simulation) -> tuple[int, float]:
        await asyncio.sleep(5)
        return simulation.seed, simulation.now

    assert Simulation().run(sleeping()) == 3600
    assert Simulation().run(sleeping) == 3600

    async def with_a_default(seconds: float = 2.0) -> float:
        await asyncio.sleep(seconds)
        return seconds

    assert Simulation(7).run(looking) == (7, 5)
    assert Simulation().run(with_a_default) == 2


def test_what_the_coroutine_raises_comes_out() -> None:
    async def failing() -> None:
        await asyncio.sleep(1)
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        Simulation().run(failing)


def test_tasks_that_still_run_at_the_end_are_cancelled_and_cleaned_up() -> None:
    record: list[str] = []

    async def background() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(1)
            record.append("cleaned up")

    async def generator() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            record.append("generator closed")

    async def main() -> str:
        task = asyncio.create_task(background())
        numbers = generator()
        record.append(f"number {await anext(numbers)}")
        await asyncio.sleep(1)
        record.append("end" if not task.done() else "?")
        globals()["_kept"] = numbers
        return "done"

    assert Simulation().run(main) == "done"
    del globals()["_kept"]
    assert record == ["number 1", "end", "cleaned up", "generator closed"]


def test_an_exception_nobody_awaits_fails_the_run() -> None:
    async def dropped() -> None:
        raise KeyError("lost")

    async def main() -> None:
        _ = asyncio.create_task(dropped())
        await asyncio.sleep(1)
        del _
        await asyncio.sleep(1)

    with pytest.raises(UnhandledError, match=r"Task-2 failed and nobody awaits it: KeyError\('lost'\)") as unhandled:
        Simulation().run(main)
    assert isinstance(unhandled.value.__cause__, KeyError)


def test_of_many_tasks_only_those_that_failed_unseen_are_remembered() -> None:
    async def fine() -> None: ...

    async def failing() -> None:
        raise LookupError

    async def main() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        for _ in range(2_000):
            await asyncio.create_task(fine())
            with pytest.raises(LookupError):
                await asyncio.create_task(failing())
        return len(loop._tasks), len(loop.failed_unseen())  # type: ignore[attr-defined]

    remembered, unseen = Simulation().run(main)
    assert remembered <= 101
    assert unseen == 0


def test_a_failure_also_tells_what_else_went_wrong() -> None:
    async def dropped() -> None:
        raise KeyError("lost")

    async def main() -> None:
        task = asyncio.create_task(dropped())
        await asyncio.sleep(1)
        assert not task

    with pytest.raises(AssertionError) as failure:
        Simulation().run(main)
    assert failure.value.__notes__ == ["and UnhandledError: Task-2 failed and nobody awaits it: KeyError('lost')"]


def test_an_exception_in_a_callback_fails_the_run() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(1, lambda: 1 / 0)
        await asyncio.sleep(2)

    with pytest.raises(UnhandledError, match="Exception in callback") as unhandled:
        Simulation().run(main)
    assert isinstance(unhandled.value.__cause__, ZeroDivisionError)


def test_an_exception_on_being_cancelled_fails_the_run() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise OSError("no clean end") from None

    async def main() -> asyncio.Task[None]:
        task = asyncio.create_task(stubborn(), name="stubborn")
        await asyncio.sleep(1)
        return task

    with pytest.raises(UnhandledError, match="stubborn failed and nobody awaits it: OSError"):
        Simulation().run(main)


def test_a_deadlock_leaves_nothing_behind() -> None:
    record: list[str] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            record.append("cleaned up")

    with pytest.raises(DeadlockError, match=r"Task-1: at test_simulation.py:\d+ in .*main, waits in Event.wait"):
        Simulation().run(main)
    assert record == ["cleaned up"]
    gc.collect()


def test_a_task_that_will_not_be_cancelled_is_named() -> None:
    async def main() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.get_running_loop().create_future()

    with pytest.raises(DeadlockError) as deadlock:
        Simulation().run(main)
    assert "when cancelled, tasks did not end" in deadlock.value.__notes__[0]


def test_a_simulation_runs_once() -> None:
    simulation = Simulation()
    simulation.run(sleeping)
    with pytest.raises(RuntimeError, match="has run already; make another one with the same seed"):
        simulation.run(sleeping)


@pytest.mark.asyncio
async def test_a_simulation_inside_a_running_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="brings its own loop: call it from a plain function, not a coroutine"):
        Simulation().run(sleeping)


def test_what_is_not_a_coroutine_is_refused() -> None:
    with pytest.raises(TypeError, match="runs an async function or a coroutine, got 3"):
        Simulation().run(lambda: 3)  # type: ignore[arg-type,return-value]
    with pytest.raises(TypeError, match="a seed is a whole number, got '7'"):
        Simulation("7")  # type: ignore[arg-type]


def test_the_garbage_collector_is_as_it_was() -> None:
    async def main() -> bool:
        return gc.isenabled()

    assert (Simulation().run(main), gc.isenabled()) == (False, True)
    gc.disable()
    try:
        Simulation().run(main)
        assert not gc.isenabled()
    finally:
        gc.enable()
