from __future__ import annotations

import asyncio

import pytest

from goldenpath.live.belt import Belt
from goldenpath.simulation import Simulation, simulate


def test_items_leave_in_the_order_they_came_and_nobody_waits_for_ever() -> None:
    async def main() -> None:
        belt: Belt[int] = Belt(2)
        taken: list[int] = []

        async def give() -> None:
            for number in range(20):
                await belt.put(number)

        async def take() -> None:
            while len(taken) < 20:
                item = await belt.get(5)
                assert item is not None
                taken.append(item)
                assert len(belt) <= 2

        await asyncio.gather(give(), take())
        assert taken == list(range(20))

    simulate(main, seeds=range(50))


def test_a_taker_that_is_cancelled_when_woken_passes_the_item_on() -> None:
    async def main() -> None:
        belt: Belt[str] = Belt(5)
        first = asyncio.create_task(belt.get())
        second = asyncio.create_task(belt.get(60))
        await asyncio.sleep(1)
        belt.put_nowait("for one of you")
        first.cancel()
        assert await second == "for one of you"

    simulate(main, seeds=range(20))


def test_a_giver_that_is_cancelled_when_woken_passes_the_room_on() -> None:
    async def main() -> None:
        belt: Belt[int] = Belt(1)
        belt.put_nowait(0)
        first = asyncio.create_task(belt.put(1))
        second = asyncio.create_task(belt.put(2))
        await asyncio.sleep(1)
        assert await belt.get(0) == 0
        first.cancel()
        await asyncio.wait_for(second, 10)
        assert await belt.get(0) in {1, 2}

    simulate(main, seeds=range(20))


def test_a_wait_that_is_over_gives_nothing_and_takes_the_time_it_was_given() -> None:
    async def main(simulation: Simulation) -> None:
        belt: Belt[int] = Belt(1)
        assert await belt.get(2.5) is None
        assert simulation.now == pytest.approx(2.5)
        assert await belt.get(0) is None
        belt.put_nowait(1)
        assert await belt.get(0) == 1

    Simulation(seed=1).run(main)


def test_a_lifted_limit_lets_everybody_in() -> None:
    async def main() -> None:
        belt: Belt[int] = Belt(1)
        waiting = [asyncio.create_task(belt.put(number)) for number in range(5)]
        await asyncio.sleep(1)
        assert len(belt) == 1
        belt.lift()
        await asyncio.gather(*waiting)
        assert sorted(belt) == [0, 1, 2, 3, 4]

    simulate(main, seeds=range(20))


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="a limit is 1 or more, got 0"):
        Belt(0)
