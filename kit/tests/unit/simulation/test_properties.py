from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from goldenpath.simulation import (
    DROP,
    DeadlockError,
    PropertyError,
    Rule,
    Simulation,
    always,
    eventually,
    simulate,
    sometimes,
)


def test_always_fails_at_the_step_that_breaks_it() -> None:
    reached: list[str] = []

    async def main() -> None:
        stock = 2
        always("stock is not negative", lambda: stock >= 0)
        for _ in range(5):
            await asyncio.sleep(1)
            stock -= 1
        reached.append("end")

    with pytest.raises(PropertyError, match="always 'stock is not negative': does not hold at 3 s"):
        Simulation().run(main)
    assert reached == []


def test_always_passes_while_it_holds() -> None:
    async def main() -> int:
        always("true", lambda: True)
        await asyncio.sleep(1)
        return 7

    assert Simulation().run(main) == 7


def test_eventually_fails_at_its_deadline_and_not_later() -> None:
    simulation = Simulation()

    async def main() -> None:
        eventually("an answer", lambda: False, within=30)
        await asyncio.sleep(3600)

    with pytest.raises(PropertyError, match="eventually 'an answer': has not come true by 30 s"):
        simulation.run(main)
    assert simulation.now == 30


def test_eventually_fails_when_the_run_ends_without_it() -> None:
    async def main() -> None:
        eventually("an answer", lambda: False)
        await asyncio.sleep(5)

    with pytest.raises(PropertyError, match="eventually 'an answer': never came true; the run ended at 5 s"):
        Simulation().run(main)


def test_eventually_is_content_with_a_moment() -> None:
    async def main() -> None:
        state = "idle"
        eventually("busy", lambda: state == "busy", within=10)
        await asyncio.sleep(9)
        state = "busy"
        await asyncio.sleep(0)
        state = "idle"
        await asyncio.sleep(60)

    simulation = Simulation()
    simulation.run(main)
    assert simulation.now == 69


async def losing(simulation: Simulation) -> None:
    sometimes("loss")
    line = simulation.channel("server", "alice", lambda payload: None)
    line.send("hello")
    await asyncio.sleep(1)


def test_sometimes_fails_a_hunt_in_which_the_fault_never_fired() -> None:
    with pytest.raises(PropertyError, match="sometimes 'loss': never happened in 20 runs"):
        simulate(losing, range(20), faults=[Rule("loss", DROP, type="goodbye")])


def test_sometimes_is_content_with_one_run_of_many() -> None:
    hunt = simulate(losing, range(100), faults=[Rule("loss", DROP, 0.05)])
    assert 0 < hunt.fired["loss"] < 30
    assert hunt.witnessed == {"loss": True}


def test_sometimes_in_a_single_simulation_means_this_run() -> None:
    with pytest.raises(PropertyError, match=r"sometimes 'loss': never happened in 1 run$"):
        Simulation(faults=[Rule("loss", DROP, type="goodbye")]).run(losing)


def test_sometimes_refuses_a_fault_that_is_not_configured() -> None:
    with pytest.raises(KeyError, match="no fault is called 'loss'; configured are: partition"):
        Simulation().run(losing)


def test_sometimes_takes_a_condition_of_the_tests_own() -> None:
    async def main(simulation: Simulation) -> None:
        sometimes("a high seed", simulation.seed > 8)
        sometimes("a seed at all", True)

    simulate(main, range(10))
    with pytest.raises(PropertyError, match="sometimes 'a high seed': never happened in 5 runs"):
        simulate(main, range(5))


def test_a_replay_says_nothing_about_sometimes() -> None:
    replay = simulate(losing, [3], faults=[Rule("loss", DROP, type="goodbye")], only=[])
    assert replay.witnessed == {"loss": False}


@pytest.mark.parametrize("speak", [lambda: always("x", bool), lambda: eventually("x", bool), lambda: sometimes("x")])
def test_outside_a_simulated_run_there_is_nothing_to_speak_about(speak: Callable[[], None]) -> None:
    with pytest.raises(RuntimeError, match=r"\w+\(\) speaks about a simulated run"):
        speak()


def test_a_deadlock_counts_before_a_promise_without_a_deadline() -> None:
    async def main() -> None:
        eventually("an answer", lambda: False)
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError, match=r"Event\.wait"):
        Simulation().run(main)
