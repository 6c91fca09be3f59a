"""A run with everything in it that could differ from process to process; prints the trace hashes of some seeds."""

from __future__ import annotations

import asyncio
import random
import sys
import uuid

from goldenpath.simulation import CORRUPT, DROP, GilbertElliott, Rule, Simulation, delay, duplicate, reorder

FAULTS = [
    Rule("bursts", DROP, GilbertElliott(0.2, 0.5)),
    Rule("late", delay(0.1), rate=0.5, jitter=2.0),
    Rule("again", duplicate(), rate=0.2),
    Rule("noise", CORRUPT, rate=0.2),
    Rule("overtaken", reorder(2), rate=0.2),
]


async def conversation(simulation: Simulation) -> None:
    async def agent(name: str) -> None:
        line = simulation.channel("server", name, lambda payload: simulation.tell(name, f"got {payload!r}"))
        for kind in {"agent_started", "agent_thinking", "tool_executing"} and sorted({"started", "thinking", "tool"}):
            line.send(kind, {"id": str(uuid.uuid4()), "n": random.random()}, run=name)
            await asyncio.sleep(random.expovariate(2))

    async with asyncio.TaskGroup() as group:
        agents = {group.create_task(agent(f"user-{number}")) for number in range(4)}
        for _ in range(3):
            done, _ = await asyncio.wait(agents, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            for task in done | agents:
                simulation.tell("watcher", f"{task.get_name()} {task.done()}")
    losers = {asyncio.create_task(asyncio.sleep(number)) for number in range(4)}
    await asyncio.sleep(0)
    for task in losers:
        task.cancel()
    await asyncio.wait(losers)


def trace_hashes(seeds: range) -> list[str]:
    hashes = []
    for seed in seeds:
        simulation = Simulation(seed, faults=FAULTS)
        simulation.run(conversation)
        hashes.append(simulation.trace_hash)
    return hashes


if __name__ == "__main__":
    sys.stdout.write("\n".join(trace_hashes(range(int(sys.argv[1])))))
