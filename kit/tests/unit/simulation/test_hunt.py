from __future__ import annotations

import asyncio
import re

import pytest

from goldenpath.simulation import DROP, Hunter, Rule, Simulation, UnhandledError, delay, duplicate, simulate


async def overdrawing() -> None:
    """A lost update: two withdrawals that each look before they leap."""
    balance = 100

    async def withdraw(amount: int) -> None:
        nonlocal balance
        seen = balance
        await asyncio.sleep(0)
        if balance == seen:
            await asyncio.sleep(0)
            balance = seen - amount

    await asyncio.gather(withdraw(10), withdraw(20))
    assert balance != 80


async def impatient(simulation: Simulation) -> None:
    """Needs the start and the end, and one of two notes in between."""
    got: list[str] = []
    line = simulation.channel("server", "alice", got.append, tenant="acme")
    for kind in ("start", "note", "note", "detail", "end"):
        line.send(kind, kind)
        await asyncio.sleep(1)
    await asyncio.sleep(10)
    assert "note" in got, got


FAULTS = (Rule("loss", DROP, 0.4), Rule("again", duplicate(), 0.5), Rule("late", delay(0.5), rate=0.5, jitter=1.0))


def test_a_race_is_found_and_its_seed_named() -> None:
    with pytest.raises(AssertionError) as failure:
        simulate(overdrawing, range(100))
    told = "\n".join(failure.value.__notes__)
    named = re.search(r"replay: simulate\(overdrawing, seeds=\[(\d+)\]\)", told)
    assert named is not None
    with pytest.raises(AssertionError):
        Simulation(int(named[1])).run(overdrawing)


def test_the_traceback_begins_in_the_simulated_code() -> None:
    with pytest.raises(AssertionError) as failure:
        simulate(overdrawing)
    assert [entry.name for entry in failure.traceback][-1] == "overdrawing"
    assert not any("base_events" in str(entry.path) for entry in failure.traceback)


def test_code_without_a_fault_passes_every_seed() -> None:
    async def correct(simulation: Simulation) -> None:
        await asyncio.sleep(simulation.seed)

    assert simulate(correct, range(50)).runs == 50


def test_a_failing_seed_is_shrunk_to_the_faults_it_takes() -> None:
    hunt = Hunter(impatient, FAULTS).hunt(range(100))
    failure = hunt.failure
    assert failure is not None
    assert failure.happened > 2
    assert [(fault.rule, fault.message.type, fault.at) for fault in failure.faults] == [
        ("loss", "note", 1),
        ("loss", "note", 2),
    ]
    assert failure.simulation.network.fired == {"loss": 2}
    for part in (failure.only[:1], failure.only[1:]):
        Simulation(failure.seed, faults=FAULTS, only=part).run(impatient)
    with pytest.raises(AssertionError):
        Simulation(failure.seed, faults=FAULTS, only=failure.only).run(impatient)


def test_the_failure_tells_the_faults_the_replay_and_the_timeline() -> None:
    with pytest.raises(AssertionError) as failure:
        simulate(impatient, faults=FAULTS)
    told = "\n".join(failure.value.__notes__)
    assert re.search(r"fails under seed \d+, the \d+(st|nd|rd|th) tried, at 15 s", told)
    assert re.search(r"takes 2 of the faults of that run, \d+ in number\n  'loss' at 1 s on note server -> alice", told)
    assert re.search(r"replay: simulate\(impatient, seeds=\[\d+\], faults=faults, only=\['\w{8}', '\w{8}'\]\)", told)
    assert "1.000  server -x alice  note    [drop by loss]" in told
    assert told.count("[") == 4


def test_a_failure_that_takes_no_fault_says_so() -> None:
    async def broken(simulation: Simulation) -> None:
        simulation.channel("server", "alice", lambda payload: None).send("hello")
        raise LookupError("always")

    with pytest.raises(LookupError) as failure:
        simulate(broken, faults=[Rule("loss", DROP)])
    assert "takes none of the faults of that run, 1 in number" in failure.value.__notes__
    assert failure.value.__notes__[-1] == "replay: simulate(broken, seeds=[0], faults=faults, only=[])"


def test_shrinking_does_not_slip_to_another_failure() -> None:
    async def two_defects(simulation: Simulation) -> None:
        got: list[str] = []
        line = simulation.channel("server", "alice", got.append)
        line.send("first", "first")
        line.send("second", "second")
        await asyncio.sleep(1)
        if not got:
            raise LookupError("both lost")
        assert len(got) == 2

    hunt = Hunter(two_defects, (Rule("loss", DROP),)).hunt([0])
    assert hunt.failure is not None
    assert isinstance(hunt.failure.error, LookupError)
    assert len(hunt.failure.faults) == 2


def test_without_shrinking_all_faults_are_told() -> None:
    hunt = Hunter(impatient, FAULTS).hunt(range(100), shrink=False)
    assert hunt.failure is not None
    assert len(hunt.failure.faults) == hunt.failure.happened


def test_an_error_that_does_not_count_as_failing_ends_the_hunt_as_it_is() -> None:
    class Skipped(BaseException): ...

    async def skipping() -> None:
        raise Skipped

    with pytest.raises(Skipped):
        simulate(skipping)


def test_errors_that_nobody_awaits_are_found_too() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    with pytest.raises(UnhandledError):
        simulate(main)


def test_no_seeds_are_no_proof() -> None:
    with pytest.raises(ValueError, match="no seed was given, so nothing was simulated"):
        simulate(overdrawing, [])
