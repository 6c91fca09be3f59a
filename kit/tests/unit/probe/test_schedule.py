from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from goldenpath import Simulation
from goldenpath.probe.latency import Latencies
from goldenpath.probe.scenario import Load
from goldenpath.probe.schedule import offer, offsets


def test_even_arrivals_come_at_the_rate_for_the_duration() -> None:
    assert list(offsets(Load(rate=4.0, ramp=0.0, duration=1.0))) == [0.0, 0.25, 0.5, 0.75]


def test_over_the_ramp_the_rate_grows_from_nothing_and_then_holds() -> None:
    moments = list(offsets(Load(rate=10.0, ramp=2.0, duration=1.0)))
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert len(moments) == 20  # half the rate over the ramp, all of it over the duration
    assert gaps[:10] == sorted(gaps[:10], reverse=True)
    assert gaps[0] > 3 * gaps[9]
    assert gaps[10:] == pytest.approx([0.1] * 9)


def test_random_arrivals_are_the_same_for_the_same_seed_and_keep_the_mean() -> None:
    load = Load(rate=50.0, ramp=0.0, duration=100.0, arrivals="random")
    first, again, other = (list(offsets(load, seed)) for seed in ("a", "a", "b"))
    assert first == again != other
    assert first == sorted(first)
    assert len(first) == pytest.approx(5_000, rel=0.05)
    assert len({later - earlier for earlier, later in pairwise(first)}) > 4_000


def test_each_question_is_handed_over_when_it_is_due_with_the_moment_it_was_due() -> None:
    async def main() -> list[tuple[int, float, float]]:
        loop, taken = asyncio.get_running_loop(), []
        start = loop.time()
        await offer([0.0, 0.5, 2.0], lambda number, due: taken.append((number, due - start, loop.time() - start)))
        return taken

    taken = Simulation(seed=1).run(main)
    assert [number for number, _, _ in taken] == [0, 1, 2]
    assert [due for _, due, _ in taken] == [at for _, _, at in taken] == pytest.approx([0.0, 0.5, 2.0])


def test_a_stall_counts_for_every_question_that_was_due_meanwhile() -> None:
    """One stall of two seconds at ten questions a second: a closed loop would see a single slow answer."""

    async def main() -> Latencies:
        loop, latencies, queue = asyncio.get_running_loop(), Latencies(), asyncio.Queue[float]()

        async def serve() -> None:
            for number in range(40):
                due = await queue.get()
                await asyncio.sleep(2.0 if number == 10 else 0.0)
                latencies.note("answer", loop.time() - due)

        serving = loop.create_task(serve())
        await offer(offsets(Load(rate=10.0, ramp=0.0, duration=4.0)), lambda number, due: queue.put_nowait(due))
        await serving
        return latencies

    values = Simulation(seed=1).run(main).values["answer"]
    assert values[:10] == pytest.approx([0.0] * 10, abs=1e-6)
    assert values[10:30] == pytest.approx([2.0 - 0.1 * late for late in range(20)], abs=1e-6)
    assert sum(value > 0.05 for value in values) == 20


def test_a_schedule_that_fell_behind_catches_up_and_hides_nothing() -> None:
    async def main() -> list[float]:
        loop, late = asyncio.get_running_loop(), list[float]()
        moments = (moment for moment in (0.0, 0.1, 0.2))

        def take(number: int, due: float) -> None:
            late.append(loop.time() - due)

        start = loop.time()
        await offer((moment - 1.0 for moment in moments), take)
        assert loop.time() == start
        return late

    assert Simulation(seed=1).run(main) == pytest.approx([1.0, 0.9, 0.8])
