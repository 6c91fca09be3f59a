from __future__ import annotations

import asyncio
import os
import random
import secrets
import threading
import time
import uuid
from collections.abc import Callable

import pytest

from goldenpath.simulation import Simulation
from goldenpath.simulation.world import EPOCH

CLOCKS = ["time", "monotonic", "perf_counter"]
DICE: dict[str, Callable[[], object]] = {
    "random": random.random,
    "choice": lambda: random.choice(range(10**9)),
    "urandom": lambda: os.urandom(8),
    "uuid4": uuid.uuid4,
    "token_hex": secrets.token_hex,
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_the_clocks_of_the_time_module_show_virtual_time(clock: str) -> None:
    async def main() -> None:
        start, start_ns = getattr(time, clock)(), getattr(time, f"{clock}_ns")()
        await asyncio.sleep(90)
        assert getattr(time, clock)() - start == 90
        assert getattr(time, f"{clock}_ns")() - start_ns == 90_000_000_000

    Simulation().run(main)


def test_the_calendar_begins_at_the_epoch_asked_for() -> None:
    async def main() -> float:
        await asyncio.sleep(10)
        return time.time()

    assert Simulation().run(main) == EPOCH + 10
    assert Simulation(epoch=5.0).run(main) == 15


@pytest.mark.parametrize("die", DICE)
def test_the_seed_decides_what_the_standard_sources_of_chance_give(die: str) -> None:
    async def main() -> list[object]:
        return [DICE[die]() for _ in range(3)]

    drawn = Simulation(1).run(main)
    assert len(set(map(str, drawn))) == 3
    assert Simulation(1).run(main) == drawn
    assert Simulation(2).run(main) != drawn


def test_the_real_world_is_back_afterwards_even_after_a_failure() -> None:
    before = {name: getattr(time, name) for name in [*CLOCKS, "sleep"]}
    state, urandom = random.getstate(), os.urandom

    async def main() -> None:
        random.random()
        raise ValueError

    with pytest.raises(ValueError):
        Simulation().run(main)
    assert {name: getattr(time, name) for name in before} == before
    assert (random.getstate(), os.urandom) == (state, urandom)


def test_other_threads_keep_the_real_clock() -> None:
    begin, shown = threading.Event(), []

    def look() -> None:
        begin.wait()
        shown.append(time.time())

    thread = threading.Thread(target=look)
    thread.start()

    async def main() -> None:
        begin.set()
        thread.join()

    Simulation(epoch=0.0).run(main)
    assert shown[0] > EPOCH / 2


def test_two_threads_cannot_simulate_at_once() -> None:
    refused: list[Exception] = []

    def simulate_too() -> None:
        try:
            Simulation().run(asyncio.sleep(1))
        except RuntimeError as error:
            refused.append(error)

    begin = threading.Event()
    thread = threading.Thread(target=lambda: (begin.wait(), simulate_too()))
    thread.start()

    async def main() -> None:
        begin.set()
        thread.join()

    Simulation().run(main)
    assert "another simulation runs in this process" in str(refused[0])
    Simulation().run(asyncio.sleep(1))
