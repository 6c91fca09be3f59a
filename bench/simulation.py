"""Virtual time against looptime, hunting a race, and what a verdict costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter

from _measuring import publish, seconds, taking_turns

from goldenpath.simulation import DROP, Hunter, Message, Network, Rule, VirtualLoop, delay

TASKS, SECONDS = 10, 3_600
SEEDS = 500
VERDICTS = 50_000


async def sleepers() -> None:
    """Ten tasks that sleep one virtual hour away, second by second."""

    async def sleeper() -> None:
        for _ in range(SECONDS):
            await asyncio.sleep(1)

    await asyncio.gather(*(sleeper() for _ in range(TASKS)))


def an_hour(make_loop: Callable[[], asyncio.AbstractEventLoop]) -> float:
    """The seconds that a virtual hour takes on a loop of its own."""
    loop = make_loop()
    try:
        start = perf_counter()
        loop.run_until_complete(sleepers())
        took = perf_counter() - start
        if abs(loop.time() - SECONDS) > 1e-3:
            raise AssertionError(f"the loop shows {loop.time()} s after {SECONDS} s of sleep")
        return took
    finally:
        loop.close()


def looptime_loop() -> asyncio.AbstractEventLoop:
    """looptime's loop, with the clock at zero and all else as it comes."""
    import looptime

    class Loop(looptime.LoopTimeEventLoop, asyncio.SelectorEventLoop):
        pass

    loop: asyncio.AbstractEventLoop = Loop(start=0)
    return loop


def virtual_hour_ms(rounds: int = 7) -> dict[str, float]:
    """Ten tasks for one virtual hour, here and on looptime."""
    ours, theirs = taking_turns(lambda: an_hour(VirtualLoop), lambda: an_hour(looptime_loop), rounds=rounds)
    return {"virtual_hour_ms": ours * 1e3, "looptime_hour_ms": theirs * 1e3, "virtual_vs_looptime": theirs / ours}


async def overdrawing() -> None:
    """A toy race, lost under about one seed in three hundred: five tasks have to finish in one certain order."""
    order = ""

    async def runner(name: str) -> None:
        nonlocal order
        for _ in range(2):
            await asyncio.sleep(0)
        order += name

    await asyncio.gather(*map(runner, "abcde"))
    if order == "edcba":
        raise AssertionError(order)


def race_seeds_per_s(rounds: int = 7) -> dict[str, float]:
    """Seeds run in a second while hunting the toy race; each hunt has to find it."""

    def hunt() -> float:
        hunter, tried, found = Hunter(overdrawing), 0, 0
        start = perf_counter()
        while tried < SEEDS:
            hunted = hunter.hunt(range(tried, SEEDS))
            tried += hunted.runs
            found += hunted.failure is not None
        took = perf_counter() - start
        if not found:
            raise AssertionError(f"the race was not found under {SEEDS} seeds")
        return tried / took

    (rate,) = taking_turns(hunt, rounds=rounds)
    return {"race_seeds_per_s": rate}


def verdicts_per_s(rounds: int = 7) -> dict[str, float]:
    """Verdicts per second of a network without faults, and of one with three."""
    message = Message("agent_started", sender="server", receiver="alice", tenant="acme", run="r1", size=120)

    def rate(network: Network) -> float:
        def ask() -> None:
            verdict = network.verdict
            for _ in range(VERDICTS):
                verdict(message)

        return VERDICTS / seconds(ask)

    good = Network()
    bad = Network(Rule("loss", DROP, 0.01), Rule("late", delay(0.1), rate=0.05), Rule("tool", DROP, type="tool_*"))
    on_good, on_bad = taking_turns(lambda: rate(good), lambda: rate(bad), rounds=rounds)
    return {"verdicts_per_s": on_bad, "verdicts_without_faults_per_s": on_good}


def measure() -> dict[str, float]:
    """All of it."""
    return {**virtual_hour_ms(), **race_seeds_per_s(), **verdicts_per_s()}


if __name__ == "__main__":
    publish("Virtual time and seeded simulation", measure)
